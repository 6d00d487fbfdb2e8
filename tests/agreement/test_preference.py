"""Wins, ties and losses of pairs, with their interval and the sign test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.agreement.preference import preference


@pytest.mark.parametrize(
    ("pairs", "counts", "p"),
    [
        # Two-sided, 9 of 10: 2 * (1 + 10) / 2 ** 10.
        pytest.param([(1, 0)] * 9 + [(0, 1)], (9, 0, 1), 22 / 1024, id="nearly all"),
        pytest.param([(1, 0), (0, 1), (1, 1), (0, 0)], (1, 2, 1), 1.0, id="split votes and nobody's are ties"),
        pytest.param([(2, 1), (3, 0)], (2, 0, 0), 0.5, id="most people decide a pair"),
    ],
)
def test_counts_and_the_sign_test(pairs: list[tuple[int, int]], counts: tuple[int, int, int], p: float) -> None:
    found = preference(pairs)
    assert (found.wins, found.ties, found.losses) == counts
    assert found.p == pytest.approx(p)


def test_the_interval_is_wilsons() -> None:
    found = preference([(1, 0)] * 9 + [(0, 1)] + [(1, 1)] * 5).share
    # Newcombe (1998): 9 of 10 gives .5958 to .9821. Ties are not in n.
    assert (found.value, found.n) == (0.9, 10)
    assert found.low == pytest.approx(0.5958, abs=1e-4)
    assert found.high == pytest.approx(0.9821, abs=1e-4)


def test_without_a_decided_pair_there_is_no_figure() -> None:
    found = preference([(1, 1)])
    assert (found.ties, found.share.value, found.p) == (1, None, None)
    assert "no pair" in found.share.reason


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_turned_around_wins_are_losses(pairs: list[tuple[int, int]]) -> None:
    found, turned = preference(pairs), preference((other, one) for one, other in pairs)
    assert (found.wins, found.ties, found.losses) == (turned.losses, turned.ties, turned.wins)
    assert found.p == turned.p
