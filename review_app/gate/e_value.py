"""An e-value for "the candidate loses `margin` or more": it may be looked at after every case, and any number of times.

A gambler who starts with 1 and bets on each case that the candidate is better than the hypothesis says cannot expect to
grow rich where the hypothesis is true, whenever they stop (Ville): wealth 1/alpha is reached with a chance of alpha at
the most. A fixed-size test looked at every 10 cases passes such a candidate in every fifth gate.

x = (1 + d) / 2 in [0, 1], m0 = (1 - margin) / 2; the wealth of bet k of 20 is the product of 1 + k / (21 m0) (x - m0),
and the e-value their mean. Over complete passes through one release the hypothesis is about that release's cases: the
product over a pass is 1 or less wherever their mean is at most m0. Source: Waudby-Smith and Ramdas (2024), JRSS B 86.

What was bet on once is not bet on again: a run that is looked at anew (a failed answer came, people labelled more, it
has more trials) takes the place of what the bets made of it before. `carried` keeps those books.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

BETS = 20

Wealth = npt.NDArray[np.float64]
"""The logarithm of the wealth of each bet, shape (BETS,)."""


def broke_even() -> Wealth:
    """The wealth before the first case."""
    return np.zeros(BETS)


def log_wealth(gain: npt.NDArray[np.float64], margin: float) -> Wealth:
    """What each bet made of these cases. gain: shape (n,), candidate minus baseline, better above 0, in [-1, 1]."""
    return np.asarray(_log_factors(gain, margin).sum(axis=1))


def e_value(wealth: Wealth) -> float:
    """Mean wealth of the bets; 1/alpha or more rejects "loses margin or more" at alpha."""
    return float(np.exp(min(logsumexp(wealth) - math.log(BETS), 700.0)))


def running(gain: npt.NDArray[np.float64], margin: float) -> npt.NDArray[np.float64]:
    """The e-value after each case, shape (n,)."""
    paths = np.cumsum(_log_factors(gain, margin), axis=1)
    return np.asarray(np.exp(np.minimum(logsumexp(paths, axis=0) - math.log(BETS), 700.0)))


def carried(looks: Iterable[tuple[str, Mapping[str, Sequence[float]]]], run: str) -> dict[str, Wealth]:
    """What a look at this run begins with: bet -> wealth made of all other runs.

    looks: (the run that was looked at, bet -> wealth after that look), the first first."""
    whole: defaultdict[str, Wealth] = defaultdict(broke_even)
    own: defaultdict[tuple[str, str], Wealth] = defaultdict(broke_even)
    for name, after in looks:
        for bet, made in after.items():
            before = whole[bet] - own[name, bet]
            own[name, bet], whole[bet] = np.asarray(made) - before, np.asarray(made)
    return {bet: made - own[run, bet] for bet, made in whole.items()}


def needed_n(spread: float, margin: float, alpha: float) -> int:
    """About how many cases an equally good candidate needs: ln(1/alpha) over the growth of its best bet.

    spread: mean squared change of a pair, taken as the share of pairs that change by a whole point."""
    gain = np.array([-1.0, 0.0, 1.0])
    chance = np.array([spread / 2, 1 - spread, spread / 2])
    growth = float((_log_factors(gain, margin) @ chance).max())
    return math.ceil(math.log(1 / alpha) / growth) if growth > 0 else 1_000_000


def _log_factors(gain: npt.NDArray[np.float64], margin: float) -> npt.NDArray[np.float64]:
    centre = (1 - margin) / 2
    bets = np.arange(1, BETS + 1) / ((BETS + 1) * centre)
    return np.asarray(np.log1p(bets[:, None] * ((1 + gain) / 2 - centre)[None, :]))
