from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import t

from review_app.agreement.raters import krippendorff
from review_app.agreement.raters.counts import Counts, of_codes
from review_app.agreement.raters.krippendorff import alphas, coincidences
from review_app.agreement.raters.resampling import cluster_bootstrap, jackknife, percentile

# Units worth 0, 1 and 5, of which there are 30, 20 and 10.
WORTH = sparse.csr_array(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 5.0]]))
UNITS = np.array([30.0, 20.0, 10.0])
EACH = np.repeat([0.0, 1.0, 5.0], [30, 20, 10])


def mean(totals: np.ndarray) -> np.ndarray:
    return totals[:, 1] / totals[:, 0]


def test_bootstrap_of_a_mean_has_the_moments_it_must_have() -> None:
    drawn = cluster_bootstrap({"mean": mean}, WORTH, UNITS, 20_000, np.random.default_rng(1))["mean"]
    # a bootstrap mean has mean and variance of the units: 70/60, and population variance / n
    assert drawn.mean() == pytest.approx(EACH.mean(), abs=4 * EACH.std() / np.sqrt(60 * 20_000))
    assert drawn.std() == pytest.approx(EACH.std() / np.sqrt(60), rel=0.02)


def test_bootstrap_repeats_with_its_seed() -> None:
    first, second = (
        cluster_bootstrap({"mean": mean}, WORTH, UNITS, 50, np.random.default_rng(7))["mean"] for _ in range(2)
    )
    assert first.tolist() == second.tolist()


def test_percentile_leaves_undefined_draws_out() -> None:
    assert percentile(np.array([np.nan, *range(101)]), 0.9) == pytest.approx((5, 95))


def test_jackknife_of_a_mean_is_the_t_interval() -> None:
    low, high = jackknife(mean, WORTH, UNITS, 0.95)
    reach = t.ppf(0.975, 59) * EACH.std(ddof=1) / np.sqrt(60)
    assert (low, high) == pytest.approx((EACH.mean() - reach, EACH.mean() + reach))


def test_jackknife_needs_every_figure() -> None:
    assert jackknife(mean, WORTH[:1], np.array([1.0]), 0.95) is None


def binary(rng: np.random.Generator, n: int = 50) -> Counts:
    """n units with 3 raters who agree with a hidden answer 85 % of the time, a fifth of the units rated once."""
    truth = rng.integers(0, 2, n)
    right = rng.random((n, 3)) < 0.85
    value = np.where(right, truth[:, None], 1 - truth[:, None])
    rated = np.ones((n, 3), bool)
    rated[: n // 5, 1:] = False
    unit, rater = np.nonzero(rated)
    return of_codes(unit, value[unit, rater], (0, 1)).pairable()


@pytest.mark.parametrize("method", ["bootstrap", "jackknife"])
def test_intervals_of_alpha_cover(method: str) -> None:
    # STATISTICS section 1: 94.6 % and 95.1 % in 1,200 runs; resampling coincidences gave 83.1 %. Units rated twice
    # or more agree by .85^2 + .15^2 = .745, so alpha is 1 - .255 / .5.
    rng, truth = np.random.default_rng(11), 1 - 0.255 / 0.5
    covered, widths = 0, []
    for _ in range(300):
        counts = binary(rng)
        parts = coincidences(counts, np.arange(2.0))
        statistic = lambda totals, parts=parts: alphas("nominal", parts, totals)  # noqa: E731
        if method == "bootstrap":
            drawn = cluster_bootstrap({"alpha": statistic}, parts.terms, counts.units, 400, rng)["alpha"]
            low, high = percentile(drawn, 0.95)
        else:
            low, high = jackknife(statistic, parts.terms, counts.units, 0.95)
        covered += low <= truth <= high
        widths.append(high - low)
    assert 0.91 <= covered / 300 <= 0.985
    assert np.mean(widths) < 0.5


def test_patterns_give_the_alpha_of_the_expanded_units() -> None:
    rng = np.random.default_rng(2)
    counts = binary(rng, 200)
    parts = coincidences(counts, np.arange(2.0))
    draw = rng.multinomial(counts.n_units, counts.units / counts.n_units)
    some = counts.only(draw > 0)
    again = Counts(categories=some.categories, rows=some.rows, units=draw[draw > 0].astype(float), weight=some.weight)
    found = alphas("nominal", parts, draw[None, :] @ parts.terms)[0]
    assert found == pytest.approx(krippendorff.alpha(again, "nominal"))
