"""The golden set, case by case: propose, inspect, approve, reject, retire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from review_app.actions.provenance import agreeing_reviewers, review_for
from review_app.actions.queueing import LEADING, REVIEWING, require_role
from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.golden import inspection, similarity, split
from review_app.golden.example import Example, check_approver, propose
from review_app.golden.inspection import Case, Finding
from review_app.review.answer import LAYERS
from review_app.store import golden as golden_table
from review_app.store import traces as trace_table
from review_app.store.blindness import unseen
from review_app.store.clock import instant
from review_app.traces.redact.access_keys import SECRETS
from review_app.traces.redact.personal import PERSONAL
from review_app.traces.redact.redactor import Redactor
from review_app.traces.trace import Trace, from_values

WITHHELD = "shown once you have reviewed this trace"
# Signatures err: a case is read whole where the estimate is within four standard errors of the limit.
_SLACK = 4 * similarity.SPREAD


@dataclass(frozen=True, kw_only=True)
class GoldenBoard:
    """proposals: one row per case ever proposed, see store.golden.proposals. releases: number, content_hash, examples,
    at, by, notes, file."""

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
        hidden = proposals["trace_id"].isin(unseen(store, person))
        proposals.loc[hidden, ["reason", "decision_note", "retired_why"]] = WITHHELD
    return GoldenBoard(proposals=proposals, releases=pd.DataFrame(rows, columns=list(columns)))


def propose_golden(
    project: Path, person: str, trace_id: str, layer: str, reason: str, supersedes: str | None = None
) -> str:
    """Propose a trace; the id of the case, also when it had been proposed before.

    The case carries the person's own review of it, or, where they lead, the latest one they may see.
    supersedes: an approved case that leaves the set when this one is approved."""
    require_role(project, person, *REVIEWING)
    if layer not in LAYERS:
        raise WrongUsage(f"{layer!r} is no layer of the golden set.", do=f"Use one of: {', '.join(LAYERS)}.")
    workspace = opened(project)
    if supersedes:
        _standing(workspace, supersedes)
    trace = trace_table.body(workspace.store, trace_id)
    review = review_for(project, person, trace_id)
    case = replace(propose(trace, review, layer, reason, supersedes), proposer=person)
    _keep(workspace, case, trace)
    return case.example_id


def golden_findings(project: Path, person: str | None, example_ids: Sequence[str]) -> dict[str, tuple[Finding, ...]]:
    """example_id -> what the inspection finds in it now, beside the other live cases; (): nothing.

    Where `person` could still be asked about a case's trace, only the kind of a finding is told."""
    if person is not None:
        require_role(project, person)
    workspace = opened(project)
    hidden = unseen(workspace.store, person) if person is not None else set()
    return {
        case.example_id: tuple(
            replace(found, says=WITHHELD) if case.trace_id in hidden else found for found in _inspected(workspace, case)
        )
        for case in golden_table.examples(workspace.store, example_ids)
    }


