"""What a finished part of a queue stands for.

A queue is filled by several draws of one series: each later one has rates at least as high, so each trace's probability
only grows. Inside the traces a draw added, the queue is served in an order that depends on nothing but a hash; the part
done so far is therefore a random part, and the probability that a trace was drawn *and* reached is

    first draw's probability x part done of its traces + (second's - first's) x part done of what it added + ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import pandas as pd

from review_app.sampling.draw import Rates, inclusion


def reached(drawn: pd.DataFrame, draws: Sequence[tuple[str, Rates]], done: Mapping[str, float]) -> pd.Series[float]:
    """The probability with which each trace of `drawn` was drawn and reviewed.

    drawn: one row per trace with `eligible` (strategies that could choose it, joined by a comma).
    draws: (draw_id, rates) from the first to the last of one series.
    done: draw_id -> part of the traces *added* by that draw that have their review, in [0, 1].
    """
    unique = {text: _reached(text, draws, done) for text in drawn["eligible"].unique()}
    return drawn["eligible"].map(unique).astype(float)


def _reached(eligible: str, draws: Sequence[tuple[str, Rates]], done: Mapping[str, float]) -> float:
    total, before = 0.0, Fraction(0)
    for draw_id, strategies in draws:
        now = inclusion(eligible, strategies)
        total += float(now - before) * done[draw_id]
        before = now
    return total
