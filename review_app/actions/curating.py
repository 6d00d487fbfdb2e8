"""The golden set: propose, approve, release, verify, export."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from review_app.actions.queueing import LEADING, REVIEWING, require_role
from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.golden import export, release
from review_app.golden.example import check_approver, example_id, propose
from review_app.golden.release import Release, Verified
from review_app.review.answer import LAYERS, is_bad
from review_app.store import golden as golden_table
from review_app.store import reviews as review_table
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.blindness import unseen
from review_app.store.clock import instant

WITHHELD = "shown once you have reviewed this trace"


@dataclass(frozen=True, kw_only=True)
class GoldenBoard:
    """proposals: one row per case ever proposed. releases: number, content_hash, examples, at, by, notes."""

    proposals: pd.DataFrame
    releases: pd.DataFrame


def golden_board(project: Path, person: str | None = None) -> GoldenBoard:
    """Everything proposed, and every release.

    Where `person` could still be asked to review a proposed trace, its reason, a colleague's words, is withheld."""
    if person is not None:
        require_role(project, person)
    store = opened(project).store
    rows = [
        {name: row[name] for name in ("number", "content_hash", "examples", "notes", "file")}
        | {"at": instant(row["at"]), "by": row["released_by"]}
        for row in golden_table.releases(store)
    ]
    columns = ("number", "content_hash", "examples", "at", "by", "notes", "file")
    proposals = golden_table.proposals(store)
    if person is not None:
        proposals.loc[proposals["trace_id"].isin(unseen(store, person)), "reason"] = WITHHELD
    return GoldenBoard(proposals=proposals, releases=pd.DataFrame(rows, columns=list(columns)))


def propose_golden(project: Path, person: str, trace_id: str, layer: str, reason: str) -> str:
    """Propose a trace this person has reviewed; the id of the case, also when it had been proposed before."""
    require_role(project, person, *REVIEWING)
    if layer not in LAYERS:
        raise WrongUsage(f"{layer!r} is no layer of the golden set.", do=f"Use one of: {', '.join(LAYERS)}.")
    workspace = opened(project)
    trace = trace_table.body(workspace.store, trace_id)
    review = _review_of(workspace, person, trace_id)
    golden_table.propose(workspace.store, propose(trace, review, layer, reason), datetime.now(UTC))
    return example_id(trace)


def approve_golden(project: Path, person: str, example_ids: list[str]) -> int:
    """Approve proposals somebody else made (or one's own, where the project has one owner); how many were open."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    known = golden_table.find(workspace.store, example_ids)
    for wanted in example_ids:
        if wanted not in known:
            raise WrongUsage(f"There is no proposal {wanted!r}.", do="List them with `review-app golden list`.")
        check_approver(known[wanted]["proposer"], person, workspace.settings.project.owner_mode)
    return _decide(workspace, example_ids, "approved", person, "")


def reject_golden(project: Path, person: str, example_ids: list[str], why: str) -> int:
    """Reject proposals, with a reason; how many were open."""
    require_role(project, person, *LEADING)
    if not why.strip():
        raise WrongUsage("A rejection needs a reason.", do="Say in a few words why the case is not kept.")
    return _decide(opened(project), example_ids, "rejected", person, why.strip())


def release_golden(project: Path, person: str, notes: str = "") -> Release:
    """Freeze all approved cases into the next release. Raises WrongUsage where nothing changed since the last one."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    examples = golden_table.approved(workspace.store)
    made = golden_table.releases(workspace.store)
    if made:
        last = verify_golden(project, made[-1]["number"])
        if set(last.example_ids()) == {example.example_id for example in examples}:
            raise WrongUsage(
                f"Release {last.number} already holds these {len(examples)} cases.", do="Approve a new case first."
            )
    found = release.write(workspace.settings.releases, len(made) + 1, examples, person, datetime.now(UTC))
    golden_table.record_release(workspace.store, found, notes)
    return found


def verify_golden(project: Path, number: int | None = None) -> Verified:
    """A release (the latest, unless one is named), read and checked against its hash. Raises ReleaseChanged."""
    workspace = opened(project)
    made = {row["number"]: row for row in golden_table.releases(workspace.store)}
    if not made or (number is not None and number not in made):
        have = f"there are {', '.join(map(str, made))}" if made else "none was made yet"
        raise WrongUsage(
            f"There is no golden release {number or ''}: {have}.", do="Make one: review-app golden release."
        )
    row = made[number if number is not None else max(made)]
    return release.verify(workspace.settings.releases / row["file"], row["content_hash"])


def export_golden(project: Path, to: Path, number: int | None = None) -> int:
    """Write a release as .jsonl or .csv; the number of cases."""
    found = verify_golden(project, number)
    if to.suffix not in (".jsonl", ".csv"):
        raise WrongUsage(f"{to.name}: we write .jsonl and .csv.", do="Give the file one of these endings.")
    to.write_bytes(export.as_jsonl(found) if to.suffix == ".jsonl" else export.as_csv(found).encode())
    return len(found.examples)


def _review_of(workspace: Workspace, person: str, trace_id: str) -> dict[str, Any]:
    reviews = review_table.frame(workspace.store)
    mine = reviews[(reviews["trace_id"] == trace_id) & (reviews["reviewer"] == person)]
    if mine.empty:
        raise WrongUsage(
            f"{person} has not reviewed {trace_id}.",
            do="Review it first: a golden case carries a person's labels and note.",
        )
    mine = mine[mine["review_id"] == mine["review_id"].iloc[-1]]
    answered = mine.dropna(subset=["label"])
    labels = dict(zip(answered["criterion"], answered["label"], strict=True))
    first = mine.iloc[0]
    asserted = review_table.assertions(workspace.store, first["review_id"])
    return ({"assertions": asserted} if asserted else {}) | {
        "reviewer": person,
        "rubric_version": first["rubric_version"],
        "labels": labels,
        "is_bad": is_bad(labels, workspace.settings.rubric),
        "note": first["note"],
        "correction": None if pd.isna(first["correction"]) else first["correction"],
        "judges": [asdict(verdict) for verdict in verdict_table.of_trace(workspace.store, trace_id)],
    }


def _decide(workspace: Workspace, example_ids: list[str], status: str, person: str, note: str) -> int:
    now = datetime.now(UTC)
    return sum(golden_table.decide(workspace.store, one, status, person, note, now) for one in example_ids)
