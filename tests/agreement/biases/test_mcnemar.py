from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from review_app.agreement.biases.mcnemar import exact_p

CHANGED = st.integers(0, 60)


def test_published() -> None:
    # Fagerland, Lydersen and Laake (2013), airway hyper-responsiveness, 1 and 7 of 21: 2 (1 + 8) / 2^8
    assert exact_p(1, 7) == pytest.approx(0.0703125, abs=1e-12)
    # their mid-p takes half of either tail's last term away, 8 / 2^8 together
    assert exact_p(1, 7) - binom.pmf(1, 8, 0.5) == pytest.approx(0.0390625, abs=1e-12)


@pytest.mark.parametrize(("up", "down"), [(0, 0), (1, 1), (5, 5), (4, 5)])
def test_as_many_either_way_say_nothing(up: int, down: int) -> None:
    assert exact_p(up, down) == 1


@given(CHANGED, CHANGED)
def test_it_does_not_matter_which_way_is_called_up(up: int, down: int) -> None:
    assert exact_p(up, down) == exact_p(down, up)
    # one more the way most went is stronger evidence
    assert exact_p(up + 1, down) <= exact_p(up, down) or up < down
