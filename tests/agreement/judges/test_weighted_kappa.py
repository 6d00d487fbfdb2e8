from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from review_app.agreement.design import Design
from review_app.agreement.judges.post_strata import PostStrata
from review_app.agreement.judges.weighted_kappa import ps_weighted_kappa

LEVELS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=12, max_size=60)


def one_stratum(n: int, w=None) -> PostStrata:
    w = np.ones(n) if w is None else np.asarray(w, dtype=float)
    return PostStrata(which=np.zeros(n, dtype=np.intp), sizes=np.array([1000.0]), design=Design(w, w**2))


def kappa_from_the_table(judge, people) -> float:
    """Cohen (1968): 1 - sum (i-j)^2 o_ij / sum (i-j)^2 r_i c_j."""
    table = np.zeros((6, 6))
    np.add.at(table, (judge, people), 1 / len(judge))
    gap = np.subtract.outer(np.arange(6), np.arange(6)) ** 2
    return 1 - (gap * table).sum() / (gap * np.outer(table.sum(1), table.sum(0))).sum()


def test_by_hand() -> None:
    judge, people = np.array([1.0, 2, 3, 4] * 3), np.array([1.0, 2, 3, 2] * 3)
    found = ps_weighted_kappa(judge, people, one_stratum(12))
    # D = 4/4; mean squares 7.5 + 4.5, means 2.5 and 2: E = 12 - 10; 1 - 1/2
    assert found.value == pytest.approx(0.5)
    assert found.low < 0.5 < found.high


@settings(deadline=None)
@given(LEVELS)
def test_it_is_cohens_and_lins(pairs) -> None:
    judge, people = np.array(pairs).T
    assume(np.ptp(np.r_[judge, people]) > 0)
    found = ps_weighted_kappa(judge.astype(float), people.astype(float), one_stratum(len(judge)))
    assert found.value == pytest.approx(kappa_from_the_table(judge, people), abs=1e-9)
    # Lin (1989) with population moments
    lin = (
        2 * np.cov(judge, people, bias=True)[0, 1] / (judge.var() + people.var() + (judge.mean() - people.mean()) ** 2)
    )
    assert found.value == pytest.approx(lin, abs=1e-9)
    if found.low is not None:
        assert -1 <= found.low <= found.value <= found.high <= 1


@settings(deadline=None)
@given(LEVELS, st.integers(2, 4))
def test_weights_are_copies(pairs, k: int) -> None:
    judge, people = np.array(pairs, dtype=float).T
    assume(np.ptp(np.r_[judge, people]) > 0)
    w = np.where(np.arange(len(judge)) % 2, k, 1)
    copied = np.repeat(judge, w), np.repeat(people, w)
    one = ps_weighted_kappa(judge, people, one_stratum(len(judge), w))
    assert one.value == pytest.approx(ps_weighted_kappa(*copied, one_stratum(len(copied[0]))).value, abs=1e-9)


@settings(deadline=None)
@given(LEVELS)
def test_turning_the_scale_around_changes_nothing(pairs) -> None:
    judge, people = np.array(pairs, dtype=float).T
    assume(np.ptp(np.r_[judge, people]) > 0)
    one = ps_weighted_kappa(judge, people, one_stratum(len(judge)))
    two = ps_weighted_kappa(6 - judge, 6 - people, one_stratum(len(judge)))
    assert two.value == pytest.approx(one.value, abs=1e-9)
    assert (two.low is None) == (one.low is None)
    if one.low is not None:
        assert (two.low, two.high) == pytest.approx((one.low, one.high), abs=1e-6)


def test_no_spread_is_undefined_and_no_difference_has_no_interval() -> None:
    same = np.full(12, 3.0)
    assert ps_weighted_kappa(same, same, one_stratum(12)).value is None
    rising = np.array([1.0, 2, 3] * 4)
    found = ps_weighted_kappa(rising, rising, one_stratum(12))
    assert (found.value, found.low) == (1.0, None)
    assert found.reason
