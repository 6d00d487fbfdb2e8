"""Exact chance of so many events in a slice, given how many each stratum holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln
from scipy.stats import hypergeom

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]


def mid_p(inside: Mask, events: Mask, strata: Codes) -> float:
    """One-sided exact mid-p: P(more events inside) + P(as many) / 2, every stratum's counts fixed.

    inside, events, strata: shape (n_rows,). With one stratum this is Fisher's test with mid-p. The strata's
    hypergeometric distributions are convolved. Source: Mantel and Gart (1973); mid-p: Lancaster (1961).
    """
    chances, least = np.ones(1), 0
    for stratum in np.unique(strata[inside]):
        here = strata == stratum
        n, m, s = int(here.sum()), int(events[here].sum()), int(inside[here].sum())
        low, high = max(0, m + s - n), min(m, s)
        chances = np.convolve(chances, _hypergeometric(np.arange(low, high + 1), n, m, s))
        least += low
    seen = int((inside & events).sum()) - least
    return float(min(1.0, chances[seen + 1 :].sum() + chances[seen] / 2))


def _hypergeometric(a: npt.NDArray[np.int64], n: int, m: int, s: int) -> npt.NDArray[np.float64]:
    """C(m, a) C(n - m, s - a) / C(n, s); scipy's own takes ten times as long, and there are thousands of slices."""
    ways = _log_ways(np.array(m), a) + _log_ways(np.array(n - m), s - a) - _log_ways(np.array(n), np.array(s))
    return np.asarray(np.exp(ways), dtype=float)


def _log_ways(n: npt.NDArray[np.int64], k: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=float)


def fisher_p(inside: Mask, events: Mask) -> float:
    """P(at least as many events inside by chance), one-sided Fisher exact."""
    n, m, s = len(events), int(events.sum()), int(inside.sum())
    return float(hypergeom.sf(int((inside & events).sum()) - 1, n, m, s))
