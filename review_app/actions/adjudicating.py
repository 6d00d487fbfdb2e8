"""Settle what reviewers see differently: one accountable answer, the reviews beside it untouched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.queueing import require_role
from review_app.actions.workspace import Workspace, opened
from review_app.errors import NotAllowed, WrongUsage
from review_app.review.adjudication import DIFFERING, Dispute, Settlement, differing, faults, opinions
from review_app.review.blind import Reveal, blind
from review_app.review.rubric import Rubric
from review_app.store import adjudications, rubrics, verdicts
from review_app.store import reviews as review_table
from review_app.store import traces as trace_table
from review_app.store.blindness import unseen

_KEY = ["trace_id", "rubric_version", "criterion"]


def to_adjudicate(project: Path, person: str) -> pd.DataFrame:
    """What waits to be settled: trace_id, rubric_version, criterion, n_reviewers; for leads.

    A trace that this person may still be asked to review is not in it: they would read their colleagues' answers."""
    workspace = opened(project)
    require_role(project, person, "lead", "admin")
    found = _differing(workspace)
    done = adjudications.settled(workspace.store)[_KEY].assign(settled=True)
    found = found.merge(done, on=_KEY, how="left")
    open_ = found["settled"].isna() & ~found["trace_id"].isin(unseen(workspace.store, person))
    return found.loc[open_, list(DIFFERING)].reset_index(drop=True)


def open_dispute(project: Path, person: str, trace_id: str, rubric_version: str) -> Dispute:
    """One trace of `to_adjudicate`, with everybody's labels and words; blind to the judge.

    Raises NotAllowed where there is nothing for this person to settle."""
    waiting = to_adjudicate(project, person)
    mine = waiting[(waiting["trace_id"] == trace_id) & (waiting["rubric_version"] == rubric_version)]
    if mine.empty:
        raise NotAllowed(
            f"On trace {trace_id!r} there is nothing for {person} to settle.", do="Pick one from the list."
        )
    workspace = opened(project)
    rubric = _rubrics(workspace)[rubric_version]
    reviews = review_table.frame(workspace.store)
    given = reviews[(reviews["trace_id"] == trace_id) & (reviews["rubric_version"] == rubric_version)]
    # Who settles a pair answers by output, so they see which is which; `open_trace` would not tell them.
    whole = trace_table.body(workspace.store, trace_id)
    return Dispute(
        trace=blind(whole, trace_table.session(workspace.store, whole)),
        rubric=rubric,
        criteria=tuple(rubric.criterion(name) for name in mine["criterion"]),
        opinions=opinions(given),
    )


def adjudicate(
    project: Path, person: str, trace_id: str, rubric_version: str, settlements: Sequence[Settlement]
) -> Reveal:
    """Store the settlement of every criterion on which the reviews of a trace differ; then, and only then, the judges'
    verdicts on it. Raises WrongUsage, and stores nothing, when one is missing or incomplete."""
    dispute = open_dispute(project, person, trace_id, rubric_version)
    given = {one.criterion: one for one in settlements}
    wrong = [fault for one in dispute.criteria for fault in faults(given.get(one.name, Settlement(criterion="")), one)]
    extra = sorted(set(given) - {one.name for one in dispute.criteria})
    wrong += [f"Nobody differs on {name!r}." for name in extra]
    if wrong:
        raise WrongUsage(" ".join(wrong), do="Settle each criterion that is shown, and nothing else.")
    store = opened(project).store
    adjudications.add(store, trace_id, rubric_version, settlements, person, datetime.now(UTC))
    return Reveal(
        trace_id=trace_id,
        own={one.criterion: one.label for one in settlements if one.label and one.outcome == "settled"},
        outcome="judged",
        verdicts=verdicts.of_trace(store, trace_id),
        settled=True,
    )


def adjudicated(project: Path, person: str) -> pd.DataFrame:
    """What was settled, by whom and why (store.adjudications.SETTLED), newest first; for leads."""
    workspace = opened(project)
    require_role(project, person, "lead", "admin", "auditor")
    return adjudications.settled(workspace.store)[::-1].reset_index(drop=True)


def _differing(workspace: Workspace) -> pd.DataFrame:
    return differing(review_table.frame(workspace.store), _rubrics(workspace))


def _rubrics(workspace: Workspace) -> dict[str, Rubric]:
    current = workspace.settings.rubric
    return rubrics.every(workspace.store) | {current.version: current}
