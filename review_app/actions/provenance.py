"""Where a golden case comes from: who said what of its trace, why it was drawn, what judges had said, and since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from review_app.actions.queueing import LEADING, require_role, role
from review_app.actions.workspace import opened
from review_app.errors import NotAllowed, WrongUsage
from review_app.golden.example import Example, agreeing
from review_app.review.answer import is_bad
from review_app.store import draws as draw_table
from review_app.store import golden as golden_table
from review_app.store import reviews as review_table
from review_app.store import verdicts as verdict_table
from review_app.store.blindness import unseen
from review_app.store.engine import Store


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One step of a case's life. what: proposed, approved, rejected, retired or superseded."""

    at: datetime
    what: str
    person: str
    note: str


@dataclass(frozen=True, kw_only=True)
class GoldenCase:
    """A case as it was frozen, and its life since. content: {"trace", "review", "expected"}, as in a release file.
    agreeing: reviewers whose blind answers are those of the case."""

    example_id: str
    status: str
    layer: str
    reason: str
    group: str
    split: str
    content: Mapping[str, Any]
    agreeing: tuple[str, ...]
    history: tuple[Happened, ...]


def golden_case(project: Path, person: str, name: str) -> GoldenCase:
    """One case with all that is known of it. Raises NotAllowed while this person may still be asked about its trace."""
    require_role(project, person)
    store = opened(project).store
    found = golden_table.examples(store, [name])
    if not found:
        raise WrongUsage(f"There is no case {name!r}.", do="List them with `review-app golden list`.")
    case, row = found[0], golden_table.find(store, [name])[name]
    if case.trace_id in unseen(store, person):
        raise NotAllowed(f"You may still be asked about the trace of {name}.", do="Review it first.")
    return GoldenCase(
        example_id=name,
        status=row["status"],
        layer=case.layer,
        reason=case.reason,
        group=case.group,
        split=case.split,
        content=orjson.loads(case.snapshot),
        agreeing=agreeing_reviewers(store, case),
        history=_history(row),
    )


def review_for(project: Path, person: str, trace_id: str) -> dict[str, Any]:
    """What a case carries of a review: the person's own latest, or, where they lead and may see it, the latest of all.

    reviewer, rubric_version, labels, is_bad, note, correction, assertions where there are any, `judges` (verdicts of
    that moment), `reviews` (everybody's answers) and `drawn` (why, with which probability)."""
    workspace = opened(project)
    said = _said(workspace.store, trace_id)
    mine = [one for one in said if one["reviewer"] == person]
    leads = role(project, person) in LEADING and trace_id not in unseen(workspace.store, person)
    if not mine and not (leads and said):
        raise WrongUsage(
            f"{person} has not reviewed {trace_id}.",
            do="Review it first: a golden case carries a person's labels and note.",
        )
    one = (mine or said)[-1]
    asserted = review_table.assertions(workspace.store, one["review_id"])
    kept = {name: one[name] for name in ("reviewer", "rubric_version", "labels", "note", "correction")}
    return (
        ({"assertions": asserted} if asserted else {})
        | kept
        | {
            "is_bad": is_bad(one["labels"], workspace.settings.rubric),
            "judges": [
                {name: value for name, value in asdict(verdict).items() if name != "beside"}
                for verdict in verdict_table.of_trace(workspace.store, trace_id)
            ],
            "reviews": said,
            "drawn": draw_table.why(workspace.store, trace_id),
        }
    )


def agreeing_reviewers(store: Store, case: Example) -> tuple[str, ...]:
    """Reviewers who, blind, gave the labels this case carries."""
    kept = orjson.loads(case.snapshot)["review"]
    return agreeing(_said(store, case.trace_id), kept["rubric_version"], kept["labels"])


def _said(store: Store, trace_id: str) -> list[dict[str, Any]]:
    """Every review of a trace that was not skipped, oldest first; labels: criterion -> label."""
    rows = review_table.of_trace(store, trace_id)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(
            row["review_id"], {name: row[name] for name in row if name not in ("criterion", "label")}
        )
        labels = one.setdefault("labels", {})
        if row["label"] is not None:
            labels[row["criterion"]] = row["label"]
    return [one | {"assisted": bool(one["assisted"])} for one in found.values()]


def _history(row: Mapping[str, Any]) -> tuple[Happened, ...]:
    steps = [
        ("proposed", row["proposed_at"], row["proposer"], row["reason"]),
        (_decision(row), row["decided_at"], row["approver"], row["decision_note"]),
        (row["status"], row["retired_at"], row["retired_by"], row["retired_why"]),
    ]
    return tuple(
        Happened(at=at.to_pydatetime(), what=what, person=person, note="" if pd.isna(note) else note)
        for what, at, person, note in steps
        if not pd.isna(at)
    )


def _decision(row: Mapping[str, Any]) -> str:
    return "rejected" if row["status"] == "rejected" else "approved"
