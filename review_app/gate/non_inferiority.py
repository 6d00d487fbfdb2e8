"""One metric over paired cases: is the candidate worse than we accept?

0/1 values go to Tango's score test. Other scores go to a one-sided paired t test with half a pseudo-case of gain 1
and half of loss 1 added, so that a handful of equal pairs cannot look like certainty; it needs 30 real cases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, t

from review_app.agreement import tango

SCORES_MINIMUM_N = 30
_POWER = 0.8


@dataclass(frozen=True, kw_only=True)
class PairedTest:
    """difference, low, high: gain of the candidate in [-1, 1]; p: one-sided, of a loss of `margin` or more; p_better:
    one-sided, of no gain.

    spread: mean squared change of a pair; for 0/1 values the share of pairs that changed (discordance). minimum_n: the
    test means nothing with fewer cases. fewest: with fewer it cannot pass, whatever is measured."""

    difference: float
    low: float
    high: float
    p: float
    p_better: float
    spread: float
    minimum_n: int
    method: str
    fewest: int = 1


def against_margin(gain: npt.NDArray[np.float64], *, binary: bool, margin: float, alpha: float) -> PairedTest:
    """gain: shape (n_cases,), candidate minus baseline in the good direction, each in [-1, 1]; n >= 1.

    The interval has level 1 - 2 alpha, so that its lower end is above -margin exactly when the test passes.
    """
    return _tango(gain, margin, alpha) if binary else _paired_t(gain, margin, alpha)


def needed_n(spread: float, margin: float, alpha: float) -> int:
    """Cases at which an equally good candidate passes in 80 of 100 gates: (z_alpha + z_power)^2 spread / margin^2."""
    z = float(norm.isf(alpha) + norm.ppf(_POWER))
    return math.ceil(z**2 * spread / margin**2)


def _tango(gain: npt.NDArray[np.float64], margin: float, alpha: float) -> PairedTest:
    n, won, lost = len(gain), int((gain > 0).sum()), int((gain < 0).sum())
    low, high = tango.score_interval(won, lost, n, 1 - 2 * alpha)
    return PairedTest(
        difference=(won - lost) / n,
        low=low,
        high=high,
        p=tango.non_inferiority_p(won, lost, n, margin),
        p_better=tango.non_inferiority_p(won, lost, n, 0.0),
        # With no change seen yet, plan for one: a spread of 0 would promise that no case is needed.
        spread=max(won + lost, 1) / n,
        minimum_n=1,
        method="Tango score",
        fewest=tango.fewest(margin, alpha),
    )


def _paired_t(gain: npt.NDArray[np.float64], margin: float, alpha: float) -> PairedTest:
    n = len(gain)
    mean = float(gain.sum()) / (n + 1)
    # Half a pseudo-case at +1 and half at -1: together one case more, nothing on the sum, 1 on the sum of squares.
    squares = float((gain**2).sum()) + 1
    error = math.sqrt((squares - (n + 1) * mean**2) / n / (n + 1))
    freedom = max(n - 1, 1)
    reach = float(t.isf(alpha, freedom)) * error
    return PairedTest(
        difference=float(gain.mean()),
        low=max(mean - reach, -1.0),
        high=min(mean + reach, 1.0),
        p=float(t.sf((mean + margin) / error, freedom)),
        p_better=float(t.sf(mean / error, freedom)),
        spread=squares / (n + 1),
        minimum_n=SCORES_MINIMUM_N,
        method="paired t, half a pseudo-case of each sign",
    )
