"""What stood in the cases a decision speaks of: for its report."""

from __future__ import annotations

from pathlib import Path

from review_app.actions.running import release_of
from review_app.actions.workspace import opened
from review_app.gate.decision import Decision
from review_app.gate.page import CaseTexts
from review_app.store import runs as run_table
from review_app.store.runs import Output
from review_app.traces.trace import from_values


def changed_texts(project: Path, decision: Decision) -> dict[str, CaseTexts]:
    """example_id -> input, expected answer and both systems' first answers, of every case that changed or failed; empty
    for a decision over two files, which hold no texts."""
    if not decision.candidate:
        return {}
    store = opened(project).store
    old, new = (_first_answers(run_table.outputs(store, name)) for name in (decision.baseline, decision.candidate))
    named = {case.example_id for metric in decision.metrics for case in metric.changed}
    named |= {name for blocker in decision.blockers for name in blocker.failed}
    release = release_of(project, run_table.find(store, decision.candidate))
    return {
        example["example_id"]: CaseTexts(
            question="\n\n".join(f"{one.role}: {one.text}" for one in from_values(example["trace"]).messages),
            expected=example["expected"],
            baseline=old.get(example["example_id"]),
            candidate=new.get(example["example_id"]),
        )
        for example in release.examples
        if example["example_id"] in named
    }


def _first_answers(outputs: tuple[Output, ...]) -> dict[str, str | None]:
    return {one.example_id: one.answer.get("output") for one in outputs if one.trial == 1}
