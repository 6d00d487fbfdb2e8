from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.confidence.corp import corp, pav

# .1 ten times with 1 bad, .8 ten times with 6 bad
SCORES = np.repeat([0.1, 0.8], 10)
Y = np.r_[1.0, np.zeros(9), np.ones(6), np.zeros(4)]
LABELS = st.lists(st.tuples(st.sampled_from([0, 0.1, 0.3, 0.5, 0.9, 1]), st.booleans()), min_size=1, max_size=40)


def test_the_worked_case() -> None:
    found = corp(SCORES, Y, np.ones(20))
    # (1 x .81 + 9 x .01 + 6 x .04 + 4 x .64) / 20
    assert found.brier == pytest.approx(0.185)
    # half the traces said .8 where .6 are bad: .5 x .2^2
    assert found.miscalibration == pytest.approx(0.02)
    # shares .1 and .6 around .35: .25^2
    assert found.discrimination == pytest.approx(0.0625)
    # .35 x .65
    assert found.uncertainty == pytest.approx(0.2275)


def test_pooling_of_the_worked_case() -> None:
    # 3, 2 pool to 2.5; 4 and three times 3 to 13 / 4
    steps = pav(np.arange(6.0), np.array([1.0, 3, 2, 4, 3, 5]), np.array([1.0, 1, 1, 1, 3, 1]))
    assert steps.value == pytest.approx((1, 2.5, 2.5, 3.25, 3.25, 5))


def test_equal_scores_are_pooled_whatever_their_order() -> None:
    for y in ([1.0, 0, 0, 1], [0.0, 1, 1, 0]):
        assert pav(np.full(4, 0.3), np.array(y), np.ones(4)).value == (0.5,)


@settings(deadline=None)
@given(LABELS)
def test_the_parts_add_up_and_are_not_negative(labels) -> None:
    scores, y = np.array(labels, dtype=float).T
    found = corp(scores, y, np.linspace(1, 2, len(y)))
    assert found.brier == pytest.approx(found.miscalibration - found.discrimination + found.uncertainty)
    assert min(found.miscalibration, found.discrimination, found.uncertainty) >= -1e-12


@settings(deadline=None)
@given(LABELS, st.integers(2, 5))
def test_a_weight_of_k_is_k_rows(labels, k: int) -> None:
    scores, y = np.array(labels, dtype=float).T
    w = np.where(np.arange(len(y)) % 2, k, 1)
    one = corp(scores, y, w.astype(float))
    two = corp(np.repeat(scores, w), np.repeat(y, w), np.ones(w.sum()))
    assert (one.brier, one.miscalibration) == pytest.approx((two.brier, two.miscalibration))
    assert one.steps.value == pytest.approx(two.steps.value)


@settings(deadline=None)
@given(LABELS)
def test_swapping_the_classes_changes_no_part(labels) -> None:
    scores, y = np.array(labels, dtype=float).T
    one, two = corp(scores, y, np.ones(len(y))), corp(1 - scores, 1 - y, np.ones(len(y)))
    assert (one.brier, one.miscalibration, one.discrimination) == pytest.approx(
        (two.brier, two.miscalibration, two.discrimination)
    )
