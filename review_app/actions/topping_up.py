"""More reviews of one slice, chosen by somebody who has seen what people said: a wave beside the draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pandas as pd

from review_app.actions import topics
from review_app.actions.drawing import Prepared, Sampled, counted, frame_id, prepared, with_needs
from review_app.actions.queueing import LEADING, require_role
from review_app.actions.topics import TOPIC, with_model
from review_app.actions.weighing import STRATEGY, frame_of
from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.sampling.draw import below, inclusion, patterns, queued
from review_app.sampling.plan import SamplePlan
from review_app.store import candidates, traces
from review_app.store import draws as draw_table
from review_app.store.draws import Draw


def top_up_slice(project: Path, person: str, condition: Mapping[str, str], n: int = 20) -> Sampled:
    """Send about `n` fresh traces of a slice to the queue, after those that wait there; for leads.

    condition: column -> value, range or exception (store.candidates.SLICE_COLUMNS, sampling.slice_values; a missing
    value is `none`), `tool` -> one that was called, `topic` -> a text cluster (actions.topics), and `strategy` -> the
    name of one; all must hold. Fresh is what no draw or wave chose and the last draw
    could have. Each call is a wave of its own. Its labels enter all figures by Des Raj's estimator (sampling.reweight),
    with the weight b = n / (n + what the draws before were expected to choose there), which no label has a part in.
    Raises WrongUsage without a draw, for an unknown column or strategy, and where nothing fresh is left."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    plan = workspace.settings.plan
    ready = prepared(workspace, plan)
    if not ready.before:
        raise WrongUsage("There is no draw yet to top up.", do="Run `review-app sample` first.")
    condition = with_model(workspace, condition)
    members = _members(workspace, ready, condition)
    held = pd.concat(
        [draw_table.drawn(workspace.store, plan.queue), draw_table.drawn_by_waves(workspace.store, plan.queue)]
    )
    fresh = members[~members["trace_id"].isin(held["trace_id"])]
    if fresh.empty:
        raise WrongUsage(
            f"None of the {len(members):,} traces of {dict(condition)} is left to send.",
            do="Look at the value, run `review-app sample` if traces came since, or choose a wider slice.",
        )
    said = counted(
        candidates.said_of(workspace.store, members["trace_id"].tolist()), len(members), workspace.settings.rubric
    )
    made = replace(_wave(ready, condition, members, fresh, n), verdict_counts={"judges": said.to_dict("records")})
    drawn = _drawn(workspace, plan, made, fresh, held)
    added = draw_table.save(workspace.store, made, drawn)
    return Sampled(draw=made, added=added, held=len(set(held["trace_id"]) | set(drawn["trace_id"])))


def _members(workspace: Workspace, ready: Prepared, condition: Mapping[str, str]) -> pd.DataFrame:
    """trace_id, stratum and `eligible` of the traces in the slice that the last draw saw."""
    last = ready.before[-1]
    columns = {column: value for column, value in condition.items() if column not in (STRATEGY, TOPIC)}
    known = (*candidates.SLICE_COLUMNS, candidates.TOOL)
    if not set(columns) <= set(known) or condition.get(STRATEGY, "random") not in last.rates or not condition:
        raise WrongUsage(
            f"{dict(condition)} is no slice of this queue.",
            do=f"Use {', '.join(known)}, {TOPIC}, or {STRATEGY} with one of {', '.join(last.rates)}.",
        )
    if not {"tools", candidates.TOOL}.isdisjoint(columns):
        traces.fill_tools(workspace.store)
    frame = ready.frame.assign(eligible=patterns(ready.frame, last.rates))
    inside = candidates.in_slice(workspace.store, columns) & set(frame_of(workspace, last)["trace_id"])
    if TOPIC in condition:
        inside &= topics.members(workspace, condition[TOPIC])
    named = frame["eligible"].str.split(",").map(lambda names: condition.get(STRATEGY, "random") in names)
    return frame.loc[frame["trace_id"].isin(inside) & named, ["trace_id", "stratum", "eligible"]]


def _wave(ready: Prepared, condition: Mapping[str, str], members: pd.DataFrame, fresh: pd.DataFrame, n: int) -> Draw:
    last = ready.before[-1]
    q = min(Fraction(1), Fraction(n, len(fresh)))
    chosen_by_draws = sum(inclusion(names, last.rates) * k for names, k in members["eligible"].value_counts().items())
    again = [wave for wave in ready.every if wave.slice == dict(condition)]
    before = chosen_by_draws + sum(wave.rates["slice"] * wave.eligible["slice"] for wave in again)
    expected = q * len(fresh)
    return replace(
        last,
        draw_id=ready.draw.draw_id,
        number=ready.draw.number,
        rates={"slice": q},
        frame_size=len(members),
        eligible={"slice": len(fresh)},
        frame_id=frame_id(f"{last.frame} {sorted(condition.items())}", members["trace_id"].tolist()),
        strata=members["stratum"].value_counts().to_dict(),
        at=datetime.now(UTC),
        kind="reacting",
        slice=dict(condition),
        combination=float(expected / (expected + before)),
    )


def _drawn(workspace: Workspace, plan: SamplePlan, made: Draw, fresh: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    hit = below(fresh["trace_id"].tolist(), made.salt, made.draw_id, made.rates["slice"])
    chosen = fresh[hit].assign(reasons="slice")
    drawn = queued(chosen, chosen["eligible"].tolist(), {}, made.salt).assign(
        inclusion_probability=float(made.rates["slice"])
    )
    # The first traces of a rubric belong to what everybody starts with; a wave comes later.
    later = plan if plan.overlap is None else replace(plan, overlap=replace(plan.overlap, first=0))
    return with_needs(workspace, later, drawn, held, made.number)
