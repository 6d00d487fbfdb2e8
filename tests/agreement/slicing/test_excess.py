from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.design import drawn_with
from review_app.agreement.judges.vsj import BetaParameters
from review_app.agreement.slicing.detectable import by_chance, by_score
from review_app.agreement.slicing.excess import difference_quantile, excess

SHAPE = st.floats(0.5, 200)


def test_the_difference_of_two_uniforms() -> None:
    # P(X - Y <= d) = (1 + d)^2 / 2 for d <= 0
    flat = BetaParameters(1.0, 1.0)
    assert difference_quantile(flat, flat, 0.02) == pytest.approx(0.2 - 1, abs=1e-4)
    assert difference_quantile(flat, flat, 0.5) == pytest.approx(0, abs=1e-6)


def test_quantiles_are_those_of_draws() -> None:
    dice = np.random.default_rng(1)
    one, other = BetaParameters(3.5, 9.5), BetaParameters(20.0, 0.6)
    drawn = dice.beta(*one, 400_000) - dice.beta(*other, 400_000)
    for q in (0.005, 0.05, 0.5, 0.95):
        assert difference_quantile(one, other, q) == pytest.approx(np.quantile(drawn, q), abs=0.004)


@settings(deadline=None)
@given(SHAPE, SHAPE, SHAPE, SHAPE, st.floats(1e-5, 0.4))
def test_changing_the_sides_mirrors_the_difference(a: float, b: float, c: float, d: float, q: float) -> None:
    one, other = BetaParameters(a, b), BetaParameters(c, d)
    low, high = difference_quantile(one, other, q), difference_quantile(one, other, 1 - q)
    assert -1 <= low <= high <= 1
    assert difference_quantile(other, one, 1 - q) == pytest.approx(-low, abs=5e-3)


def test_an_excess_is_weighted() -> None:
    # inside: events of weight 10 and 2 of 10 + 2 + 2 + 10; outside 2 of 2 + 10
    inside = np.array([1, 1, 1, 1, 0, 0], dtype=bool)
    events = np.array([1, 1, 0, 0, 1, 0], dtype=bool)
    found = excess(inside, events, drawn_with(np.array([0.1, 0.5, 0.5, 0.1, 0.5, 0.1])), 0.95)
    assert found.inside.value == pytest.approx(12 / 24)
    assert found.outside.value == pytest.approx(2 / 12)
    assert found.difference.value == pytest.approx(12 / 24 - 2 / 12)
    # each end is a bound at .95, together an interval at .90
    assert found.difference.level == pytest.approx(0.90)
    assert found.difference.low < 0 < found.difference.high


def test_what_would_have_shown_by_hand() -> None:
    # n 10 of 60 with 9 events: E 1.5, sd sqrt(10 x 50 x 9 x 51 / (3600 x 59)) = 1.0395; (4 - 1.5) / 1.0395 = 2.405
    found = by_score(60, 9, 10, 2.4)
    assert found is not None
    assert (found.n, found.events, found.overall) == (10, 4, 0.15)
    assert by_score(60, 9, 10, 2.41).events == 5  # type: ignore[union-attr]
    # P(Binomial(10, rate) >= 4) = .8
    rate = found.rate
    below = sum([1, 10, 45, 120][k] * rate**k * (1 - rate) ** (10 - k) for k in range(4))
    assert 1 - below == pytest.approx(0.8)
    assert found.coarse
    assert by_score(60, 9, 10, 9.0) is None


def test_what_would_have_shown_by_chance() -> None:
    # 4 of 4 in 8: mid-p 1/140 = .0071; 3 of 4: (8 + 1) / 70 = .129
    assert by_chance(8, 4, 4, 0.01).events == 4  # type: ignore[union-attr]
    assert by_chance(8, 4, 4, 0.13).events == 3  # type: ignore[union-attr]
    assert by_chance(8, 4, 4, 0.007) is None
