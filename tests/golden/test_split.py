"""A group stands on one side, for good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.golden.split import group_of, side


@given(st.text(min_size=1), st.floats(0.01, 0.98), st.floats(0.001, 0.01))
def test_a_larger_share_only_adds_to_the_test_side(group: str, share: float, more: float) -> None:
    assert side(group, share) == "dev" or side(group, share + more) == "test"


def test_the_share_is_kept() -> None:
    """4,000 groups at .3: 1,200 expected, standard deviation 29; four of them either way."""
    found = sum(side(f"g-{number}", 0.3) == "test" for number in range(4_000))
    assert abs(found - 1_200) <= 4 * 29


@pytest.mark.parametrize(
    ("kin", "group"), [((), "ex-1"), (("g-2",), "g-2"), (("g-3", "g-2"), "g-2")], ids=["alone", "one", "several"]
)
def test_group(kin: tuple[str, ...], group: str) -> None:
    assert group_of("ex-1", kin) == group
