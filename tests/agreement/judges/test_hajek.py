from __future__ import annotations

import math

import numpy as np
import pytest

from review_app.agreement.design import drawn_with, weights
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
