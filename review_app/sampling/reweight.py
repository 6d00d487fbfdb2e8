"""What a finished part of a queue stands for, and what a top-up that reacted to labels adds to it.

A queue is filled by several draws of one series: each later one has rates at least as high, so each trace's probability
only grows. Inside the traces a draw added, the queue is served in an order that depends on nothing but a hash; the part
done so far is therefore a random part, and the probability that a trace was drawn *and* reached is

    first draw's probability x part done of its traces + (second's - first's) x part done of what it added + ...

That holds for a trace that was there from the first draw on. One that came later, or was flagged later, waits in a
later draw than its hashes say, and nothing tells how many of those that were there from the start did so as well. So
each trace has the weight of what its hashes say, times the part done of the draw they name over the part done of the
draw it waits in. That is right on average for either, and 1 where both are the same.

A wave is a top-up whose slice was chosen by somebody who had seen labels. Its probabilities hang on what was drawn
before, so they cannot be added to these; Des Raj's (1956) estimator is used instead. Inside the slice there are two
unbiased totals: T1 = sum of y / p1 over the base sample, and T2 = sum of y over what was drawn before + sum of y / q
over the wave. They are combined as (1 - b) T1 + b T2, with a `b` that was fixed before the wave was drawn. That makes
one weight per trace: a / p1 + b in the base sample (a = 1 - b), b / q in the wave, 1 / p1 outside the slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import pandas as pd

from review_app import tables
from review_app.sampling.draw import Rates, inclusion


@dataclass(frozen=True, kw_only=True)
class Step:
    """One draw of a queue. rates: strategy -> probability, empty for a wave.
    combination: of a wave, its weight b against what was there before, in (0, 1]; None for a draw with fixed rates."""

    draw_id: str
    rates: Rates = field(default_factory=dict)
    combination: float | None = None


class _Case(NamedTuple):
    """What makes the weights of two drawn traces equal: the columns of `drawn` but the trace."""

    eligible: str
    added_by: str
    hit_by: str
    q: float
    slices: str


def weighted(drawn: pd.DataFrame, series: Sequence[Step], done: Mapping[str, float]) -> pd.DataFrame:
    """The weights of labelled traces: totals are sum(weight x y), their variance sum(variance_factor x residual^2).

    drawn: one row per trace and draw that added it (a trace of a wave that a later draw chose as well has two), with
        `trace_id`, `eligible` (strategies that could choose it, joined by a comma), `added_by` (a draw_id), `hit_by`
        (the draw that would have, had it been as it is now from the first one on; a wave is its own), `q` (the wave's
        probability; 1 where no wave added it) and `slices` (draw_ids of the waves whose slice it was in when they were
        drawn, joined by a comma, in or out of the wave).
    series: the queue's draws and waves from the first to the last.
    done: draw_id -> part of the traces *added* by that draw or wave that have their review, in [0, 1].
    Returns trace_id, inclusion_probability, weight, variance_factor: one row per trace that could be reached. Without
    a wave weight = 1 / pi and variance_factor = (1 - pi) / pi^2. A wave of which nothing is done yet does not count.
    inclusion_probability is that of a trace which was there from the first draw on: what waves, and coming later, made
    of it shows in the weight alone.
    A trace with two rows has one review that speaks for both; its draw's part done is taken as if it had waited there.
    """
    tables.require(drawn, ("trace_id", *_Case._fields), "drawn")
    cases = [_Case(*row) for row in drawn[list(_Case._fields)].itertuples(index=False)]
    known = {case: _moments(case, series, done) for case in set(cases)}
    columns = ["inclusion_probability", "weight", "variance_factor"]
    found = pd.DataFrame([known[case] for case in cases], columns=columns, index=drawn.index, dtype=float)
    found = found.assign(trace_id=drawn["trace_id"])[lambda rows: rows["inclusion_probability"] > 0]
    how = {"inclusion_probability": "max", "weight": "sum", "variance_factor": "sum"}
    return found.groupby("trace_id", as_index=False, sort=False).agg(how)[["trace_id", *columns]]


def _moments(case: _Case, series: Sequence[Step], done: Mapping[str, float]) -> tuple[float, float, float]:
    """inclusion_probability, weight and variance_factor of a drawn trace."""
    own = next(place for place, step in enumerate(series) if step.draw_id == case.added_by)
    parts = _parts(case, series, done)
    seen_later = [place for place in parts if place is not None and place > own]
    waiting, late = done[case.added_by], 1.0
    if series[own].combination is None:
        a, p = parts[None], _chances(case.eligible, series, done)
        chance, part_done = p[0], p[1] / p[0] if p[0] else 0.0
        late = done[case.hit_by] / waiting if waiting else 0.0
    else:
        a, chance, part_done = parts.get(own, 0.0), case.q, waiting
    if not part_done or not late:
        return 0.0, 0.0, 0.0
    before = sum(parts[place] * part_done / _part_done(case, series[:place], done, own) for place in seen_later)
    per_drawn = a / chance + before
    # First over who is drawn, then over which of them are reached; the second vanishes when the queue is done.
    spread = a**2 * (1 - chance) / chance**2 + per_drawn**2 * (1 - part_done) / part_done
    weight, factor = per_drawn / part_done, spread / part_done
    # w (w - 1) is what one trace adds; where a weight below 1 would take away, nothing is added.
    return chance * part_done, late * weight, max(0.0, late**2 * factor + late * (late - 1) * weight)


def _parts(case: _Case, series: Sequence[Step], done: Mapping[str, float]) -> dict[int | None, float]:
    """What each estimator of the total counts for at this trace: None for the base, else a wave's place in the series.

    They add up to 1. A wave counts `b` against everything before it. One that cannot be used yet, because nothing of
    it or of what was before it is done, counts nothing: that hangs on progress, and not on any label."""
    inside = set(case.slices.split(","))
    parts: dict[int | None, float] = {None: 1.0}
    for place, step in enumerate(series):
        b = step.combination
        if b is None or step.draw_id not in inside:
            continue
        p, reached_before = _chances(case.eligible, series[:place], done)
        if not done[step.draw_id] or (p and not reached_before):
            break
        parts = {earlier: part * (1 - b) for earlier, part in parts.items()} | {place: b}
    return parts


def _part_done(case: _Case, before: Sequence[Step], done: Mapping[str, float], own: int) -> float:
    """The part of the traces like this one, drawn by the steps before a wave, that have their review."""
    if before[own].combination is not None:
        return done[before[own].draw_id]
    p, reached_before = _chances(case.eligible, before, done)
    return reached_before / p


def _chances(eligible: str, series: Sequence[Step], done: Mapping[str, float]) -> tuple[float, float]:
    """The probability that the draws with fixed rates chose a trace, and that they chose it and it was reached."""
    total, before = 0.0, Fraction(0)
    for step in series:
        if step.combination is None:
            now = inclusion(eligible, step.rates)
            total += float(now - before) * done[step.draw_id]
            before = now
    return float(before), total
