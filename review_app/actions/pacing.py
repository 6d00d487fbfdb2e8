"""Whether the team will get through its queue with the time it has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from review_app.actions.queueing import require_role
from review_app.actions.workspace import opened
from review_app.review.adjudication import differing, independent
from review_app.store import reviews as review_table
from review_app.store import rubrics, slots


@dataclass(frozen=True, kw_only=True)
class Pace:
    """budget: reviewer-minutes the plan pays for. spent: minutes of the reviews given here; those without a time count
    as the usual. usual: median minutes of a review, None before the first with a time. left: reviews to come.
    reviewed, twice, differ: traces with an independent review; of them those with two people's or more; of those the
    ones on which a label differs."""

    budget: float
    spent: float
    usual: float | None
    left: int
    reviewed: int
    twice: int
    differ: int

    @property
    def needed(self) -> float | None:
        """Minutes the reviews to come will take at the usual pace; None before there is one."""
        return None if self.usual is None else self.left * self.usual


def pace(project: Path, person: str) -> Pace:
    """The minutes and the overlap of the project's queue; for leads."""
    require_role(project, person, "lead", "admin", "auditor")
    workspace = opened(project)
    plan, current = workspace.settings.plan, workspace.settings.rubric
    reviews = review_table.frame(workspace.store)
    people = independent(reviews).groupby("trace_id")["reviewer"].nunique()
    given = reviews[reviews["source"] == "desk"].drop_duplicates("review_id")["seconds"] / 60
    usual = None if given.dropna().empty else float(given.median())
    split = differing(reviews, rubrics.every(workspace.store) | {current.version: current})
    slot_states = slots.states(workspace.store, plan.queue)["state"]
    return Pace(
        budget=plan.reviewer_minutes or (plan.reviews or 0) * plan.minutes_per_review,
        spent=float(given.fillna(usual or 0.0).sum()),
        usual=usual,
        left=int((~slot_states.isin(["done", "skipped"])).sum()),
        reviewed=len(people),
        twice=int((people > 1).sum()),
        differ=int(split["trace_id"].nunique()),
    )
