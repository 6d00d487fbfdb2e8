"""What somebody's own work amounts to, for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.queueing import REVIEWING, require_role, rules
from review_app.actions.workspace import opened
from review_app.agreement.raters.self_consistency import self_consistency
from review_app.store import reviews as review_table
from review_app.store import slots
from review_app.store.slots import Progress, Timed


@dataclass(frozen=True, kw_only=True)
class OwnWork:
    """One person's progress, pace and agreement with themselves; nobody else's is in it, and nothing to compare with.

    consistency: one row per criterion: criterion, n (own traces that came back unseen, with a label each time), same,
    share = same / n, low, high (Wilson, 95 %). No row without such a trace."""

    progress: Progress
    pace: Timed
    consistency: pd.DataFrame


def own_work(project: Path, person: str) -> OwnWork:
    """What this person did, and how often they said the same again."""
    require_role(project, person, *REVIEWING)
    workspace, now = opened(project), datetime.now(UTC)
    store, queue = workspace.store, workspace.settings.plan.queue
    found = self_consistency(review_table.frame(store))
    return OwnWork(
        progress=slots.progress(store, queue, person, now, rules(workspace, person)),
        pace=slots.pace(store, queue).get(person, Timed()),
        consistency=found[found["reviewer"] == person].drop(columns="reviewer").reset_index(drop=True),
    )
