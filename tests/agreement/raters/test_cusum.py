from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.agreement.raters.cusum import cusum, sums

UP, DOWN = math.log(2.5), math.log(0.75 / 0.9)  # .916291 and -.182322
OUTCOMES = st.lists(st.booleans(), max_size=60)


def test_by_hand() -> None:
    found = cusum([True, False, True, True, True])
    # .9163, .7340, 1.6503, 2.5666, 3.4828: just under the limit
    assert found.path == pytest.approx((UP, UP + DOWN, 2 * UP + DOWN, 3 * UP + DOWN, 4 * UP + DOWN))
    assert (found.state, found.alarm_at, found.n, found.n_disagreed) == ("steady", None, 5, 4)


def test_four_in_a_row_are_an_alarm_and_a_long_good_run_ends_it() -> None:
    assert cusum([True] * 4).alarm_at == 4
    assert cusum([True] * 4).state == "drifting"
    over = cusum([True] * 4 + [False] * 30)
    assert (over.state, over.alarm_at, over.value) == ("recovered", 4, 0)


def test_nobody_looked_yet() -> None:
    assert (cusum([]).state, cusum([]).value) == ("steady", 0)


@given(OUTCOMES)
def test_equals_its_recursion(outcomes: list[bool]) -> None:
    s, path = 0.0, []
    for wrong in outcomes:
        s = max(0.0, s + (UP if wrong else DOWN))
        path.append(s)
    assert cusum(outcomes).path == pytest.approx(path, abs=1e-9)


@given(OUTCOMES.filter(bool), st.data())
def test_one_more_disagreement_never_lowers_it(outcomes: list[bool], data) -> None:
    worse = list(outcomes)
    worse[data.draw(st.integers(0, len(outcomes) - 1))] = True
    assert (np.array(cusum(worse).path) >= np.array(cusum(outcomes).path) - 1e-9).all()


def test_run_to_false_alarm_and_delay() -> None:
    # STATISTICS section 5, simulated: 675 and 24. Solving the chain on a grid of 20,000 states gives 655.
    rng = np.random.default_rng(2)
    steady = sums(rng.random((1500, 5500)) < 0.10, 0.10, 0.25) >= 3.5
    assert (steady.argmax(axis=1) + 1).mean() == pytest.approx(655, rel=0.09)
    changed = sums(rng.random((3000, 600)) < np.repeat([0.10, 0.25], [100, 500]), 0.10, 0.25) >= 3.5
    first = changed.argmax(axis=1) - 99
    assert np.median(first[first > 0]) == pytest.approx(24, abs=2)
