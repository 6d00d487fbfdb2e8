"""Two raters on one ordinal scale. Rank correlations do not see leniency: these figures are shown together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from review_app.agreement import linearised
from review_app.agreement.estimate import Estimate
from review_app.agreement.weighted_ranks import spearman, tau_b
from review_app.agreement.wilson import wilson

Numbers = npt.NDArray[np.float64]
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class PairPanel:
    """first, second: the raters. n: units both rated. A figure that is None has its reason in `undefined`.

    exact, within_one: shares in [0, 1]. mean_gap: first minus second, in scale points. qwk: quadratic weighted kappa.
    intervals: figure -> 95 % interval, of those that have one (Wilson; t; Fisher z).
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
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    undefined: Mapping[str, str] = field(default_factory=dict)
    method: str = "two raters: shares, mean gap, quadratic kappa, Spearman, Kendall's tau-b; unweighted"


def pair_panel(x: Numbers, y: Numbers, names: tuple[str, str] = ("first", "second")) -> PairPanel:
    """x, y: the two raters' values of the same units, shape (n,), no NaN."""
    first, second = names
    if not len(x):
        return PairPanel(first=first, second=second, n=0, undefined={"exact": "the two rated no unit in common"})
    gap = x - y
    constant = [name for name, values in zip(names, (x, y), strict=True) if np.ptp(values) == 0]
    why = f"{constant[0]} gave one value only" if constant else ""
    design = linearised.independent(len(x))
    ranks = {"spearman": spearman(x, y, design, "", why), "kendall_tau_b": tau_b(x, y, design, "", why)}
    kappa, shares = _kappa(x, y), {"exact": np.abs(gap) < _SAME, "within_one": np.abs(gap) < 1 + _SAME}
    return PairPanel(
        first=first,
        second=second,
        n=len(x),
        exact=float(shares["exact"].mean()),
        within_one=float(shares["within_one"].mean()),
        mean_gap=float(gap.mean()),
        qwk=kappa.value,
        spearman=ranks["spearman"].value,
        kendall_tau_b=ranks["kendall_tau_b"].value,
        intervals=_mean_interval(gap)
        | {name: wilson(int(inside.sum()), len(x)) for name, inside in shares.items()}
        | {
            name: (one.low, one.high)
            for name, one in {"qwk": kappa, **ranks}.items()
            if one.low is not None and one.high is not None
        },
        undefined={name: one.reason for name, one in {**ranks, "qwk": kappa}.items() if one.value is None},
    )


def _mean_interval(gap: Numbers) -> dict[str, tuple[float, float]]:
    if len(gap) < 2:
        return {}
    reach = float(t.ppf(0.975, len(gap) - 1) * gap.std(ddof=1) / np.sqrt(len(gap)))
    return {"mean_gap": (float(gap.mean()) - reach, float(gap.mean()) + reach)}


def _kappa(x: Numbers, y: Numbers) -> Estimate:
    (a, b), cell = linearised.cells(x, y)
    design = linearised.independent(len(x))
    of = lambda w: np.nan if (found := quadratic_kappa(a, b, w)) is None else found  # noqa: E731
    return linearised.correlation(of, cell, design, "", "both gave one value only, the same")


def quadratic_kappa(x: Numbers, y: Numbers, w: Numbers | None = None) -> float | None:
    """Quadratic weighted kappa of values: 1 - mean (x - y)^2 / (var x + var y + (mean x - mean y)^2).

    That is Lin's concordance correlation with population moments (Lin 1989, Biometrics 45, 255), exactly.
    w: how often each pair of values counts. None where nothing varies.
    """
    share = np.full(len(x), 1 / len(x)) if w is None else w / w.sum()
    middle = share @ x, share @ y
    chance = float(share @ (x - middle[0]) ** 2 + share @ (y - middle[1]) ** 2 + (middle[0] - middle[1]) ** 2)
    return None if chance < 1e-15 else 1 - float(share @ (x - y) ** 2) / chance
