"""Decisions the gate made before: one in full, and its report to take away."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError

from review_app.actions.blind_pairs import kept_back
from review_app.actions.gate_texts import changed_texts
from review_app.actions.queueing import require_role
from review_app.actions.workspace import Workspace, opened
from review_app.errors import BadInput
from review_app.gate.decision import KEPT_BACK, Decision
from review_app.gate.junit import as_junit
from review_app.gate.page import as_html
from review_app.gate.report import as_dict, as_markdown
from review_app.store import looks

_DECISION = TypeAdapter(Decision)
FORMS = ("markdown", "json", "junit", "html")
"""In which a decision can be taken away."""


def gate_decision(project: Path, person: str, gate_id: str) -> Decision:
    """A decision as it was recorded, without the cases whose answers this person may still be asked to judge blind;
    `notes` then counts them. Raises BadInput for an unknown id, or a report that cannot be read."""
    require_role(project, person)
    workspace = opened(project)
    text = looks.report(workspace.store, gate_id)
    if text is None:
        raise BadInput(f"There is no decision {gate_id!r}.", do="Open it from the list of decisions.")
    try:
        decision = _DECISION.validate_json(text)
    except ValidationError as fault:
        raise BadInput(
            f"The report of decision {gate_id} cannot be read ({fault.error_count()} fields differ).",
            do="It was recorded by another version: `review-app gate history` still lists it.",
        ) from fault
    return as_told(workspace, person, decision)


def as_told(workspace: Workspace, person: str, decision: Decision) -> Decision:
    """A decision without the cases whose answers this person may still be asked to judge blind."""
    hidden = kept_back(workspace, person, (decision.baseline, decision.candidate), sorted(_named(decision)))
    return _without(decision, hidden) if hidden else decision


def gate_report(project: Path, person: str, gate_id: str, form: str) -> str:
    """The report of a decision, in one of FORMS; with links to changed cases where project.yaml has `public_url`."""
    decision = gate_decision(project, person, gate_id)
    made: Mapping[str, Callable[[], str]] = {
        "markdown": lambda: as_markdown(decision, case_links(project, decision)),
        "json": lambda: json.dumps(as_dict(decision), indent=1),
        "junit": lambda: as_junit(decision),
        "html": lambda: as_html(decision, changed_texts(project, decision), case_links(project, decision)),
    }
    return made[form]()


def case_links(project: Path, decision: Decision) -> dict[str, str]:
    """example_id -> where its two answers stand side by side, of every changed case and each that a blocker failed on;
    empty without `public_url` in project.yaml, and for a decision over two files."""
    address = opened(project).settings.project.public_url
    if address is None or not decision.candidate:
        return {}
    names = sorted(_named(decision) - {KEPT_BACK})
    runs = {"baseline": decision.baseline, "candidate": decision.candidate}
    return {name: f"{address.rstrip('/')}/candidates?{urlencode(runs | {'case': name})}" for name in names}


def _named(decision: Decision) -> set[str]:
    """Every case that changed or that a blocker failed on."""
    changed = {case.example_id for metric in decision.metrics for case in metric.changed}
    return changed | {name for blocker in decision.blockers for name in blocker.failed}


def _without(decision: Decision, hidden: set[str]) -> Decision:
    metrics = tuple(
        replace(metric, changed=tuple(case for case in metric.changed if case.example_id not in hidden))
        for metric in decision.metrics
    )
    count = "1 case is" if len(hidden) == 1 else f"{len(hidden)} cases are"
    note = f"{count} kept back: you may still be asked to judge their answers blind."
    blockers = tuple(
        replace(one, failed=tuple(KEPT_BACK if name in hidden else name for name in one.failed))
        for one in decision.blockers
    )
    return replace(decision, metrics=metrics, blockers=blockers, notes=(*decision.notes, note))
