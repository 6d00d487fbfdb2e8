from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.agreement.wilson import wilson


@pytest.mark.parametrize(
    ("events", "n", "expected"),
    [
        # z^2 = 3.8415: middle (.95 + 3.8415/80) / (1 + 3.8415/40) = .91063, reach .07561
        pytest.param(38, 40, (0.8350, 0.9862), id="38 of 40"),
        # 0 to z^2 / (n + z^2) = 3.8415 / 13.8415
        pytest.param(0, 10, (0.0, 0.2775), id="none of 10"),
        pytest.param(10, 10, (0.7225, 1.0), id="all of 10"),
    ],
)
def test_wilson(events: int, n: int, expected: tuple[float, float]) -> None:
    assert wilson(events, n) == pytest.approx(expected, abs=5e-5)


def test_newcombes_published_interval_of_pairs() -> None:
    # Newcombe (1998), method 10 for pairs, is made of two Wilson intervals: (-.506920, -.025559) for 1 and 7 of 21 in
    # Fagerland, Lydersen and Laake (2013): 1 both, 12 neither, so 2 and 8 of 21. phi: (1 x 12 - 1 x 7 - 21/2), not < 0.
    (low, high), (low_other, high_other) = wilson(2, 21), wilson(8, 21)
    p, q = 2 / 21, 8 / 21
    assert p - q - math.hypot(p - low, high_other - q) == pytest.approx(-0.506920, abs=5e-7)
    assert p - q + math.hypot(high - p, q - low_other) == pytest.approx(-0.025559, abs=5e-7)


EVENTS = st.tuples(st.integers(0, 200), st.integers(0, 200)).filter(any)


@given(EVENTS, st.floats(0.5, 0.9), st.floats(0.91, 0.999))
def test_intervals_of_rising_level_lie_in_each_other(events: tuple[int, int], narrow: float, wide: float) -> None:
    k, n = events[0], sum(events)
    inner, outer = wilson(k, n, narrow), wilson(k, n, wide)
    assert 0 <= outer[0] <= inner[0] + 1e-12 <= k / n + 2e-12
    assert k / n - 2e-12 <= inner[1] - 1e-12 <= outer[1] <= 1


@given(EVENTS)
def test_swapping_the_classes_mirrors_the_interval(events: tuple[int, int]) -> None:
    low, high = wilson(events[0], sum(events))
    assert wilson(events[1], sum(events)) == pytest.approx((1 - high, 1 - low))


@given(EVENTS, st.integers(2, 9))
def test_the_same_k_times_tell_more(events: tuple[int, int], k: int) -> None:
    once, often = wilson(events[0], sum(events)), wilson(k * events[0], k * sum(events))
    assert often[1] - often[0] < once[1] - once[0]
