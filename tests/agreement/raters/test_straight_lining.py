from __future__ import annotations

from itertools import groupby, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.raters.straight_lining import longest_run


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=2, max_size=30))
def test_length_is_that_of_the_longest_run(labels: list[int]) -> None:
    found = longest_run(labels, np.random.default_rng(0), 9)
    assert found.length == max(len(list(group)) for _, group in groupby(labels))


def test_p_is_the_share_of_orders() -> None:
    # of the orders of aaabb, those with a run of 3: aaabb, baaab, bbaaa of 10 distinct ones, .3
    labels = [0, 0, 0, 1, 1]
    long = [order for order in permutations(labels) if max(len(list(g)) for _, g in groupby(order)) >= 3]
    assert len(long) / 120 == pytest.approx(0.3)
    # Each stops at its 40th order with such a run, so one is off by .3 sqrt(.7 / 40) = .04, the mean of 60 by .005.
    found = [longest_run(labels, np.random.default_rng(seed)).p for seed in range(60)]
    assert np.mean(found) == pytest.approx(0.3, abs=0.02)


def test_a_small_p_looks_at_every_order() -> None:
    # 8 ones and 8 zeros in two blocks: 2 of C(16, 8) = 12,870 orders have both runs of 8; 9 x 2 - 2 have one: .00124
    found = longest_run([1] * 8 + [0] * 8, np.random.default_rng(2), 9999)
    assert found.p == pytest.approx(16 / 12_870, abs=0.001)


def test_a_block_in_the_middle_of_a_mixed_day_is_seen() -> None:
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 2, 300)
    assert longest_run(labels, rng).p > 0.01
    labels[100:130] = 1
    assert longest_run(labels, rng).p == 1 / 2000


def test_p_is_uniform_enough_under_chance() -> None:
    rng = np.random.default_rng(5)
    small = [longest_run(rng.random(80) < 0.2, rng, 199).p <= 0.05 for _ in range(200)]
    assert np.mean(small) <= 0.09


@pytest.mark.parametrize("labels", [[1, 1, 1], [1], []])
def test_one_label_only_has_no_order(labels: list[int]) -> None:
    found = longest_run(labels, np.random.default_rng(0))
    assert found.p is None
    assert found.undefined
