"""What was drawn so far for the queue, and how far it is reviewed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from review_app.actions.queueing import LEADING, require_role
from review_app.actions.weighing import frame_facts
from review_app.actions.workspace import opened
from review_app.store import draws as draw_table
from review_app.store.draw_progress import DrawProgress, draw_progress
from review_app.store.draws import Draw


@dataclass(frozen=True, kw_only=True)
class PastDraw:
    """One draw or wave, and how far the traces it added are reviewed."""

    draw: Draw
    progress: DrawProgress


@dataclass(frozen=True, kw_only=True)
class DrawHistory:
    """The plan's budget in reviews, its strategies with their share of it, and everything drawn, first to last.

    refusal: why no figure may be said of everything in the frame now; None where one may, and before the first draw.
    """

    queue: str
    budget: int
    shares: Mapping[str, float]
    exact: bool
    draws: tuple[PastDraw, ...]
    refusal: str | None


def draw_history(project: Path, person: str) -> DrawHistory:
    """The draws and waves of the queue of sampling.yaml; for those who lead."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    plan = workspace.settings.plan
    done = draw_progress(workspace.store, plan.queue)
    facts = frame_facts(workspace)
    return DrawHistory(
        queue=plan.queue,
        budget=plan.reviews or max(1, math.floor((plan.reviewer_minutes or 0) / plan.minutes_per_review)),
        shares=plan.shares,
        exact=plan.exact,
        draws=tuple(
            PastDraw(draw=one, progress=done.get(one.draw_id, DrawProgress()))
            for one in draw_table.every(workspace.store, plan.queue)
        ),
        refusal=facts.refuses_whole_frame() if facts else None,
    )
