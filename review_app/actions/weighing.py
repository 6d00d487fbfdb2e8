"""What the labelled traces of the queue stand for."""

from __future__ import annotations

from collections.abc import Collection

import orjson
import pandas as pd

from review_app.actions.workspace import Workspace
from review_app.sampling.frame_facts import FrameFacts
from review_app.sampling.reweight import Step, weighted
from review_app.store import candidates, new_slots
from review_app.store import draws as draw_table
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
    drawn = _drawn(workspace, [draw for draw in every if draw.kind == "reacting"])
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


def frame_facts(workspace: Workspace) -> FrameFacts | None:
    """What the last draw of the queue saw, beside what is in the frame now; None without a draw."""
    series = draw_table.series(workspace.store, workspace.settings.plan.queue)
    if not series:
        return None
    last, frame = series[-1], workspace.settings.plan.frame
    late = 0 if last.in_lake else candidates.late(workspace.store, frame, last.at)
    seen = last.frame_size if last.in_lake else candidates.size(workspace.store, frame) - late
    judges = last.verdict_counts.get("judges", ())
    return FrameFacts(
        draw_id=last.draw_id,
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


def _drawn(workspace: Workspace, waves: list[Draw]) -> pd.DataFrame:
    """The frame that `weighted` asks for."""
    store, queue = workspace.store, workspace.settings.plan.queue
    by_draws = draw_table.drawn(store, queue).assign(q=1.0)
    if not waves:
        return by_draws.assign(slices="")
    by_waves = draw_table.drawn_by_waves(store, queue).assign(q=lambda rows: rows["inclusion_probability"])
    drawn = pd.concat([by_draws, by_waves], ignore_index=True)
    about = candidates.about(store, drawn["trace_id"].unique().tolist())
    known = drawn[["trace_id", "eligible"]].merge(about, how="left", on="trace_id")
    inside = {wave.draw_id: _in_slice(known, wave) for wave in waves}
    return drawn.assign(
        slices=[",".join(name for name in inside if inside[name].iloc[place]) for place in range(len(drawn))]
    )


def _in_slice(known: pd.DataFrame, wave: Draw) -> pd.Series[bool]:
    found = pd.Series(True, index=known.index)
    for column, value in wave.slice.items():
        if column == STRATEGY:
            found &= known["eligible"].str.split(",").map(lambda names, wanted=value: wanted in names)
        elif column == candidates.TOOL:
            found &= known["tools"].str.split(",").map(lambda names, wanted=value: wanted in names)
        else:
            found &= known[column] == value
    return found


def _done(line: pd.DataFrame, steps: list[Step], reviewed: Collection[str]) -> dict[str, float]:
    done = line["trace_id"].isin(list(reviewed)).groupby(line["added_by"]).mean()
    # What added no trace has none that waits: it is taken as whole.
    return {step.draw_id: float(done.get(step.draw_id, 1.0)) for step in steps}
