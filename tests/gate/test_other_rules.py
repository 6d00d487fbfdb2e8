"""What rules that the gate does not follow would let through: why it follows the ones it does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.stats import binom

from review_app.agreement.biases.mcnemar import exact_p
from review_app.agreement.tango import non_inferiority_p
from review_app.gate import e_value
from review_app.gate.planning import chance

N = 50
Rule = Callable[[int, int, float], bool]


def wald(won: int, lost: int, margin: float) -> bool:
    """The interval of a difference with the variance as it was measured: none where nothing changed."""
    difference, variance = (won - lost) / N, (won + lost - (won - lost) ** 2 / N) / N**2
    return bool(variance == 0 or (difference + margin) / np.sqrt(variance) >= 1.645)


def not_significant(won: int, lost: int, margin: float) -> bool:
    return exact_p(won, lost) > 0.05


def point_estimate(won: int, lost: int, margin: float) -> bool:
    return (won - lost) / N > -margin


def passes(rule: Rule, loss: float, changed: float, margin: float) -> float:
    """Summed over every outcome of 50 cases: so many are won, so many of the rest are lost."""
    p_won, p_lost = (changed - loss) / 2, (changed + loss) / 2
    return sum(
        binom.pmf(won, N, p_won) * binom.pmf(lost, N - won, p_lost / (1 - p_won))
        for won in range(N + 1)
        for lost in range(N - won + 1)
        if rule(won, lost, margin)
    )


@pytest.mark.parametrize(
    ("rule", "margin", "changed", "false_pass", "power"),
    [
        # false pass: a true loss of the margin; power: equal systems, 10 % of cases changed
        pytest.param(wald, 0.05, 0.05, 0.077, 0.34, id="Wald, margin 5"),
        pytest.param(wald, 0.10, 0.10, 0.112, 0.73, id="Wald, margin 10"),
        pytest.param(point_estimate, 0.05, 0.05, 0.54, 0.87, id="point estimate, margin 5"),
        pytest.param(point_estimate, 0.10, 0.30, 0.45, 0.98, id="point estimate, margin 10"),
    ],
)
def test_shortcuts_pass_what_tango_s_test_does_not(
    rule: Rule, margin: float, changed: float, false_pass: float, power: float
) -> None:
    assert passes(rule, margin, changed, margin) == pytest.approx(false_pass, abs=0.005)
    assert passes(rule, 0, 0.10, margin) == pytest.approx(power, abs=0.005)
    assert chance(N, margin, changed, margin, 0.05)[0] <= 0.05 < false_pass


@pytest.mark.parametrize(("margin", "least"), [(0.05, 0.90), (0.10, 0.75)])
def test_no_significant_difference_is_no_proof_of_none(margin: float, least: float) -> None:
    """Where a fifth of the cases changed, "p > .05" lets 93 and 76 of 100 candidates through that lose the margin."""
    assert passes(not_significant, margin, 0.20, margin) >= least
    assert passes(not_significant, 0, 0.10, margin) == pytest.approx(0.99, abs=0.005)


def test_tango_s_test_looked_at_every_ten_cases_passes_one_in_five_and_the_e_value_does_not() -> None:
    tango = cache(lambda won, lost, n: non_inferiority_p(won, lost, n, 0.10) <= 0.05)
    rng = np.random.default_rng(8)
    # 10 % of the cases change, a true loss of .10: all of them are lost
    drawn = rng.choice([-1.0, 0.0], p=[0.10, 0.90], size=(2_000, 400))
    looks = range(10, 401, 10)
    won, lost = np.cumsum(drawn > 0, axis=1), np.cumsum(drawn < 0, axis=1)
    peeked = np.mean(
        [any(tango(int(w[n - 1]), int(b[n - 1]), n) for n in looks) for w, b in zip(won, lost, strict=True)]
    )
    # .19 to .21, and a simulation of 2,000 errs by .009; three times that on either side
    assert 0.163 <= peeked <= 0.237
    assert np.mean([(e_value.running(row, 0.10) >= 20).any() for row in drawn]) <= 0.05