def approve_golden(project: Path, person: str, example_ids: Sequence[str], despite: str = "") -> int:
    """Approve proposals somebody else made, or one's own where two blind reviews agree or the project has one owner;
    how many were open. All of them or none.

    despite: why those with findings are approved nevertheless; it stays with them. Raises WrongUsage naming the
    findings where there are some and nothing is said."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    rows = _known(workspace, example_ids)
    for case in golden_table.examples(workspace.store, example_ids):
        if rows[case.example_id]["status"] == "proposed":
            agreeing = agreeing_reviewers(workspace.store, case)
            check_approver(case.proposer, person, agreeing, workspace.settings.project.owner_mode)
    found = {name: findings for name, findings in golden_findings(project, person, example_ids).items() if findings}
    open_ones = {name: findings for name, findings in found.items() if rows[name]["status"] == "proposed"}
    if open_ones and not despite.strip():
        raise WrongUsage(_listed(open_ones), do="Read them; reject, or say why it is approved despite them.")
    note = f"despite: {despite.strip()}" if despite.strip() else ""
    return _decide(workspace, [(name, note if name in open_ones else "") for name in example_ids], "approved", person)


def reject_golden(project: Path, person: str, example_ids: Sequence[str], why: str) -> int:
    """Reject proposals, with a reason; how many were open."""
    require_role(project, person, *LEADING)
    if not why.strip():
        raise WrongUsage("A rejection needs a reason.", do="Say in a few words why the case is not kept.")
    return _decide(opened(project), [(name, why.strip()) for name in example_ids], "rejected", person)


def retire_golden(project: Path, person: str, example_ids: Sequence[str], why: str) -> int:
    """Take approved cases out of the releases to come, with a reason; releases that were made keep them."""
    require_role(project, person, *LEADING)
    if not why.strip():
        raise WrongUsage("Retiring a case needs a reason.", do="Say in a few words why it no longer stands.")
    workspace = opened(project)
    for name in example_ids:
        _standing(workspace, name)
    now = datetime.now(UTC)
    return sum(golden_table.retire(workspace.store, name, person, why.strip(), now) for name in example_ids)


def _keep(workspace: Workspace, case: Example, trace: Trace) -> None:
    """Store a proposal with its group and its side of the split."""
    near = workspace.settings.project.golden.near_duplicate
    asked = similarity.shingles(similarity.question(trace))
    mark = similarity.signature(asked)
    alike = golden_table.examples(workspace.store, _candidates(workspace, mark))
    kin = {other.group for other in alike if other.group and similarity.jaccard(asked, _asked(other)) >= near}
    if trace.session_id:
        kin |= golden_table.groups_of_session(workspace.store, trace.session_id)
    if case.supersedes:
        kin = {other.group for other in golden_table.examples(workspace.store, [case.supersedes])} - {""} or kin
    group = split.group_of(case.example_id, kin)
    side = split.side(group, workspace.settings.project.golden.test_share)
    placed = replace(case, group=group, split=side)
    golden_table.propose(workspace.store, placed, similarity.as_text(mark), datetime.now(UTC))


def _candidates(workspace: Workspace, mark: Any) -> list[str]:
    """Ids of the live cases whose question may be as alike as the policy asks about."""
    stored = golden_table.signatures(workspace.store)
    missing = [name for name, text in stored.items() if not text]
    if missing:
        cases = golden_table.examples(workspace.store, missing)
        stored |= (new := {case.example_id: similarity.as_text(similarity.signature(_asked(case))) for case in cases})
        golden_table.fill_signatures(workspace.store, new)
    if not stored:
        return []
    how = similarity.estimated(mark, similarity.from_texts(list(stored.values())))
    least = workspace.settings.project.golden.near_duplicate - _SLACK
    return [name for name, one in zip(stored, how, strict=True) if one >= least]


def _inspected(workspace: Workspace, case: Example) -> tuple[Finding, ...]:
    names = _candidates(workspace, similarity.signature(_asked(case)))
    beside = [name for name in names if name not in (case.example_id, case.supersedes)]
    others = [_case(other) for other in golden_table.examples(workspace.store, beside)]
    return inspection.inspect(_case(case, look=True), others, workspace.settings.project.golden.near_duplicate)


def _case(example: Example, look: bool = False) -> Case:
    redactor = Redactor((*SECRETS, *PERSONAL)) if look else None
    if redactor:
        redactor.texts([example.snapshot, example.reason])
    return Case(
        example_id=example.example_id,
        group=example.group,
        split=example.split,
        reason=example.reason,
        content=orjson.loads(example.snapshot),
        personal=dict(redactor.found) if redactor else {},
    )


def _asked(example: Example) -> frozenset[str]:
    return similarity.shingles(similarity.question(from_values(orjson.loads(example.snapshot)["trace"])))


def _known(workspace: Workspace, example_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    known = golden_table.find(workspace.store, example_ids)
    for wanted in example_ids:
        if wanted not in known:
            raise WrongUsage(f"There is no proposal {wanted!r}.", do="List them with `review-app golden list`.")
    return known


def _standing(workspace: Workspace, name: str) -> None:
    status = _known(workspace, [name])[name]["status"]
    if status != "approved":
        raise WrongUsage(f"{name} is {status}, not approved.", do="List the cases with `review-app golden list`.")


def _listed(found: dict[str, tuple[Finding, ...]]) -> str:
    lines = [f"{name}: {finding.kind.replace('_', ' ')}: {finding.says}" for name in found for finding in found[name]]
    more = f"; and {len(lines) - 5} more" if len(lines) > 5 else ""
    return "; ".join(lines[:5]) + more + "."


def _decide(workspace: Workspace, notes: Sequence[tuple[str, str]], status: str, person: str) -> int:
    now = datetime.now(UTC)
    return sum(golden_table.decide(workspace.store, name, status, person, note, now) for name, note in notes)
