from __future__ import annotations

from math import comb

import pytest

from review_app.agreement.tango import non_inferiority_p
from review_app.gate.planning import as_text, chance, foresee
from review_app.gate.policy import GatePolicy, MetricRule


def policy(margin: float, minimum_n: int = 30) -> GatePolicy:
    return GatePolicy(metrics=(MetricRule(name="good", margin=margin, minimum_n=minimum_n),))


@pytest.mark.parametrize(
    ("n", "margin", "power", "false_pass"),
    [
        # equal systems, 10 % of cases changed; the worst false pass over all discordances
        pytest.param(50, 0.05, 0.24, 0.050, id="50 cases, margin 5"),
        pytest.param(50, 0.10, 0.64, 0.050, id="50 cases, margin 10"),
    ],
)
def test_what_tango_s_test_shows(n: int, margin: float, power: float, false_pass: float) -> None:
    (found,) = foresee(n, policy(margin)).metrics
    assert found.power == pytest.approx(power, abs=0.005)
    assert found.false_pass == pytest.approx(false_pass, abs=0.0025)


@pytest.mark.parametrize("n", [100, 200])
@pytest.mark.parametrize("margin", [0.05, 0.10])
def test_false_pass_stays_below_the_bound(n: int, margin: float) -> None:
    assert 0.03 <= foresee(n, policy(margin)).metrics[0].false_pass <= 0.058


@pytest.mark.parametrize(
    ("discordance", "supports", "needed"),
    [
        # sqrt(6.1826 x .1 / 50) = .1112; 6.1826 x .1 / .0025 = 247.3
        pytest.param(0.1, 0.111, 248, id="10 % changed"),
        pytest.param(0.2, 0.157, 495, id="20 % changed"),
    ],
)
def test_which_margin_50_cases_support(discordance: float, supports: float, needed: int) -> None:
    (found,) = foresee(50, policy(0.05), {"good": discordance}).metrics
    assert found.supports == pytest.approx(supports, abs=0.001)
    assert found.needed_n == needed
    assert found.observed


@pytest.mark.parametrize(
    ("n", "discordance"),
    [
        # the formula: 6.1826 x .012 / .0025 = 30 cases; with less than 52 no gate passes, and 86 pass 73 of 100
        pytest.param(86, 0.012, id="few changes"),
        pytest.param(40, 0.012, id="too few cases to pass at all"),
        pytest.param(260, 0.1, id="just beyond the formula"),
    ],
)
def test_what_is_said_to_be_enough_is(n: int, discordance: float) -> None:
    (found,) = foresee(n, policy(0.05), {"good": discordance}).metrics
    assert found.power < 0.8
    assert found.needed_n > n
    assert found.supports > 0.05
    if n > 52:
        assert chance(found.needed_n, 0, found.discordance, 0.05, 0.05)[0] >= 0.8
        assert chance(n, 0, found.discordance, found.supports, 0.05)[0] >= 0.8


def test_chances_are_sums_over_every_outcome() -> None:
    n, loss, changed, margin = 12, 0.1, 0.3, 0.2
    p_won, p_lost = (changed - loss) / 2, (changed + loss) / 2
    passed = blocked = 0.0
    for won in range(n + 1):
        for lost in range(n - won + 1):
            same = n - won - lost
            p = comb(n, won) * comb(n - won, lost) * p_won**won * p_lost**lost * (1 - changed) ** same
            tested = non_inferiority_p(won, lost, n, margin)
            passed += p * (tested <= 0.05)
            blocked += p * (tested > 0.95)
    assert chance(n, loss, changed, margin, 0.05) == pytest.approx((passed, blocked), abs=1e-9)


def test_power_multiplies_and_too_few_cases_show_nothing() -> None:
    rules = GatePolicy(metrics=tuple(MetricRule(name=name, margin=0.10) for name in ("a", "b")))
    found = foresee(100, rules)
    assert found.all_pass == pytest.approx(found.metrics[0].power ** 2)
    few = foresee(20, rules).metrics[0]
    assert (few.power, few.blocks_at) == (0.0, None)
    assert "never" in as_text(foresee(20, rules))


def test_four_metrics_of_power_90_pass_together_66_times_in_100() -> None:
    # 100 cases, margin 10, 10 % changed: .9017 each; .9^4 = .6561
    found = foresee(100, GatePolicy(metrics=tuple(MetricRule(name=name, margin=0.10) for name in "abcd")))
    assert [metric.power for metric in found.metrics] == pytest.approx([0.9] * 4, abs=0.005)
    assert found.all_pass == pytest.approx(0.66, abs=0.005)


def test_the_loss_that_is_blocked_is_the_smallest_one() -> None:
    (found,) = foresee(100, policy(0.05)).metrics
    assert found.blocks_at is not None
    assert chance(100, found.blocks_at, 0.1, 0.05, 0.05)[1] >= 0.8
    assert chance(100, found.blocks_at - 0.005, 0.1, 0.05, 0.05)[1] < 0.8
