from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.gate import e_value


def test_one_case_by_hand() -> None:
    # margin .10: m0 = .45; d = 1: x = 1, mean over k of 1 + k / (21 x .45) x .55 = 1 + .55 / .45 x mean(k) / 21
    # mean(k) = 10.5: 1 + .55 / .45 / 2 = 1.6111
    assert e_value.e_value(e_value.log_wealth(np.array([1.0]), 0.10)) == pytest.approx(1 + 0.55 / 0.45 / 2)
    # d = -1: x = 0, 1 - k / 21, mean 1/2
    assert e_value.e_value(e_value.log_wealth(np.array([-1.0]), 0.10)) == pytest.approx(0.5)


def test_two_cases_are_a_product_in_each_bet() -> None:
    bets = np.arange(1, 21) / (21 * 0.45)
    expected = ((1 + bets * 0.05) * (1 + bets * 0.55)).mean()
    assert e_value.e_value(e_value.log_wealth(np.array([0.0, 1.0]), 0.10)) == pytest.approx(expected)
    assert e_value.running(np.array([0.0, 1.0]), 0.10)[-1] == pytest.approx(expected)


@given(st.lists(st.integers(-1, 1), min_size=2, max_size=40), st.integers(1, 39), st.sampled_from([0.05, 0.1, 0.3]))
def test_looks_add_up_however_they_are_cut(gains: list[int], cut: int, margin: float) -> None:
    gain = np.array(gains, dtype=float)
    whole = e_value.log_wealth(gain, margin)
    parts = e_value.log_wealth(gain[:cut], margin) + e_value.log_wealth(gain[cut:], margin)
    assert np.allclose(whole, parts)
    assert e_value.running(gain, margin)[-1] == pytest.approx(e_value.e_value(whole))


def test_a_run_that_is_looked_at_anew_is_bet_on_once() -> None:
    """Log wealth of one bet: run a made .5, run b .25, then a anew, all in all, -.125 in the place of its .5."""
    one = np.ones(e_value.BETS)
    looks = [("a", {"m": one * 0.5}), ("b", {"m": one * 0.75}), ("a", {"m": one * 0.125, "n": one})]
    assert e_value.carried(looks[:2], "a")["m"] == pytest.approx(one * 0.25)
    assert e_value.carried(looks, "a")["m"] == pytest.approx(one * 0.25)
    assert e_value.carried(looks, "b")["m"] == pytest.approx(one * -0.125)
    # A bet that a later look did not make, as its margin had changed, goes on where it was left.
    assert e_value.carried([*looks, ("c", {"m": one})], "c")["n"] == pytest.approx(one)
    assert e_value.carried([], "a") == {}


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60), st.sampled_from([0.05, 0.2]))
def test_a_whole_pass_over_cases_that_lose_the_margin_never_makes_money(gains: list[float], margin: float) -> None:
    """The mean of the logarithms is at most the logarithm of the mean, so each bet's product is at most 1."""
    gain = np.array(gains)
    worse = np.clip(gain - max(gain.mean() + margin, 0), -1, 1)
    if worse.mean() <= -margin:
        assert e_value.e_value(e_value.log_wealth(worse, margin)) <= 1 + 1e-9


def test_peeking_after_every_case_seldom_passes_a_candidate_at_the_margin() -> None:
    rng = np.random.default_rng(5)
    # 30 % of cases change, a true loss of .10: p(won) = .10, p(lost) = .20; at most 5 of 100 by Ville
    drawn = rng.choice([1.0, -1.0, 0.0], p=[0.10, 0.20, 0.70], size=(400, 400))
    passed = sum(bool((e_value.running(row, 0.10) >= 20).any()) for row in drawn)
    assert passed / 400 <= 0.05


@pytest.mark.parametrize(
    ("margin", "low", "high"),
    [
        # equal candidates, 10 % changed: 42 of 100 pass by n = 200 at margin .05, 95 of 100 at .10
        pytest.param(0.05, 0.32, 0.52, id="margin 5"),
        pytest.param(0.10, 0.90, 0.99, id="margin 10"),
    ],
)
def test_equal_candidates_pass_by_200(margin: float, low: float, high: float) -> None:
    rng = np.random.default_rng(6)
    drawn = rng.choice([1.0, -1.0, 0.0], p=[0.05, 0.05, 0.90], size=(300, 200))
    passed = sum(bool((e_value.running(row, margin) >= 20).any()) for row in drawn) / 300
    assert low <= passed <= high


def test_needed_n_falls_with_the_margin() -> None:
    # one bet's growth at equal systems: E log(1 + b (x - m0)); margin .10 and 10 % changed: about 76 cases
    assert e_value.needed_n(0.1, 0.10, 0.05) == 76
    assert e_value.needed_n(0.1, 0.05, 0.05) > 3 * 76
