"""Budgets shared out by size, and Neyman's way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.sampling.allocation import Stratum, neyman, shared_out


@pytest.mark.parametrize(
    ("sizes", "n", "expected"),
    [
        # 3/116 of 100 is more than 1: capped. Then 2/16 of each of the others.
        pytest.param([1, 1, 2, 4, 8, 100], 3, [0.125, 0.125, 0.25, 0.5, 1, 1], id="capped twice"),
        pytest.param([1, 3], 1, [0.25, 0.75], id="nothing capped"),
        pytest.param([2, 2], 9, [1, 1], id="more than there is"),
        pytest.param([0, 5, 5], 1, [0, 0.5, 0.5], id="no size, no chance"),
        pytest.param([], 3, [], id="nothing"),
    ],
)
def test_probabilities_from_sizes(sizes: list[float], n: float, expected: list[float]) -> None:
    assert shared_out(sizes, n).tolist() == pytest.approx(expected)


@given(sizes=st.lists(st.integers(1, 1000), min_size=1, max_size=30), part=st.floats(0.01, 1))
def test_the_probabilities_add_up_and_follow_the_sizes(sizes: list[int], part: float) -> None:
    found = shared_out(sizes, part * len(sizes))
    assert found.sum() == pytest.approx(part * len(sizes))
    assert (found <= 1 + 1e-12).all()
    order = np.argsort(sizes)
    assert (np.diff(found[order]) >= -1e-12).all()


def test_neyman() -> None:
    # 8000 x .2179 = 1743.2 and 2000 x .4 = 800: 300 x 1743.2 / 2543.2 = 205.6
    found = neyman({"passed": Stratum(8000, 0.2179), "flagged": Stratum(2000, 0.4)}, 300)
    assert found["passed"] == pytest.approx(205.6, abs=0.05)
    assert found["flagged"] == pytest.approx(94.4, abs=0.05)


def test_neyman_takes_no_more_than_there_is() -> None:
    # 10 x 10 = 100 to 1000 x .1 = 100 would be 50 each; there are only 10, so 90 of the other.
    assert neyman({"a": Stratum(10, 10.0), "b": Stratum(1000, 0.1)}, 100) == {"a": 10, "b": pytest.approx(90)}


def test_neyman_without_any_spread_goes_by_size() -> None:
    assert neyman({"a": Stratum(30, 0.0), "b": Stratum(10, 0.0)}, 8) == {"a": 6, "b": 2}
