"""What each labelled trace stands for: its weight, and what it adds to the variance of an estimate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Design(NamedTuple):
    """How the labelled traces were drawn; both arrays of shape (n,), finite and >= 0.

    w: how many traces of the frame each stands for; a ratio is estimated as sum w a / sum w b.
    v: its variance factor; the variance of a total is sum v residual^2.
    """

    w: Numbers
    v: Numbers

    def at(self, rows: Mask) -> Design:
        """The part of it in `rows`."""
        return Design(self.w[rows], self.v[rows])


def drawn_with(pi: Numbers) -> Design:
    """The plain case, each trace drawn by itself with probability pi in (0, 1]: w = 1/pi, v = (1-pi)/pi^2.

    Source: Poisson sampling, Särndal, Swensson and Wretman (1992), 3.5.
    """
    w = 1 / pi
    return Design(w, (1 - pi) * w**2)


def weights(rows: pd.DataFrame) -> Design:
    """The design of the rows, unpacked as `w, v = weights(rows)`.

    rows: `inclusion_probability` in (0, 1]; a draw that answered to labels also gives `weight` and
    `variance_factor`, which win where they are not NA. Rows with neither must have been left out before.
    """
    plain = drawn_with(_numbers(rows, "inclusion_probability"))
    w, v = _numbers(rows, "weight"), _numbers(rows, "variance_factor")
    return Design(np.where(np.isnan(w), plain.w, w), np.where(np.isnan(w), plain.v, v))


def _numbers(rows: pd.DataFrame, column: str) -> Numbers:
    if column not in rows:
        return np.full(len(rows), np.nan)
    values: Numbers = pd.to_numeric(rows[column]).to_numpy(dtype=float, na_value=np.nan)
    return values
