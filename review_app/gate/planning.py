"""Before anything is run: what this release can show, and what it would let through.

For a metric of 0 and 1 the chances are sums over every outcome of Tango's test, not simulations: of n cases `won` turn
good and `lost` turn bad, a trinomial.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np
from scipy.stats import binom, norm

from review_app.agreement import tango
from review_app.gate.non_inferiority import needed_n
from review_app.gate.policy import GatePolicy, MetricRule

ASSUMED_DISCORDANCE = 0.10
_POWER = 0.8
_HEAD = (
    f"{'metric':<24}{'cases':>6}{'margin':>7}{'changes':>9}{'power':>7}{'false pass':>11}{'blocks at':>10}"
    f"{'supports':>9}{'needs n':>8}"
)
_WORST_OVER = (1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)


@dataclass(frozen=True, kw_only=True)
class MetricForesight:
    """What one metric's rule can show with n cases: those it applied to in earlier runs, else all.

    discordance: share of cases expected to change where both systems are equally good; observed: it was measured on
    earlier runs, else it is assumed. power: chance that an equally good candidate passes. false_pass: the largest
    chance that one worse by the margin passes, over many discordances. blocks_at: the true loss that is blocked in 80
    of 100 gates; None where no loss is. supports: the smallest margin an equally good candidate passes in 80 of 100.
    needed_n: cases that `margin` takes.
    """

    name: str
    n: int
    margin: float
    discordance: float
    observed: bool
    power: float
    false_pass: float
    blocks_at: float | None
    supports: float
    needed_n: int


@dataclass(frozen=True, kw_only=True)
class Foresight:
    """What a gate over n cases can tell. all_pass: the power of all metrics together, were they independent."""

    n: int
    metrics: tuple[MetricForesight, ...]
    all_pass: float
    alpha: float


def foresee(
    n: int,
    policy: GatePolicy,
    discordance: Mapping[str, float] | None = None,
    applies: Mapping[str, int] | None = None,
) -> Foresight:
    """What these rules can show with n cases. discordance: metric -> share of cases that changed in earlier runs.
    applies: metric -> to how many of the cases it applied there."""
    changed, has = discordance or {}, applies or {}
    metrics = tuple(
        _metric(has.get(rule.name, n), rule, policy.alpha, changed.get(rule.name)) for rule in policy.metrics
    )
    return Foresight(n=n, metrics=metrics, all_pass=math.prod(found.power for found in metrics), alpha=policy.alpha)


def chance(n: int, loss: float, discordance: float, margin: float, alpha: float) -> tuple[float, float]:
    """(passes, is blocked): with a true loss and this share of cases changed, raised to the loss where it is less."""
    changed = max(discordance, loss)
    p_won, p_lost = (changed - loss) / 2, (changed + loss) / 2
    lost = np.arange(n + 1)
    p_of_lost = binom.pmf(lost, n, p_lost)
    rest = 0.0 if p_lost >= 1 else min(p_won / (1 - p_lost), 1.0)
    passes_from, blocks_to = _limits(n, margin, alpha)
    passed = binom.sf(passes_from - 1, n - lost, rest)
    blocked = binom.cdf(blocks_to, n - lost, rest)
    return float(p_of_lost @ passed), float(p_of_lost @ blocked)


def _metric(n: int, rule: MetricRule, alpha: float, observed: float | None) -> MetricForesight:
    discordance = ASSUMED_DISCORDANCE if observed is None or n == 0 else max(observed, 1 / n)
    enough = n >= rule.minimum_n
    power = chance(n, 0.0, discordance, rule.margin, alpha)[0] if enough else 0.0
    supports, needed = _by_formula(n, discordance, rule, alpha)
    if enough and power < _POWER:
        # The formula is an approximation: what it promises and the test does not keep is searched for.
        supports, needed = _by_search(n, discordance, rule.margin, alpha, (supports, needed))
    return MetricForesight(
        name=rule.name,
        n=n,
        margin=rule.margin,
        discordance=discordance,
        observed=observed is not None,
        power=power,
        false_pass=_false_pass(n, rule.margin, alpha) if enough else 0.0,
        blocks_at=_first(lambda loss: chance(n, loss, discordance, rule.margin, alpha)[1]) if enough else None,
        supports=supports,
        needed_n=needed,
    )


def _by_formula(n: int, discordance: float, rule: MetricRule, alpha: float) -> tuple[float, int]:
    supports = math.sqrt((norm.isf(alpha) + norm.ppf(_POWER)) ** 2 * discordance / n) if n else 1.0
    needed = max(needed_n(discordance, rule.margin, alpha), tango.fewest(rule.margin, alpha), rule.minimum_n)
    return min(float(supports), 1.0), needed


def _by_search(n: int, discordance: float, margin: float, alpha: float, found: tuple[float, int]) -> tuple[float, int]:
    """The same two where `found` says that n cases are enough for the margin, and they are not."""
    supports, needed = found
    if supports <= margin:
        wider = np.arange(margin, 1.0, 0.005).tolist()
        supports = next((one for one in wider if chance(n, 0.0, discordance, one, alpha)[0] >= _POWER), 1.0)
    if needed <= n:
        more = count(n, max(n // 50, 1))
        needed = next(cases for cases in more if chance(cases, 0.0, discordance, margin, alpha)[0] >= _POWER)
    return supports, needed


def _false_pass(n: int, margin: float, alpha: float) -> float:
    changed = [min(margin * factor, 1.0) for factor in _WORST_OVER]
    return max(chance(n, margin, share, margin, alpha)[0] for share in changed)


def _first(blocked: Callable[[float], float]) -> float | None:
    """The smallest loss, to half a point, that is blocked in 80 of 100 gates."""
    return next((loss for loss in np.arange(0.005, 1.0, 0.005).tolist() if blocked(loss) >= _POWER), None)


@lru_cache(maxsize=256)
def _limits(n: int, margin: float, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """For each number lost: the fewest won that pass (n + 1: none does), the most won that are blocked (-1: none)."""
    passes, blocks = np.empty(n + 1, dtype=int), np.empty(n + 1, dtype=int)
    low = high = 0
    for lost in range(n + 1):
        # Both rise with what is lost, so each search goes on where the last one stopped.
        while low <= n - lost and tango.non_inferiority_p(low, lost, n, margin) > alpha:
            low += 1
        while high <= n - lost and tango.non_inferiority_p(high, lost, n, margin) > 1 - alpha:
            high += 1
        passes[lost], blocks[lost] = (low if low <= n - lost else n + 1), high - 1
        low, high = min(low, n - lost), min(high, n - lost)
    return passes, blocks


def as_text(foresight: Foresight) -> str:
    """For a terminal."""
    lines = [
        f"{foresight.n} cases, alpha {foresight.alpha:g}; before anything is run:",
        "",
        _HEAD,
    ]
    lines += [_row(metric) for metric in foresight.metrics]
    lines += [
        "",
        "power: how often an equally good candidate passes. false pass: how often, at most, one worse by the margin.",
        "blocks at: the loss that is blocked in 80 of 100 gates. supports: the margin that power 80 % allows.",
        "needs n: about how many cases power 80 % takes at the margin of gate.yaml.",
    ]
    if len(foresight.metrics) > 1:
        lines.append(f"All metrics must pass: {100 * foresight.all_pass:.0f} of 100, were they independent.")
    if any(not metric.observed for metric in foresight.metrics):
        lines.append(f"* assumed: {100 * ASSUMED_DISCORDANCE:.0f} % of cases change between two equal systems.")
    return "\n".join(lines) + "\n"


def _row(metric: MetricForesight) -> str:
    name = metric.name if len(metric.name) < 24 else metric.name[:22] + "…"
    changes = f"{metric.discordance:.3f}" + (" " if metric.observed else "*")
    blocks = "never" if metric.blocks_at is None else f"{metric.blocks_at:.3f}"
    return (
        f"{name:<24}{metric.n:>6}{metric.margin:>7.3f}{changes:>9}{metric.power:>7.2f}{metric.false_pass:>11.3f}{blocks:>10}"
        f"{metric.supports:>9.3f}{metric.needed_n:>8}"
    )
