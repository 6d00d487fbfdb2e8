from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from review_app.agreement.confidence.label_distribution import label_distribution

CHANCES = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]])
PEOPLE = np.array([0, 2])


def test_by_hand() -> None:
    found = label_distribution(CHANCES, PEOPLE, ordered=True)
    # .3^2 + .2^2 + .1^2 = .14 and .1^2 + .6^2 + .7^2 = .86
    assert found.brier.value == pytest.approx(0.5)
    assert found.log_loss.value == pytest.approx(-(math.log(0.7) + math.log(0.3)) / 2)
    # cumulated .7 .9 1 against 1 1 1: .09 + .01; .1 .7 1 against 0 0 1: .01 + .49
    assert found.ranked is not None
    assert found.ranked.value == pytest.approx(0.3)
    assert found.confidence.value == pytest.approx(0.65)
    # .7 lies in the bin up to .7 and was right, .6 in the one up to .6 and was not: (.3 + .6) / 2
    assert found.binned_error == pytest.approx(0.45)
    # t of one degree of freedom 12.7062; deviation .36 sqrt 2 over sqrt 2
    assert found.brier.high == pytest.approx(0.5 + 12.7062 * 0.36, abs=1e-4)
    assert (found.brier.low, found.confidence.high) == (0.0, 1.0)


def test_labels_without_an_order_have_no_ranked_score() -> None:
    assert label_distribution(CHANCES, PEOPLE, ordered=False).ranked is None


def test_what_was_held_impossible_has_no_log_loss() -> None:
    found = label_distribution(np.array([[1.0, 0.0], [0.4, 0.6]]), np.array([1, 1]), ordered=True)
    assert found.log_loss.value is None
    assert found.log_loss.reason == "on 1 traces people's label had the probability 0"
    assert found.brier.value == pytest.approx((2 + 0.32) / 2)


GIVEN = st.integers(1, 20).flatmap(
    lambda n: st.tuples(
        arrays(float, (n, 4), elements=st.floats(0.01, 1)).map(lambda p: p / p.sum(axis=1, keepdims=True)),
        arrays(np.intp, n, elements=st.integers(0, 3)),
    )
)


@settings(deadline=None)
@given(GIVEN, st.permutations(range(4)))
def test_relabelling_turning_round_and_duplication_change_nothing(given, names: list[int]) -> None:
    chances, people = given
    found = label_distribution(chances, people, ordered=True)
    renamed = label_distribution(chances[:, names], np.argsort(names)[people], ordered=False)
    turned = label_distribution(chances[:, ::-1], 3 - people, ordered=True)
    twice = label_distribution(np.tile(chances, (2, 1)), np.tile(people, 2), ordered=True)
    for other in (renamed, turned, twice):
        assert other.brier.value == pytest.approx(found.brier.value)
        assert other.log_loss.value == pytest.approx(found.log_loss.value)
    for other in (turned, twice):
        assert other.ranked.value == pytest.approx(found.ranked.value)
    assert twice.binned_error == pytest.approx(found.binned_error)
