"""A reviewer's desk: what to answer next, and what they answered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from review_app.actions.curating import propose_golden
from review_app.actions.workspace import Workspace, opened
from review_app.errors import LeaseLost, NotAllowed
from review_app.review.answer import Receipt, Submission, faults
from review_app.review.blind import BlindItem, BlindTrace, Desk, Draft, Reveal, blind
from review_app.review.rubric import Rubric
from review_app.store import reviews as review_table
from review_app.store import rubrics, slots, verdicts
from review_app.store import traces as trace_table
from review_app.store.reviews import Answer, StoredReview


def desk(project: Path, reviewer: str, want: int = 3) -> Desk:
    """Claim up to `want` slots of the project's queue for this reviewer, and show them blind."""
    workspace, now = opened(project), datetime.now(UTC)
    store, name = workspace.store, workspace.settings.plan.queue
    claims = slots.claim(store, name, reviewer, want, now)
    drafts = review_table.drafts(store, reviewer)
    progress = slots.progress(store, name, reviewer, now)
    return Desk(
        reviewer=reviewer,
        queue=name,
        rubric=workspace.settings.rubric,
        items=tuple(
            BlindItem(
                slot_id=claim.slot_id,
                token=claim.token,
                trace=blind(trace_table.body(store, claim.trace_id)),
                draft=drafts.get(claim.trace_id),
            )
            for claim in claims
        ),
        done=progress.done,
        total=progress.done + progress.left,
    )


def submit_review(project: Path, reviewer: str, submission: Submission) -> Receipt:
    """Store a submission; when this returns `saved` or `duplicate`, the review is on disk, once.

    `refused` says why nothing was stored: an answer is missing, or the lease was lost."""
    workspace = opened(project)
    wrong = faults(submission, workspace.settings.rubric)
    if wrong:
        return Receipt(slot_id=submission.slot_id, status="refused", message=" ".join(wrong))
    try:
        review = _stored(workspace, reviewer, submission)
        new = review_table.submit(workspace.store, review, submission.token)
    except LeaseLost as lost:
        return Receipt(slot_id=submission.slot_id, status="refused", message=f"{lost.message} {lost.do}")
    if submission.promote:
        # After the review, and again on a retry: proposing twice finds the first proposal.
        why = submission.promote.reason.strip() or submission.note
        propose_golden(project, reviewer, review.trace_id, submission.promote.layer, why)
    return Receipt(slot_id=submission.slot_id, status="saved" if new else "duplicate")


def save_draft(project: Path, reviewer: str, slot_id: str, token: str, draft: Draft) -> None:
    """Keep what a reviewer has typed so far. A draft for a slot they no longer hold is dropped: the browser has it."""
    workspace = opened(project)
    trace_id = slots.holds(workspace.store, slot_id, reviewer, token)
    if trace_id:
        review_table.save_draft(workspace.store, reviewer, trace_id, draft, datetime.now(UTC))


def reveal(project: Path, reviewer: str, trace_id: str) -> Reveal:
    """The judges' verdicts on a trace, for somebody whose own review of it is stored. Raises NotAllowed for others."""
    workspace = opened(project)
    own = review_table.own(workspace.store, reviewer, trace_id)
    if own is None:
        raise NotAllowed(
            f"{reviewer} has not reviewed {trace_id}.", do="Review it first: the judge's verdict is shown afterwards."
        )
    outcome, labels = own
    return Reveal(trace_id=trace_id, own=labels, outcome=outcome, verdicts=verdicts.of_trace(workspace.store, trace_id))


def open_trace(project: Path, reviewer: str, trace_id: str) -> tuple[BlindTrace, Reveal | None]:
    """A trace by its id, and the reveal where this person has reviewed it. Raises BadInput for an unknown id."""
    trace = blind(trace_table.body(opened(project).store, trace_id))
    try:
        return trace, reveal(project, reviewer, trace_id)
    except NotAllowed:
        return trace, None


def _stored(workspace: Workspace, reviewer: str, submission: Submission) -> StoredReview:
    rubric, now = workspace.settings.rubric, datetime.now(UTC)
    trace_id = slots.trace_of(workspace.store, submission.slot_id)
    return StoredReview(
        review_id=f"{submission.slot_id}:{submission.token}",
        slot_id=submission.slot_id,
        trace_id=trace_id,
        reviewer=reviewer,
        rubric_version=rubrics.remember(workspace.store, rubric, now),
        outcome=submission.outcome,
        answers=_answers(rubric, submission) if submission.outcome == "judged" else {},
        note=submission.note.strip(),
        correction=submission.correction,
        seconds=submission.seconds,
        at=now,
    )


def _answers(rubric: Rubric, submission: Submission) -> dict[str, Answer]:
    given = submission.answers
    return {
        criterion.name: Answer(label=given[criterion.name], score=criterion.score(given[criterion.name]))
        for criterion in rubric.criteria
        if given.get(criterion.name) and criterion.asked(given)
    }
