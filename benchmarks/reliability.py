"""How long agreement between people takes to compute, beside a plain library call; and what its alarms cost.

    python benchmarks/reliability.py [ratings]

A million ratings on a scale of five, from 20 reviewers over 333,333 traces given as text, are read, counted, and
alpha's interval is found by 1,000 resamples of traces; the whole reliability report too, with every coefficient and
2,000 resamples. Target: alpha with its 1,000 resamples in at most 2 s. Beside it the same alpha without any interval:
by the package krippendorff where somebody installed it, and by the textbook (pandas' table of counts, numpy's
coincidence matrix). Quadratic kappa of a million pairs stands beside scikit-learn's.

Then the alarms that watch reviewers: how many reviews a steady reviewer gives before a false alarm, how many after a
change before a true one, and how often known answers find a careless reviewer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pandas as pd
from scipy.stats import binom
from stopwatch import Took, timed

from review_app.agreement.raters import rating_table
from review_app.agreement.raters.category_weights import quadratic
from review_app.agreement.raters.cohen import cohen
from review_app.agreement.raters.cusum import sums
from review_app.agreement.raters.known_answers import known_answers
from review_app.agreement.raters.krippendorff import alphas, coincidences
from review_app.agreement.raters.reliability import ReliabilityOptions, reliability
from review_app.agreement.raters.resampling import cluster_bootstrap, percentile

TARGET_SECONDS, RESAMPLES, RUNS = 2.0, 1000, 3
SCALE = ("bad", "poor", "fair", "good", "great")


def main(n: int) -> int:
    """Print every figure beside its target; 1 where one is missed."""
    ratings = simulated(n)
    took, (value, low, high) = timed(partial(alpha_with_interval, ratings), RUNS)
    print(f"{n:,} ratings of {ratings['unit'].nunique():,} traces, ordinal, best of {RUNS} runs")
    row("alpha and its interval, 1,000 resamples of traces", took, f"{value:.6f} ({low:.6f}, {high:.6f})")
    whole, report = timed(lambda: reliability(ratings, "ordinal", ReliabilityOptions(categories=SCALE)), RUNS)
    row("every coefficient, 2,000 resamples (reliability)", whole, f"{report.alpha.value:.6f}")
    exact, report = timed(
        lambda: reliability(ratings, "ordinal", ReliabilityOptions(categories=SCALE, interval="jackknife")),
        RUNS,
    )
    row("every coefficient, jackknife", exact, f"({report.alpha.low:.6f}, {report.alpha.high:.6f})")
    print("  beside it, without any interval:")
    for name, call in libraries(ratings).items():
        row(f"  {name}", *timed(call))
    kappas(n)
    alarms()
    met = took.within(TARGET_SECONDS) and abs(value - report.alpha.value) < 1e-12
    print(f"target {TARGET_SECONDS:g} s: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def simulated(n: int) -> pd.DataFrame:
    """n ratings: on three traces of ten the raters guess, on the others they agree. No rater twice on a trace."""
    rng = np.random.default_rng(0)
    n_units = n // 3
    unit = np.concatenate([np.repeat(np.arange(n_units), 2), rng.integers(0, n_units, n - 2 * n_units)])
    nth = pd.Series(unit).groupby(unit).cumcount().to_numpy()
    rater = (rng.integers(0, 20, n_units)[unit] + nth) % 20
    truth = rng.integers(0, 5, n_units)[unit]
    value = np.where(rng.random(n) < 0.7, truth, rng.integers(0, 5, n))
    return pd.DataFrame(
        {"unit": "trace-" + pd.Series(unit).astype(str), "rater": "r" + pd.Series(rater).astype(str),
         "value": np.array(SCALE)[value]}
    )  # fmt: skip


def alpha_with_interval(ratings: pd.DataFrame) -> tuple[float, float, float]:
    """From the long table to alpha and its 95 % interval."""
    table = rating_table.read(ratings, "ordinal", SCALE)
    counts = table.counts().pairable()
    parts = coincidences(counts, table.numbers)
    statistic = partial(alphas, "ordinal", parts)
    rng = np.random.default_rng(0)
    drawn = cluster_bootstrap({"alpha": statistic}, parts.terms, counts.units, RESAMPLES, rng)["alpha"]
    return float(statistic(counts.units[None, :] @ parts.terms)[0]), *percentile(drawn, 0.95)


def libraries(ratings: pd.DataFrame) -> dict[str, Callable[[], str]]:
    """The plain ways to the same number, those that are installed."""
    found = {"textbook: pandas counts, numpy coincidences": lambda: f"{textbook(ratings):.6f}"}
    if find_spec("krippendorff"):
        package = import_module("krippendorff")
        found["krippendorff.alpha of counts"] = lambda: format(
            package.alpha(value_counts=counted(ratings), level_of_measurement="ordinal"), ".6f"
        )
    return found


def counted(ratings: pd.DataFrame) -> np.ndarray:
    """Ratings per trace and category."""
    unit, units = pd.factorize(ratings["unit"])
    value = pd.Categorical(ratings["value"], categories=SCALE).codes
    return np.bincount(unit * 5 + value, minlength=5 * len(units)).reshape(-1, 5).astype(float)


def textbook(ratings: pd.DataFrame) -> float:
    """Krippendorff (2011), section C, as one would write it down."""
    counts = counted(ratings)
    counts = counts[counts.sum(axis=1) >= 2]
    share = counts / (counts.sum(axis=1, keepdims=True) - 1)
    matrix = share.T @ counts - np.diag(share.sum(axis=0))
    n = matrix.sum(axis=1)
    place = np.cumsum(n) - n / 2
    distance = (place[:, None] - place) ** 2
    return float(1 - (matrix * distance).sum() / (np.outer(n, n) * distance).sum() * (n.sum() - 1))


def kappas(n: int) -> None:
    """Quadratic kappa of n pairs."""
    rng = np.random.default_rng(1)
    x = rng.integers(0, 5, n)
    y = np.where(rng.random(n) < 0.7, x, rng.integers(0, 5, n))
    weights = quadratic(np.arange(5.0))
    print(f"quadratic kappa of {n:,} pairs of codes")
    table = lambda: np.bincount(5 * x + y, minlength=25).reshape(5, 5)  # noqa: E731
    row("cohen, with its standard error", *timed(lambda: f"{cohen(table(), weights).value:.6f}", RUNS))
    if find_spec("sklearn"):
        library = import_module("sklearn.metrics").cohen_kappa_score
        row("sklearn.metrics.cohen_kappa_score", *timed(lambda: f"{library(x, y, weights='quadratic'):.6f}"))


def alarms() -> None:
    """What CUSUM and known answers cost and find, by simulation and exactly."""
    rng = np.random.default_rng(2)
    runs = np.concatenate([first_alarm(rng.random((2000, 8000)) < 0.10) for _ in range(5)])
    print("drift alarm (CUSUM .10 -> .25, limit 3.5), 10,000 simulated reviewers")
    print(
        f"  reviews to a false alarm, mean       {runs.mean():8.0f}   (STATISTICS: 675; standard error {se(runs):.0f})"
    )
    delay = first_alarm(rng.random((20_000, 700)) < np.repeat([0.10, 0.25], [100, 600])) - 100
    print(f"  reviews from a change to the alarm   {np.median(delay[delay > 0]):8.0f}   (STATISTICS: 24, median)")
    print("known answers: flagged when P(accuracy < .8) > .95")
    print("  given   flagged at or below   a 50 % / 60 % / 70 % / 80 % / 90 % reviewer is flagged")
    for given in (10, 20, 40, 80):
        worst = max((right for right in range(given + 1) if known_answers(right, given).flagged), default=-1)
        found = " / ".join(f"{binom.cdf(worst, given, accuracy):.3f}" for accuracy in (0.5, 0.6, 0.7, 0.8, 0.9))
        print(f"  {given:5}   {worst:4} right            {found}")


def first_alarm(wrong: np.ndarray) -> np.ndarray:
    """The number of the review that raises the alarm, in each row."""
    return np.asarray((sums(wrong, 0.10, 0.25) >= 3.5).argmax(axis=1) + 1)


def se(runs: np.ndarray) -> float:
    """Standard error of the mean."""
    return float(runs.std() / np.sqrt(len(runs)))


def row(name: str, took: Took, result: object) -> None:
    """One line of the table."""
    print(f"  {name:52} {took}   {result}")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
