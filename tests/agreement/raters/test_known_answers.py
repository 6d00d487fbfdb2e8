from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from review_app.agreement.raters.known_answers import known_answers


@pytest.mark.parametrize(
    ("right", "n", "p_below", "flagged"),
    # STATISTICS section 5: 10 -> 3 or fewer right (.9767), 20 -> 11 or fewer (.9507); one more is not enough
    [(3, 10, 0.9767, True), (4, 10, 0.9324, False), (11, 20, 0.9507, True), (12, 20, 0.8916, False)],
)
def test_published(right: int, n: int, p_below: float, flagged: bool) -> None:
    found = known_answers(right, n)
    assert found.p_below == pytest.approx(p_below, abs=5e-5)
    assert found.flagged is flagged


def test_a_reviewer_of_70_percent_is_caught_one_time_in_nine() -> None:
    # P(11 or fewer of 20 | .7) = .1133: "caught 11 % of the time" (STATISTICS section 5)
    flagged = [right for right in range(21) if known_answers(right, 20).flagged]
    assert binom.pmf(flagged, 20, 0.7).sum() == pytest.approx(0.1133, abs=5e-5)


def test_without_an_answer_the_prior_speaks() -> None:
    # Beta(9, 1): mean .9, P(< .8) = .8^9
    found = known_answers(0, 0)
    assert (found.accuracy, found.p_below) == (pytest.approx(0.9), pytest.approx(0.8**9))


@given(st.integers(1, 40), st.data())
def test_one_more_right_never_makes_it_worse(n: int, data) -> None:
    right = data.draw(st.integers(0, n - 1))
    assert known_answers(right + 1, n).p_below <= known_answers(right, n).p_below
