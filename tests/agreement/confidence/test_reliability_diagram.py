from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.confidence.reliability_diagram import reliability_diagram
from review_app.agreement.design import drawn_with
from review_app.agreement.wilson import wilson

from .test_corp import SCORES, Y


def endless(n: int):
    return drawn_with(np.full(n, 1e-9))


def test_the_worked_case() -> None:
    found = reliability_diagram(SCORES, Y, endless(20))
    low, high = found.bins
    assert (low.mean_score, low.bad.value, low.share) == pytest.approx((0.1, 0.1, 0.5))
    assert (high.mean_score, high.bad.value, high.share) == pytest.approx((0.8, 0.6, 0.5))
    # ten equally heavy labels in a frame without end count ten: Wilson of 1 and of 6 in 10
    assert (low.bad.low, low.bad.high) == pytest.approx(wilson(1, 10))
    assert (high.bad.low, high.bad.high) == pytest.approx(wilson(6, 10))
    # .02 less .5 x (.09 / 9) less .5 x (.24 / 9)
    assert found.squared_error == pytest.approx(0.02 - 0.005 - 0.12 / 9)


def test_ten_bins_of_equal_mass() -> None:
    found = reliability_diagram(np.linspace(0, 1, 100), np.tile([0.0, 1.0], 50), endless(100))
    assert [one.bad.n for one in found.bins] == [10] * 10
    assert found.bins[0].high < found.bins[1].low


def test_heavy_traces_fill_bins_by_their_weight() -> None:
    # the lower half of the scores stands for .9 of the frame, so it takes nine bins of ten
    pi = np.repeat([0.01, 0.09], 50)
    found = reliability_diagram(np.linspace(0, 1, 100), np.tile([0.0, 1.0], 50), drawn_with(pi))
    assert sum(one.low < 0.5 for one in found.bins) == 9
    assert [one.share for one in found.bins] == pytest.approx([0.1] * 10, abs=0.02)


def test_a_perfect_judge_is_on_average_not_miscalibrated() -> None:
    dice = np.random.default_rng(1)
    found = []
    for _ in range(300):
        scores = dice.uniform(size=300)
        y = (dice.uniform(size=300) < scores).astype(float)
        found.append(reliability_diagram(scores, y, endless(300)).squared_error)
    # published mean .0001 at n = 300; a plain squared error would be about .006
    assert abs(np.mean(found)) < 0.0006
    assert reliability_diagram(scores, scores, endless(300)).squared_error <= 0


def test_what_it_says() -> None:
    assert reliability_diagram(SCORES, SCORES, endless(20)).note == "no miscalibration detectable"
    assert "too few" in reliability_diagram(np.array([0.1, 0.9]), np.array([0.0, 1]), endless(2)).note
    assert "0.04 away" in reliability_diagram(SCORES, Y, endless(20)).note


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.2, 0.7, 1]), st.booleans()), min_size=2, max_size=50))
def test_equal_scores_stay_together_and_nothing_is_lost(labels) -> None:
    scores, y = np.array(labels, dtype=float).T
    found = reliability_diagram(scores, y, endless(len(y)))
    assert sum(one.bad.n for one in found.bins) == len(y)
    assert sum(one.share for one in found.bins) == pytest.approx(1)
    for left, right in zip(found.bins, found.bins[1:], strict=False):
        assert left.high < right.low
    for one in found.bins:
        assert 0 <= one.bad.low <= one.bad.value + 1e-12
        assert one.bad.value - 1e-12 <= one.bad.high <= 1
