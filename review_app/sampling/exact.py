"""Exactly as many traces as the rates expect, by sequential Poisson sampling (Ohlsson 1998).

Independent hits give a random number of traces: 300 on average means 300 +- 17. Here each trace gets one hash u in
[0, 1), and those with the smallest u / pi are taken, where pi is the probability its strategies have together. The
inclusion probabilities are then pi only nearly: the mean error stays within half a percent (simulated in the tests). No
strategy alone decides, so `reasons` names all that could have. What is gained is a fixed size; what is lost is that
the draw could grow: another budget would move the border for traces that were drawn already.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from review_app.sampling.draw import Rates, digest, inclusion, patterns, queued


def draw_exactly(frame: pd.DataFrame, strategies: Rates, salt: str) -> pd.DataFrame:
    """As `draw`, with a fixed number of traces: the sum of their probabilities, rounded up or down by the salt's hash,
    so that over all salts it is right on average. What has the probability 1 is always taken."""
    eligible = np.array(patterns(frame, strategies), dtype=object)
    known = {names: float(inclusion(names, strategies)) for names in set(eligible.tolist())}
    pi = np.array([known[names] for names in eligible.tolist()])
    u = np.array([_uniform(salt, trace_id) for trace_id in frame["trace_id"].tolist()])
    ranked = np.where(pi == 1, -1.0, u / np.where(pi > 0, pi, np.nan))
    wanted = _rounded(pi.sum(), salt)
    # A stable sort by the id first, so that the order of the rows decides nothing, even between equal hashes.
    order = np.lexsort((frame["trace_id"].to_numpy(), ranked))[:wanted]
    chosen = np.zeros(len(frame), dtype=bool)
    chosen[order] = True
    chosen &= pi > 0
    taken = frame[chosen].assign(reasons=eligible[chosen])
    return queued(taken, eligible[chosen].tolist(), strategies, salt)


def _rounded(expected: float, salt: str) -> int:
    # Sums of binary fractions miss whole numbers by a hair, and a hair must not cost or add a trace.
    whole, rest = divmod(round(expected, 9), 1)
    return int(whole) + int(_uniform(salt, "") < rest)


def _uniform(salt: str, trace_id: str) -> float:
    return float(Fraction(int(digest(salt, "exact", trace_id), 16), 1 << 128))
