from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.agreement.tango import non_inferiority_p, score_interval


@pytest.mark.parametrize(
    ("won", "lost", "n", "level", "expected"),
    [
        # Fagerland, Lydersen and Laake (2013), BMC Med Res Meth 13:91: airway hyper-responsiveness, 1 and 7 of 21
        pytest.param(1, 7, 21, 0.95, (-0.517232, -0.026003), id="published"),
        pytest.param(3, 5, 50, 0.90, (-0.143514, 0.059452), id="3 better, 5 worse of 50"),
        # nothing changed: z^2 / (n + z^2) = 2.7055 / 52.7055 on either side
        pytest.param(0, 0, 50, 0.90, (-0.051333, 0.051333), id="nothing changed"),
        pytest.param(0, 5, 5, 0.90, (-1.0, -0.297767), id="all worse"),
    ],
)
def test_score_interval(won: int, lost: int, n: int, level: float, expected: tuple[float, float]) -> None:
    assert score_interval(won, lost, n, level) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("won", "lost", "n", "margin", "expected"),
    [
        pytest.param(3, 5, 50, 0.10, 0.156943, id="3 better, 5 worse of 50"),
        # q = m: z = n m / sqrt(n (2 m - m (1 + m))) = 2.5 / sqrt(50 x .0475) = 1.6222
        pytest.param(0, 0, 50, 0.05, 0.052379, id="nothing changed"),
    ],
)
def test_non_inferiority_p(won: int, lost: int, n: int, margin: float, expected: float) -> None:
    assert non_inferiority_p(won, lost, n, margin) == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 100), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_changing_the_runs_round_mirrors_the_interval(won: int, lost: int, same: int, level: float) -> None:
    n = won + lost + same
    low, high = score_interval(won, lost, n, level)
    assert score_interval(lost, won, n, level) == pytest.approx((-high, -low), abs=1e-9)
    assert -1 <= low <= (won - lost) / n <= high <= 1


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 100), st.floats(0.5, 0.9), st.floats(0.91, 0.999))
def test_intervals_of_rising_level_lie_in_each_other(
    won: int, lost: int, same: int, narrow: float, wide: float
) -> None:
    inner, outer = (score_interval(won, lost, won + lost + same, level) for level in (narrow, wide))
    assert outer[0] <= inner[0] <= inner[1] <= outer[1]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 100), st.floats(0.01, 0.5))
def test_the_test_passes_exactly_when_the_interval_stays_above_the_margin(
    won: int, lost: int, same: int, margin: float
) -> None:
    n = won + lost + same
    p = non_inferiority_p(won, lost, n, margin)
    low, _ = score_interval(won, lost, n, 0.90)
    if abs(p - 0.05) > 1e-6:
        assert (p <= 0.05) == (low > -margin)


@pytest.mark.parametrize(("n", "margin"), [(50, 0.05), (50, 0.10), (100, 0.05)])
def test_a_candidate_worse_by_the_margin_seldom_passes(n: int, margin: float) -> None:
    """Summed over every possible outcome, not simulated: true loss = margin, share changed twice that and more."""
    for changed in (margin, 2 * margin, 0.3):
        p_won, p_lost = (changed - margin) / 2, (changed + margin) / 2
        passed = sum(
            _chance(won, lost, n, p_won, p_lost)
            for won in range(n + 1)
            for lost in range(min(n - won, n // 2) + 1)
            if _chance(won, lost, n, p_won, p_lost) > 1e-9 and non_inferiority_p(won, lost, n, margin) <= 0.05
        )
        assert passed <= 0.058


def _chance(won: int, lost: int, n: int, p_won: float, p_lost: float) -> float:
    return comb(n, won) * comb(n - won, lost) * p_won**won * p_lost**lost * (1 - p_won - p_lost) ** (n - won - lost)
