from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from review_app.gate.non_inferiority import against_margin, needed_n


@pytest.mark.parametrize(
    ("spread", "margin", "expected"),
    [
        # (1.645 + .842)^2 = 6.1826: 6.1826 x .1 / .0025 = 247.3
        pytest.param(0.1, 0.05, 248, id="margin 5, 10 % changed"),
        pytest.param(0.2, 0.05, 495, id="margin 5, 20 % changed"),
        pytest.param(0.1, 0.10, 62, id="margin 10, 10 % changed"),
        pytest.param(0.2, 0.10, 124, id="margin 10, 20 % changed"),
    ],
)
def test_needed_n(spread: float, margin: float, expected: int) -> None:
    assert needed_n(spread, margin, 0.05) == expected


def test_scores_by_hand() -> None:
    # 35 gains of .2 and 5 losses of .4 in 40 cases, and a pseudo-case: sum 5, sum of squares 1.4 + .8 + 1
    gain = np.repeat([0.2, -0.4], [35, 5])
    found = against_margin(gain, binary=False, margin=0.05, alpha=0.05)
    mean, squares = 5 / 41, 3.2
    error = np.sqrt((squares - 41 * mean**2) / 40 / 41)
    assert found.difference == pytest.approx(5 / 40)
    assert found.p == pytest.approx(t.sf((mean + 0.05) / error, 39))
    assert found.low == pytest.approx(mean - t.isf(0.05, 39) * error)
    assert found.high == pytest.approx(mean + t.isf(0.05, 39) * error)
    assert found.minimum_n == 30


def test_equal_scores_are_not_certainty() -> None:
    # 30 equal pairs: error sqrt(1 / 30 / 31) = .0328; .05 / .0328 = 1.525, t with 29 df
    found = against_margin(np.zeros(30), binary=False, margin=0.05, alpha=0.05)
    assert found.p == pytest.approx(t.sf(0.05 * np.sqrt(930), 29))
    assert found.low < 0 < found.high
    assert found.spread > 0


def test_nothing_changed_still_asks_for_cases() -> None:
    assert against_margin(np.zeros(50), binary=True, margin=0.05, alpha=0.05).spread == 1 / 50
