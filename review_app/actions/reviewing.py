"""A reviewer's desk: what to answer next, and what they answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.curating import propose_golden
from review_app.actions.queueing import REVIEWING, require_role, rules
from review_app.actions.workspace import Workspace, opened
from review_app.errors import LeaseLost, NotAllowed, WrongUsage
from review_app.review.answer import Receipt, Submission, faults
from review_app.review.batch import BatchSummary, summary
from review_app.review.blind import BlindItem, BlindTrace, Colleague, Desk, Draft, Reveal, blind, unmarked
from review_app.review.pairwise import asked_of, by_output, is_pair_queue, only_compares, only_pairs, shown_order, sides
from review_app.review.rubric import Rubric
from review_app.review.spans import span_faults, texts, with_span_labels
from review_app.store import golden as golden_table
from review_app.store import reviews as review_table
from review_app.store import rubrics, slots, verdicts
from review_app.store import traces as trace_table
from review_app.store.blindness import waits
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview
from review_app.store.slots import Claim
from review_app.tables import VERDICTS
from review_app.traces.trace import Trace

COUNTED = 1_000
"""Traces the desk counts ahead: nobody plans a day beyond them, and counting 100,000 costs as much as the next item."""


def desk(project: Path, reviewer: str, want: int = 3, queue: str | None = None) -> Desk:
    """Claim up to `want` slots of the project's queue for this reviewer, and show them blind.

    queue: one of pairs of candidates' answers instead; only what compares them is asked there."""
    require_role(project, reviewer, *REVIEWING)
    workspace, now = opened(project), datetime.now(UTC)
    allowed = rules(workspace, reviewer)
    store, name, rubric = workspace.store, workspace.settings.plan.queue, workspace.settings.rubric
    if queue is not None and queue != name:
        name, rubric = _pairs_only(queue, rubric)
        allowed = replace(allowed, repeats=None, known=None)
    claims = slots.claim(store, name, reviewer, want, now, allowed)
    drafts = review_table.drafts(store, reviewer)
    progress = slots.progress(store, name, reviewer, now, allowed, COUNTED)
    return Desk(
        reviewer=reviewer,
        queue=name,
        rubric=rubric,
        items=tuple(_item(store, rubric, reviewer, claim, drafts.get(claim.trace_id)) for claim in claims),
        done=progress.done,
        total=progress.done + progress.left,
        more=progress.more,
    )


def submit_review(project: Path, reviewer: str, submission: Submission) -> Receipt:
    """Store a submission; when this returns `saved` or `duplicate`, the review is on disk, once.

    `refused` says why nothing was stored: an answer is missing, or the lease was lost."""
    require_role(project, reviewer, *REVIEWING)
    workspace = opened(project)
    try:
        trace_id = slots.trace_of(workspace.store, submission.slot_id)
    except LeaseLost as lost:
        return Receipt(slot_id=submission.slot_id, status="refused", message=f"{lost.message} {lost.do}")
    return _keep(project, reviewer, trace_id, submission, review_table.submit)


def amend_review(project: Path, reviewer: str, trace_id: str, submission: Submission) -> Receipt:
    """Store what somebody thinks now that they have seen the verdicts, as a second, assisted review.

    The first one stays, and is the one that agreement is measured on. `submission.token` is the browser's own name for
    this change, so that a retry finds itself already stored."""
    require_role(project, reviewer, *REVIEWING)
    return _keep(project, reviewer, trace_id, submission, review_table.amend)


def sitting(project: Path, reviewer: str, trace_ids: Sequence[str]) -> BatchSummary:
    """What this person's own answers to these traces changed; traces they have not reviewed count nowhere."""
    require_role(project, reviewer, *REVIEWING)
    workspace = opened(project)
    store = workspace.store
    own = {one: found for one in trace_ids if (found := review_table.own(store, reviewer, one))}
    answered, mine = list(own), review_table.frame(store)
    proposals = golden_table.proposals(store)
    told = answered if workspace.settings.project.reveal.verdicts else []
    said = [asdict(verdict) for one in told for verdict in verdicts.of_trace(store, one)]
    return summary(
        mine[mine["review_id"].isin({found.review_id for found in own.values()})],
        pd.DataFrame(said, columns=list(VERDICTS)),
        list(proposals.loc[proposals["proposer"] == reviewer, "trace_id"]),
        workspace.settings.rubric,
        answered,
    )


def save_draft(project: Path, reviewer: str, slot_id: str, token: str, draft: Draft) -> None:
    """Keep what a reviewer has typed so far. A draft for a slot they no longer hold is dropped: the browser has it."""
    require_role(project, reviewer, *REVIEWING)
    workspace = opened(project)
    trace_id = slots.holds(workspace.store, slot_id, reviewer, token)
    if trace_id:
        review_table.save_draft(workspace.store, reviewer, trace_id, draft, datetime.now(UTC))


def reveal(project: Path, reviewer: str, trace_id: str) -> Reveal:
    """What judges and colleagues said of a trace, as far as the project's policy goes, for somebody whose own review of
    it is stored. Raises NotAllowed for others, and while they are to answer it once more."""
    require_role(project, reviewer)
    workspace = opened(project)
    own = review_table.own(workspace.store, reviewer, trace_id)
    if own is None:
        raise NotAllowed(
            f"{reviewer} has not reviewed {trace_id}.", do="Review it first: the judge's verdict is shown afterwards."
        )
    policy = workspace.settings.project.reveal
    return Reveal(
        trace_id=trace_id,
        own=own.labels,
        outcome=own.outcome,
        verdicts=verdicts.of_trace(workspace.store, trace_id) if policy.verdicts else None,
        others=_others(workspace, reviewer, trace_id, own.rubric_version),
        reference=trace_table.body(workspace.store, trace_id).correction,
    )


