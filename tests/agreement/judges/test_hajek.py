from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from review_app.agreement.design import Design, drawn_with, weights
from review_app.agreement.judges import hajek

from ..builders import sample

WORKED = sample(133, 34, 7, 126, pi_flagged=1 / 120, pi_passed=1 / 600)


def test_the_worked_case() -> None:
    y, j = WORKED["y"].to_numpy(), WORKED["flagged"].to_numpy(dtype=float)
    found = hajek.ratio(y * j, y, weights(WORKED))
    # 133 x 120 / (133 x 120 + 7 x 600) = 15,960 / 20,160; standard error as published with the case
    assert found.value == pytest.approx(0.791667, abs=5e-7)
    assert found.se == pytest.approx(0.064123, abs=5e-7)


def test_equal_weights_in_an_endless_frame_give_the_textbook_standard_error() -> None:
    y = np.repeat([1.0, 0.0], [3, 7])
    found = hajek.ratio(y, np.ones(10), drawn_with(np.full(10, 1e-9)))
    # s^2 / n = (10/9 x .21) / 10
    assert (found.value, found.se) == (pytest.approx(0.3), pytest.approx(math.sqrt(0.21 / 9)))


def test_nothing_under_the_ratio_is_no_number() -> None:
    found = hajek.ratio(np.zeros(3), np.zeros(3), drawn_with(np.full(3, 0.5)))
    assert math.isnan(found.value)
    assert math.isnan(hajek.ratio(np.ones(1), np.ones(1), drawn_with(np.full(1, 0.5))).se)


LABELS = st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0.05, 1)), min_size=3, max_size=40)


def unpack(labels) -> tuple[np.ndarray, np.ndarray, Design]:
    y, j, pi = np.array(labels, dtype=float).T
    assume(2 <= y.sum() < len(y))
    return y, j, drawn_with(pi)


@settings(deadline=None)
@given(LABELS, st.floats(0.01, 100))
def test_the_scale_of_the_weights_does_not_matter(labels, scale: float) -> None:
    y, j, design = unpack(labels)
    one, two = (hajek.ratio(y * j, y, of) for of in (design, Design(design.w * scale, design.v * scale**2)))
    assert (two.value, two.se) == pytest.approx((one.value, one.se), abs=1e-9)


@settings(deadline=None)
@given(LABELS)
def test_swapping_the_classes_turns_a_share_around(labels) -> None:
    y, j, design = unpack(labels)
    ones = np.ones(len(y))
    bad, good = hajek.ratio(y, ones, design), hajek.ratio(1 - y, ones, design)
    assert (good.value, good.se) == pytest.approx((1 - bad.value, bad.se), abs=1e-9)
    # of the failures flagged and those passed
    caught, missed = hajek.ratio(y * j, y, design), hajek.ratio(y * (1 - j), y, design)
    assert (missed.value, missed.se) == pytest.approx((1 - caught.value, caught.se), abs=1e-9)


@settings(deadline=None)
@given(LABELS, st.integers(2, 5))
def test_the_same_labels_k_times_divide_the_variance(labels, k: int) -> None:
    y, j, design = unpack(labels)
    n = y.sum()
    often = Design(np.tile(design.w, k), np.tile(design.v, k))
    one, more = hajek.ratio(y * j, y, design), hajek.ratio(np.tile(y * j, k), np.tile(y, k), often)
    assert more.value == pytest.approx(one.value)
    # sums grow k times, the squared mean k^2 times; n / (n - 1) becomes kn / (kn - 1)
    assert more.se**2 == pytest.approx(one.se**2 / k * (n - 1) / (n - 1 / k), abs=1e-12)
