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
    found = longest_run(labels, np.random.default_rng(1), 9999)
    assert found.p == pytest.approx(0.3, abs=0.02)


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
