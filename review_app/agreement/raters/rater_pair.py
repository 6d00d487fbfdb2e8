"""Two raters on one ordinal scale. Rank correlations do not see leniency: these figures are shown together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.stats import kendalltau, spearmanr

Numbers = npt.NDArray[np.float64]
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class PairPanel:
    """first, second: the raters. n: units both rated. A figure that is None has its reason in `undefined`.

    exact, within_one: shares in [0, 1]. mean_gap: first minus second, in scale points. qwk: quadratic weighted kappa.
    """

    first: str
    second: str
    n: int
    exact: float | None = None
    within_one: float | None = None
    mean_gap: float | None = None
    qwk: float | None = None
    spearman: float | None = None
    kendall_tau_b: float | None = None
    undefined: Mapping[str, str] = field(default_factory=dict)
    method: str = "two raters: shares, mean gap, quadratic kappa, Spearman, Kendall's tau-b; unweighted"


def pair_panel(x: Numbers, y: Numbers, names: tuple[str, str] = ("first", "second")) -> PairPanel:
    """x, y: the two raters' values of the same units, shape (n,), no NaN."""
    first, second = names
    if not len(x):
        return PairPanel(first=first, second=second, n=0, undefined={"exact": "the two rated no unit in common"})
    gap, qwk = x - y, quadratic_kappa(x, y)
    constant = [name for name, values in zip(names, (x, y), strict=True) if np.ptp(values) == 0]
    reasons = dict.fromkeys(("spearman", "kendall_tau_b"), f"{constant[0]} gave one value only") if constant else {}
    return PairPanel(
        first=first,
        second=second,
        n=len(x),
        exact=float((np.abs(gap) < _SAME).mean()),
        within_one=float((np.abs(gap) < 1 + _SAME).mean()),
        mean_gap=float(gap.mean()),
        qwk=qwk,
        spearman=None if constant else float(spearmanr(x, y)[0]),
        kendall_tau_b=None if constant else float(kendalltau(x, y)[0]),
        undefined=reasons if qwk is not None else {**reasons, "qwk": "both gave one value only, the same"},
    )


def quadratic_kappa(x: Numbers, y: Numbers) -> float | None:
    """Quadratic weighted kappa of values: 1 - mean (x - y)^2 / (var x + var y + (mean x - mean y)^2).

    That is Lin's concordance correlation with population moments (Lin 1989, Biometrics 45, 255), exactly.
    None where nothing varies.
    """
    chance = float(np.var(x) + np.var(y) + (x.mean() - y.mean()) ** 2)
    return None if chance == 0 else 1 - float(((x - y) ** 2).mean()) / chance
