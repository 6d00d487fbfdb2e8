"""What the labelled traces of the queue stand for."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import orjson
import pandas as pd

from review_app.actions.topics import TOPIC, members
from review_app.actions.workspace import Workspace
from review_app.sampling.draw import first_hits
from review_app.sampling.frame_facts import FrameFacts
from review_app.sampling.reweight import Step, weighted
from review_app.sampling.slice_values import read
from review_app.store import candidates, new_slots
from review_app.store import draws as draw_table
from review_app.store.draw_progress import unanswered
from review_app.store.draws import Draw

STRATEGY = "strategy"
"""The one key of a slice that is not a column: traces that this strategy could choose."""

_COLUMNS = ["trace_id", "inclusion_probability", "weight", "variance_factor"]


def design_weights(workspace: Workspace, reviewed: Collection[str]) -> pd.DataFrame:
    """trace_id, inclusion_probability, weight and variance_factor (sampling.reweight) of every trace that the queue's
    draws and waves chose and that could be reached by now; no rows without a draw.

    reviewed: traces that somebody answered because the queue, or a file, put them next."""
    store, queue = workspace.store, workspace.settings.plan.queue
    every = draw_table.every(store, queue)
    drawn = _drawn(workspace, every)
    if drawn.empty:
        return pd.DataFrame(columns=_COLUMNS)
    steps = [_step(draw) for draw in every]
    # Traces that only some people may take have a line of their own: how far it is done says nothing of the others'. So
    # have those another queue had answered: they were done before their turn came.
    skills, before = new_slots.skill_of(store, queue), set(new_slots.reviews_for_others(store, queue).values())
    lines = drawn.groupby([f"{trace_id in before} {skills.get(trace_id, '')}" for trace_id in drawn["trace_id"]])
    return pd.concat([weighted(line, steps, _done(line, steps, reviewed)) for _, line in lines], ignore_index=True)


def frame_of(workspace: Workspace, draw: Draw) -> pd.DataFrame:
    """trace_id and stratum of what this draw could choose from: stored by then, and let in by the filters."""
    return candidates.candidates(workspace.store, workspace.settings.plan.frame, seen_by=draw.at)


def spoken_of(workspace: Workspace) -> Draw | None:
    """The draw whose frame figures speak of: the last of which anybody answered anything, or that added nothing. As
    long as nothing is answered at all, the last; None without a draw.

    What came between two draws can only be reached in the second: before it is begun, nobody speaks for that."""
    store, queue = workspace.store, workspace.settings.plan.queue
    series, waiting = draw_table.series(store, queue), unanswered(store, queue)
    return next((draw for draw in reversed(series) if draw.draw_id not in waiting), series[-1] if series else None)


def frame_facts(workspace: Workspace) -> FrameFacts | None:
    """What the draw figures speak of saw, beside what is in the frame now; None without a draw."""
    last, frame = spoken_of(workspace), workspace.settings.plan.frame
    if last is None:
        return None
    newest = draw_table.series(workspace.store, workspace.settings.plan.queue)[-1]
    late = 0 if last.in_lake else candidates.late(workspace.store, frame, last.at)
    seen = last.frame_size if last.in_lake else candidates.size(workspace.store, frame) - late
    judges = last.verdict_counts.get("judges", ())
    return FrameFacts(
        draw_id=last.draw_id,
        waiting=newest.draw_id if newest.number > last.number else "",
        size=last.frame_size,
        unreachable=last.unreachable,
        late=late,
        gone=max(0, last.frame_size - seen),
        filters=last.frame,
        filters_now=orjson.dumps(frame).decode(),
        judges=frozenset((row["judge"], row["judge_version"], row["criterion"]) for row in judges),
        in_lake=last.in_lake,
    )


def _step(draw: Draw) -> Step:
    fixed = draw.kind == "fixed"
    return Step(draw_id=draw.draw_id, rates=draw.rates if fixed else {}, combination=draw.combination)


def _drawn(workspace: Workspace, every: Sequence[Draw]) -> pd.DataFrame:
    """The frame that `weighted` asks for. every: the queue's draws and waves."""
    store, queue = workspace.store, workspace.settings.plan.queue
    series, waves = ([draw for draw in every if draw.kind == kind] for kind in ("fixed", "reacting"))
    by_draws = draw_table.drawn(store, queue).assign(q=1.0)
    by_draws = by_draws.assign(hit_by=_hit_by(by_draws, series))
    if not waves:
        return by_draws.assign(slices="")
    by_waves = draw_table.drawn_by_waves(store, queue).assign(
        q=lambda rows: rows["inclusion_probability"], hit_by=lambda rows: rows["added_by"]
    )
    drawn = pd.concat([by_draws, by_waves], ignore_index=True)
    trace_ids = drawn["trace_id"].unique().tolist()
    known = drawn[["trace_id", "eligible"]].merge(candidates.about(store, trace_ids), how="left", on="trace_id")
    inside = {}
    for wave in waves:
        # A wave chose from what the draw before it saw.
        seen = max(draw.at for draw in series if draw.number < wave.number)
        there = known["trace_id"].isin(candidates.seen(store, trace_ids, seen))
        inside[wave.draw_id] = there & _in_slice(workspace, known, wave)
    return drawn.assign(
        slices=[",".join(name for name in inside if inside[name].iloc[place]) for place in range(len(drawn))]
    )


def _hit_by(drawn: pd.DataFrame, series: Sequence[Draw]) -> pd.Series[str]:
    if len(series) < 2:
        return drawn["added_by"]
    places = first_hits(drawn, [draw.rates for draw in series], series[-1].salt)
    return pd.Series([series[place].draw_id for place in places], index=drawn.index, dtype=object)


def _in_slice(workspace: Workspace, known: pd.DataFrame, wave: Draw) -> pd.Series[bool]:
    found = pd.Series(True, index=known.index)
    for column, value in wave.slice.items():
        if column == STRATEGY:
            found &= known["eligible"].str.split(",").map(lambda names, wanted=value: wanted in names)
        elif column == candidates.TOOL:
            found &= known["tools"].str.split(",").map(lambda names, wanted=value: wanted in names)
        elif column == TOPIC:
            found &= known["trace_id"].isin(members(workspace, value))
        else:
            found &= read(column, value).holds(known[column])
    return found


def _done(line: pd.DataFrame, steps: list[Step], reviewed: Collection[str]) -> dict[str, float]:
    done = line["trace_id"].isin(list(reviewed)).groupby(line["added_by"]).mean()
    # What added no trace has none that waits: it is taken as whole.
    return {step.draw_id: float(done.get(step.draw_id, 1.0)) for step in steps}
