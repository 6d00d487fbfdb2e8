"""What a draw will cost and tell, before it is made. Nothing here knows which traces it would choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from review_app.sampling.allocation import Stratum, neyman

ENOUGH_MISSED = 5.0
"""Below so many expected missed failures in the sample, recall cannot be bounded."""
BEST_RATIO = 2.0
"""How much likelier a flagged trace should be drawn than a passed one: prevalence, TPR and kappa are then all near
their smallest errors (our own calculation for 3 % and 20 % failures; see the tests)."""


class Part(NamedTuple):
    """Traces of a frame that are all drawn with the same probability."""

    size: int
    probability: float


@dataclass(frozen=True, kw_only=True)
class Anticipated:
    """What is expected of a judge before the labels are there. prevalence: share of failures in the frame, in (0, 1);
    tpr, tnr: shares of failures it flags and of good answers it passes. source: where the numbers come from."""

    prevalence: float
    tpr: float
    tnr: float
    source: str

    @property
    def flagged(self) -> float:
        """Share of traces the judge flags."""
        return self.prevalence * self.tpr + (1 - self.prevalence) * (1 - self.tnr)

    @property
    def ppv(self) -> float:
        """Share of failures among what it flags."""
        return self.prevalence * self.tpr / self.flagged if self.flagged else 0.0

    @property
    def missed(self) -> float:
        """Share of failures among what it passes."""
        return self.prevalence * (1 - self.tpr) / (1 - self.flagged) if self.flagged < 1 else 0.0


@dataclass(frozen=True, kw_only=True)
class StandardErrors:
    """Predicted standard errors; None where a part of the frame cannot be drawn, or the figure has no denominator."""

    tpr: float | None
    tnr: float | None
    prevalence: float | None
    kappa: float | None


@dataclass(frozen=True, kw_only=True)
class JudgeForecast:
    """What a draw will tell of one judge.

    n_flagged, n_passed: expected traces of either kind in the sample. missed_failures: expected failures in the sample
    that the judge passed. ratio: how much likelier a flagged trace is drawn than a passed one; None without either.
    neyman: the split of the same number of traces that measures prevalence best: a proposal. advice: in plain words.
    """

    judge: str
    judge_version: str
    criterion: str
    anticipated: Anticipated
    n_flagged: float
    n_passed: float
    missed_failures: float
    ratio: float | None
    standard_errors: StandardErrors
    neyman: Mapping[str, float]
    advice: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What `sample` would do now.

    traces, sd: expected size of the whole queue, and its standard deviation. held: traces in it already; added:
    expected new ones. minutes: what reviewing those takes. unreachable: traces no strategy could choose.
    rates, eligible: strategy -> probability, and traces it could choose from.
    """

    queue: str
    frame_size: int
    traces: float
    sd: float
    held: int
    added: float
    reviews: float
    minutes: float
    unreachable: int
    rates: Mapping[str, float]
    eligible: Mapping[str, int]
    judges: tuple[JudgeForecast, ...]


def expected_size(parts: Sequence[Part]) -> tuple[float, float]:
    """The expected number of traces, and its standard deviation sqrt(sum pi (1 - pi))."""
    mean = sum(part.size * part.probability for part in parts)
    return mean, sqrt(sum(part.size * part.probability * (1 - part.probability) for part in parts))


def forecast_judge(
    name: tuple[str, str, str], anticipated: Anticipated, flagged: Sequence[Part], passed: Sequence[Part]
) -> JudgeForecast:
    """name: judge, judge_version, criterion. flagged, passed: the frame, parted by what this judge said."""
    n_flagged, n_passed = expected_size(flagged)[0], expected_size(passed)[0]
    missed = n_passed * anticipated.missed
    ratio = _ratio(_mean(flagged), _mean(passed))
    spread = {
        "flagged": Stratum(_size(flagged), _sd(anticipated.ppv)),
        "passed": Stratum(_size(passed), _sd(anticipated.missed)),
    }
    return JudgeForecast(
        judge=name[0],
        judge_version=name[1],
        criterion=name[2],
        anticipated=anticipated,
        n_flagged=n_flagged,
        n_passed=n_passed,
        missed_failures=missed,
        ratio=ratio,
        standard_errors=standard_errors(anticipated, flagged, passed),
        neyman=neyman(spread, n_flagged + n_passed),
        advice=advice(ratio, missed),
    )


