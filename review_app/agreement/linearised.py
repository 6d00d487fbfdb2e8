"""How sure a correlation is: its slope in each weight, found by trying, carries the design's variance."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from review_app.agreement.design import Design, Numbers
from review_app.agreement.estimate import Estimate, undefined

Codes = npt.NDArray[np.intp]

LEVEL = 0.95
CELLS = 500
"""Different rows beyond which there is no interval: each takes the figure twice."""

_STEP = 1e-4
_TOO_MANY = f"no interval: more than {CELLS:,} different pairs of values"
_EXTREME = "no interval: nothing in the sample contradicts it"


def independent(n: int) -> Design:
    """The design of n rows drawn alike and independently of each other."""
    return Design(np.ones(n), np.ones(n))


def correlation(of: Callable[[Numbers], float], cell: Codes, design: Design, method: str, reason: str) -> Estimate:
    """A correlation with tanh(atanh r -+ t se / (1 - r^2)), se^2 = n / (n-1) sum v (dr / dw)^2.

    of: the figure from the weight of each cell, NaN where undefined (`reason` says why). cell: shape (n,), codes from 0
    without gaps of rows that are alike to `of`. Source: Särndal, Swensson and Wretman (1992), 5.5; Fisher (1921).
    """
    n, mass = len(cell), np.bincount(cell, weights=design.w).astype(float)
    value = of(mass) if n and mass.sum() > 0 else math.nan
    if math.isnan(value):
        return undefined(reason, n, method)
    if len(mass) > CELLS or 1 - value**2 < 1e-12:
        return Estimate(value=value, n=n, method=method, reason=_TOO_MANY if len(mass) > CELLS else _EXTREME)
    spread = np.bincount(cell, weights=design.v) @ _slopes(of, mass) ** 2
    reach = float(t.ppf((1 + LEVEL) / 2, n - 1)) * math.sqrt(spread * n / (n - 1)) / (1 - value**2)
    low, high = np.tanh(math.atanh(value) + np.array([-reach, reach]))
    return Estimate(value=value, low=float(low), high=float(high), n=n, method=f"{method}; Fisher z", level=LEVEL)


def cells(*columns: npt.ArrayLike) -> tuple[list[Numbers], Codes]:
    """The columns of the different rows, and which of them each row is."""
    rows, cell = np.unique(
        np.column_stack([np.asarray(one, dtype=float) for one in columns]), axis=0, return_inverse=True
    )
    return list(rows.T), cell.astype(np.intp).ravel()


def _slopes(of: Callable[[Numbers], float], mass: Numbers) -> Numbers:
    """d of / d mass, shape (n_cells,); the figure does not change with the scale of the weights."""
    found = np.zeros(len(mass))
    for place in np.flatnonzero(mass > 0):
        step = _STEP * mass[place]
        around = [mass.copy(), mass.copy()]
        around[0][place] += step
        around[1][place] -= step
        found[place] = (of(around[0]) - of(around[1])) / (2 * step)
    return found
