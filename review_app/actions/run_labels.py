"""People's labels of what two runs answered: which there are, which are lacking, and the queue that asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from review_app.actions.queueing import send_to_queue
from review_app.actions.releasing import verify_golden
from review_app.actions.run_grading import answered_trace
from review_app.actions.workspace import Workspace, opened
from review_app.golden.release import Verified
from review_app.review.rubric import Criterion
from review_app.store import adjudications
from review_app.store import reviews as review_table
from review_app.store import runs as run_table
from review_app.store import traces as trace_table
from review_app.store.prepared import prepare
from review_app.store.runs import Output, Run
from review_app.traces.trace import Trace

TAG = "candidate"
"""Tag of a stored trace that is a candidate's answer and no traffic."""


def trace_id_of(run_id: str, example_id: str) -> str:
    """The id under which people review a run's first answer to a case; it says nothing of the run."""
    return "c-" + sha256(f"{run_id} {example_id}".encode()).hexdigest()[:16]


def labels(workspace: Workspace, release: Verified, runs: tuple[Run, Run], criterion: str, wanted: int) -> pd.DataFrame:
    """What people said of baseline and candidate (gate.compare.LABELLED), and `asked`: whether the candidate's answer
    is of the random part that is to be labelled.

    Of the baseline, an answer that is word for word the golden case's own has that case's label. Of the candidate only
    the random part counts, in an order that depends on nothing: who labels what they like labels no random part."""
    question = workspace.settings.rubric.criterion(criterion)
    said = _said(workspace, question)
    old, new = runs
    answers = {one.example_id: one for one in run_table.outputs(workspace.store, old.run_id) if one.trial == 1}
    rows: list[dict[str, Any]] = []
    for example in release.examples:
        name = example["example_id"]
        own = _own_label(example, answers[name], question)
        first = said.get(trace_id_of(old.run_id, name), None)
        rows.append({"example_id": name, "baseline": own if first is None else first})
    found = pd.DataFrame(rows).astype({"baseline": float})
    order = sorted(found["example_id"], key=lambda name: sha256(f"{new.run_id} order {name}".encode()).digest())
    part = set(order[:wanted])
    return found.assign(
        candidate=[said.get(trace_id_of(new.run_id, name)) if name in part else None for name in found["example_id"]],
        asked=found["example_id"].isin(part),
    ).astype({"candidate": float})


def make_queue(project: Path, person: str, runs: tuple[Run, Run], lacking: Sequence[pd.DataFrame]) -> int:
    """Store the answers that have no label as traces and send them to the queue; how many were not waiting already.

    lacking: what `labels` gave, for each metric that lacks some."""
    workspace = opened(project)
    old, new = runs
    release = verify_golden(project, new.release)
    examples = {example["example_id"]: example for example in release.examples}
    due: dict[str, set[str]] = {old.run_id: set(), new.run_id: set()}
    for frame in lacking:
        due[old.run_id] |= set(frame.loc[frame["baseline"].isna(), "example_id"])
        due[new.run_id] |= set(frame.loc[frame["asked"] & frame["candidate"].isna(), "example_id"])
    traces = [trace for run_id, names in due.items() for trace in _traces(workspace, run_id, examples, names)]
    trace_table.save(workspace.store, [prepare(trace) for trace in traces], datetime.now(UTC), outside=True)
    # In an order of their own, so that nothing in the queue tells baseline from candidate.
    return send_to_queue(project, person, sorted(trace.trace_id for trace in traces))


def _traces(
    workspace: Workspace, run_id: str, examples: Mapping[str, Mapping[str, Any]], names: set[str]
) -> list[Trace]:
    outputs = run_table.outputs(workspace.store, run_id)
    return [
        _blind(answered_trace(examples[one.example_id], one), trace_id_of(run_id, one.example_id))
        for one in outputs
        if one.trial == 1 and one.example_id in names
    ]


def _blind(trace: Trace, trace_id: str) -> Trace:
    """Without what was expected, and without the session, whose other turns belong to the old answer."""
    values = {name: getattr(trace, name) for name in trace.__dataclass_fields__}
    hidden: dict[str, Any] = {"trace_id": trace_id, "session_id": None, "correction": None, "metadata": {}}
    return Trace(**values | hidden | {"tags": (*trace.tags, TAG)})


def _own_label(example: Mapping[str, Any], answer: Output, question: Criterion) -> float | None:
    label = example["review"]["labels"].get(question.name)
    same = answer.error is None and answer.answer.get("output") == example["trace"].get("output")
    return None if label is None or not same else float(label not in question.bad)


def _said(workspace: Workspace, question: Criterion) -> dict[str, float]:
    """trace -> 1 where most blind reviewers found it good, 0 where most did not, 0.5 at a tie; what was settled since
    counts instead, and where that said the rubric or the context must be mended first there is no label."""
    found = review_table.frame(workspace.store)
    mine = found[
        found["trace_id"].str.startswith("c-")
        & (found["criterion"] == question.name)
        & found["label"].notna()
        & ~found["assisted"].astype(bool)
        & found["repeat_of"].isna()
    ]
    good = (~mine["label"].isin(question.bad)).astype(float).groupby(mine["trace_id"]).mean()
    said = {str(name): 0.5 if share == 0.5 else float(share > 0.5) for name, share in good.items()}
    settled = adjudications.settled(workspace.store)
    for row in settled[settled["criterion"] == question.name].itertuples():
        if row.outcome == "settled":
            said[row.trace_id] = float(row.label not in question.bad)
        else:
            said.pop(row.trace_id, None)
    return said
