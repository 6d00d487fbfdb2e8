from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from review_app.agreement.weighted_ranks import weighted_ranks, weighted_spearman, weighted_tau_b

PAIRS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 9)), min_size=3, max_size=40)


def split(pairs):
    x, y = np.array(pairs, dtype=float).T
    assume(np.ptp(x) > 0)
    assume(np.ptp(y) > 0)
    return x, y


def test_ranks_by_hand() -> None:
    # weights 1, 1, 2 of 4: .125 for the first; the tied two reach from .25 to 1, middle .625
    assert weighted_ranks(np.array([1.0, 2, 2]), np.array([1.0, 1, 2])).tolist() == [0.125, 0.625, 0.625]


@settings(deadline=None)
@given(PAIRS)
def test_equal_weights_give_what_scipy_gives(pairs) -> None:
    x, y = split(pairs)
    w = np.full(len(x), 7.0)
    assert weighted_spearman(x, y, w) == pytest.approx(spearmanr(x, y)[0], abs=1e-9)
    assert weighted_tau_b(x, y, w) == pytest.approx(kendalltau(x, y)[0], abs=1e-9)


@settings(deadline=None)
@given(PAIRS, st.data())
def test_a_weight_of_k_is_k_rows(pairs, data) -> None:
    x, y = split(pairs)
    w = np.array(data.draw(st.lists(st.integers(1, 4), min_size=len(x), max_size=len(x))))
    copied = np.repeat(x, w), np.repeat(y, w)
    assert weighted_spearman(x, y, w.astype(float)) == pytest.approx(spearmanr(*copied)[0], abs=1e-9)
    assert weighted_tau_b(x, y, w.astype(float)) == pytest.approx(kendalltau(*copied)[0], abs=1e-9)


@pytest.mark.parametrize("figure", [weighted_spearman, weighted_tau_b])
def test_a_constant_has_no_rank_correlation(figure) -> None:
    assert math.isnan(figure(np.ones(4), np.arange(4.0), np.ones(4)))