def standard_errors(anticipated: Anticipated, flagged: Sequence[Part], passed: Sequence[Part]) -> StandardErrors:
    """Of the weighted estimates, by linearisation. The judge's share of flags is known from the frame; what varies is
    the share of failures among what it flagged and among what it passed, each estimated within its own part."""
    size = _size(flagged) + _size(passed)
    if not size or any(part.size and not part.probability for part in (*flagged, *passed)):
        return StandardErrors(tpr=None, tnr=None, prevalence=None, kappa=None)
    share = _size(flagged) / size
    caught, missed = share * anticipated.ppv, (1 - share) * anticipated.missed
    var_caught, var_missed = _variance(flagged, anticipated.ppv, size), _variance(passed, anticipated.missed, size)
    bad, good = caught + missed, 1 - caught - missed

    def error(by_caught: float, by_missed: float) -> float:
        return sqrt(by_caught**2 * var_caught + by_missed**2 * var_missed)

    # TNR = (1 - share - missed) / good: its numerator does not move with what is caught, its denominator does.
    passed_good = 1 - share - missed
    return StandardErrors(
        tpr=error(missed / bad**2, -caught / bad**2) if bad > 0 else None,
        tnr=error(passed_good / good**2, (passed_good - good) / good**2) if good > 0 else None,
        prevalence=error(1, 1),
        kappa=_kappa_error(share, caught, missed, (var_caught, var_missed)),
    )


def assumed(share_flagged: float, tpr: float = 0.8, tnr: float = 0.95) -> Anticipated:
    """What to expect of a judge nobody has looked at: the prevalence that its share of flags would then mean, and never
    less than 1 %."""
    prevalence = (share_flagged - (1 - tnr)) / (tpr + tnr - 1)
    source = f"assumed, as there are no labels yet: it catches {tpr:.0%} and passes {tnr:.0%} of the good ones"
    return Anticipated(prevalence=min(max(prevalence, 0.01), 0.99), tpr=tpr, tnr=tnr, source=source)


def advice(ratio: float | None, missed_failures: float) -> tuple[str, ...]:
    """What a statistician would say of a plan."""
    found = []
    if missed_failures < ENOUGH_MISSED:
        found.append(
            f"about {missed_failures:.1f} missed failures are expected in the sample: too few to bound recall; raise "
            "the budget, or the share of `random`"
        )
    if ratio is not None and round(ratio, 1) > 1.5 * BEST_RATIO:
        found.append(
            f"flagged traces are drawn {ratio:.1f} times as often as passed ones; above 3 the recall gets worse, as "
            "missed failures live in what was passed: about 2 is best"
        )
    elif ratio is not None and ratio < BEST_RATIO / 2:
        found.append(f"flagged traces are drawn {ratio:.1f} times as often as passed ones: about 2 is best")
    return tuple(found)


def _kappa_error(share: float, caught: float, missed: float, variances: tuple[float, float]) -> float | None:
    bad = caught + missed
    agreed, chance = caught + 1 - share - missed, share * bad + (1 - share) * (1 - bad)
    if chance == 1:
        return None
    # d kappa = (d agreed (1 - chance) - d chance (1 - agreed)) / (1 - chance)^2; chance moves by 2 share - 1
    moved = (2 * share - 1) * (1 - agreed)
    slopes = ((1 - chance - moved) / (1 - chance) ** 2, (-(1 - chance) - moved) / (1 - chance) ** 2)
    return sqrt(sum(slope**2 * variance for slope, variance in zip(slopes, variances, strict=True)))


def _variance(parts: Sequence[Part], share: float, size: int) -> float:
    """Of the estimated number of failures in these parts, over the frame's size."""
    spread = sum(part.size * (1 - part.probability) / part.probability for part in parts if part.size)
    return share * (1 - share) * spread / size**2


def _size(parts: Sequence[Part]) -> int:
    return sum(part.size for part in parts)


def _mean(parts: Sequence[Part]) -> float | None:
    return expected_size(parts)[0] / _size(parts) if _size(parts) else None


def _ratio(flagged: float | None, passed: float | None) -> float | None:
    return flagged / passed if flagged is not None and passed else None


def _sd(share: float) -> float:
    return sqrt(share * (1 - share))