def open_trace(project: Path, reviewer: str, trace_id: str) -> tuple[BlindTrace, Reveal | None]:
    """A trace by its id, and the reveal where this person has reviewed it. Raises BadInput for an unknown id.

    Without the reveal, an output to compare with another one is withheld, as on the desk."""
    require_role(project, reviewer)
    workspace = opened(project)
    store = workspace.store
    whole = trace_table.body(store, trace_id)
    rubric = asked_of(workspace.settings.rubric, whole)
    trace = _shown(whole, store)
    try:
        return trace, reveal(project, reviewer, trace_id)
    except NotAllowed:
        return unmarked(trace) if only_compares(rubric) and sides(whole, rubric, reviewer) else trace, None


def _pairs_only(queue: str, rubric: Rubric) -> tuple[str, Rubric]:
    """The queue and what is asked in it. Raises WrongUsage where it is none of pairs, or there is nothing to ask."""
    pairs = only_pairs(rubric)
    if not is_pair_queue(queue) or not pairs.criteria:
        raise WrongUsage(
            f"{queue!r} is no queue of pairs, or rubric.yaml asks nothing about pairs.",
            do="Open the desk without a queue, or from the page Candidates.",
        )
    return queue, pairs


def _others(workspace: Workspace, reviewer: str, trace_id: str, version: str) -> tuple[Colleague, ...] | None:
    """What colleagues answered under this rubric; None where it is not to be told, or not yet."""
    store, when = workspace.store, workspace.settings.project.reveal.others
    if when == "never" or (when == "after_all" and waits(store, trace_id)):
        return None
    return tuple(
        Colleague(labels=review_table.labels_of(store, row.pop("review_id")), **row)
        for row in review_table.of_others(store, reviewer, trace_id, version)
    )


def _shown(trace: Trace, store: Store) -> BlindTrace:
    return blind(trace, trace_table.session(store, trace))


def _item(store: Store, rubric: Rubric, reviewer: str, claim: Claim, draft: Draft | None) -> BlindItem:
    trace = trace_table.body(store, claim.trace_id)
    shown, pair = _shown(trace, store), sides(trace, rubric, reviewer)
    if pair and only_compares(rubric):
        shown = unmarked(shown)
    return BlindItem(slot_id=claim.slot_id, token=claim.token, trace=shown, draft=draft, sides=pair)


def _keep(
    project: Path, reviewer: str, trace_id: str, submission: Submission, store_it: Callable[..., bool]
) -> Receipt:
    workspace = opened(project)
    trace = trace_table.body(workspace.store, trace_id)
    rubric = asked_of(workspace.settings.rubric, trace)
    order = shown_order(trace_id, reviewer)
    answers = with_span_labels(by_output(submission.answers, rubric, order), submission.spans, rubric)
    given = replace(submission, answers=answers)
    wrong = faults(given, rubric) + span_faults(given.spans, rubric, texts(trace))
    if wrong:
        return Receipt(slot_id=submission.slot_id, status="refused", message=" ".join(wrong))
    review = _stored(workspace, reviewer, trace_id, given)
    try:
        new = store_it(workspace.store, review, submission.token)
    except (LeaseLost, NotAllowed) as lost:
        return Receipt(slot_id=submission.slot_id, status="refused", message=f"{lost.message} {lost.do}")
    if given.promote:
        # After the review, and again on a retry: proposing twice finds the first proposal.
        why = given.promote.reason.strip() or given.note
        propose_golden(project, reviewer, trace_id, given.promote.layer, why)
    return Receipt(slot_id=submission.slot_id, status="saved" if new else "duplicate")


def _stored(workspace: Workspace, reviewer: str, trace_id: str, submission: Submission) -> StoredReview:
    rubric, now = workspace.settings.rubric, datetime.now(UTC)
    judged = submission.outcome == "judged"
    return StoredReview(
        review_id=f"{submission.slot_id}:{submission.token}",
        slot_id=submission.slot_id,
        trace_id=trace_id,
        reviewer=reviewer,
        rubric_version=rubrics.remember(workspace.store, rubric, now),
        outcome=submission.outcome,
        answers=_answers(rubric, submission, shown_order(trace_id, reviewer)) if judged else {},
        notes={name: note.strip() for name, note in submission.notes.items() if note.strip()} if judged else {},
        spans=submission.spans if judged else (),
        assertions=submission.promote.assertions if submission.promote and judged else (),
        note=submission.note.strip(),
        correction=submission.correction,
        seconds=submission.seconds,
        at=now,
    )


def _answers(rubric: Rubric, submission: Submission, order: tuple[str, str]) -> dict[str, Answer]:
    given = submission.answers
    return {
        criterion.name: Answer(
            label=given[criterion.name],
            score=criterion.score(given[criterion.name]),
            shown=",".join(order) if criterion.kind == "pairwise" else "",
        )
        for criterion in rubric.criteria
        if given.get(criterion.name) and criterion.asked(given)
    }
