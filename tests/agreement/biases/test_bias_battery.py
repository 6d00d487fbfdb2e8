"""The regression's numbers are statsmodels 0.15.0's, computed once in an environment of its own:

    GLM(passed, X, Binomial(), freq_weights=w).fit(cov_type="cluster", cov_kwds={"groups": session})
    WLS(gap, ones, weights=w).fit(cov_type="cluster", ...)

over the 24 verdicts of `verdicts` below, with z the weighted z score of log length.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.biases import clustered_regression as regression
from review_app.agreement.biases.bias_battery import Battery, BiasBattery, bias_battery, leniency, own_family_difference
from review_app.agreement.biases.bias_effect import BiasEffect
from review_app.agreement.biases.paired_probe import position, probe
from review_app.agreement.holm import holm

I = np.arange(24)  # noqa: E741
PASSED = np.array([0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 1, 1])
BATTERY = Battery(generator="family", judge_family="ours", format=("format",))


def verdicts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trace_id": [f"t{i:02d}" for i in I],
            "y": (I % 3 == 0).astype(float),
            "flagged": PASSED == 0,
            "weight": 1.0 + I % 4,
            "variance_factor": 1.0,
            "output_chars": 100 + 37 * (I * 7 % 24),
            "family": np.where(I * 5 % 8 < 3, "ours", "theirs"),
            "format": np.where(I * 11 % 4 == 0, "table", "prose"),
            "session_id": [f"s{i // 3}" for i in I],
        }
    )


def many(n: int, dice: np.random.Generator, length: float = 0.0, family: float = 0.0) -> pd.DataFrame:
    """Sessions of three; log-odds of passing per standard deviation of log length, and for the judge's own family."""
    y, z, own = dice.random(n) < 0.4, dice.normal(size=n), dice.random(n) < 0.5
    odds = 1.2 - 2.5 * y + length * z + family * own
    return pd.DataFrame(
        {
            "trace_id": [f"t{i}" for i in range(n)],
            "y": y.astype(float),
            "flagged": dice.random(n) > 1 / (1 + np.exp(-odds)),
            "inclusion_probability": dice.choice([0.1, 0.3], n),
            "output_chars": np.exp(6 + 0.7 * z),
            "family": np.where(own, "ours", "theirs"),
            "session_id": [f"s{i // 3}" for i in range(n)],
        }
    )


def named(battery: BiasBattery, name: str) -> BiasEffect:
    (found,) = [effect for effect in battery.effects if effect.name == name]
    return found


def test_the_logistic_fit_is_statsmodels() -> None:
    rows = verdicts()
    w = rows["weight"].to_numpy()
    log = np.log(rows["output_chars"].to_numpy())
    z = (log - w @ log / w.sum()) / np.sqrt(w @ (log - w @ log / w.sum()) ** 2 / w.sum())
    x = np.column_stack([np.ones(24), rows["y"], z, rows["family"] == "ours", rows["format"] == "table"])
    fit = regression.logistic(PASSED.astype(float), regression.Design(x.astype(float), w, I // 3))
    assert fit is not None
    assert fit.beta == pytest.approx([4.48788011, -3.38330117, -0.18511079, -3.76877967, -2.89030347], abs=1e-7)
    errors = np.sqrt(np.diag(fit.covariance))
    assert errors == pytest.approx([0.79504169, 1.30765356, 0.8114077, 1.00655583, 2.62230928], abs=1e-7)


def test_effects_are_average_changes_of_probability() -> None:
    # the table format has 6 traces, too few for a level of its own: the same model without that column is asked here
    rows = verdicts()
    with_table = pd.concat([rows, rows.assign(trace_id=[f"u{i}" for i in I])], ignore_index=True)
    found = bias_battery(with_table, BATTERY)
    # every row twice in its session leaves the estimates; CR1's (n-1)/(n-k) changes from 23/19 to 47/43
    shrink = np.sqrt(47 / 43 / (23 / 19))
    for name, value, error, p in [
        ("own family", -0.44735791, 0.20035513, 1.809e-4),
        ("length", -0.01919178, 0.08938269, 0.8195),
    ]:
        effect = named(found, name)
        assert effect.effect.value == pytest.approx(value, abs=1e-7)
        reach = 1.959964 * error * shrink
        assert (effect.effect.low, effect.effect.high) == pytest.approx((value - reach, value + reach), abs=1e-6)
        # the p is that of the coefficient
        z = {"own family": 3.76877967 / 1.00655583, "length": 0.18511079 / 0.8114077}[name] / shrink
        assert effect.p == pytest.approx(regression.two_sided_p(z, 1.0), rel=1e-5)
        assert effect.p < p * 1.01
    assert named(found, "format").contrast == "table or prose"
    assert found.n == 48


def test_a_level_too_rare_stays_with_the_usual_one() -> None:
    effect = named(bias_battery(verdicts(), BATTERY), "format")
    assert effect.effect.value is None
    assert effect.effect.reason == "two different values in enough traces of format are needed"


def test_leniency_is_statsmodels() -> None:
    # WLS on a constant: .06666667, SE .09390603, p .47774781
    effect = leniency(verdicts())
    assert effect.effect.value == pytest.approx(0.06666667)
    assert effect.effect.high - effect.effect.value == pytest.approx(1.959964 * 0.09390603, abs=1e-6)
    assert effect.p == pytest.approx(0.47774781)
    scale = leniency(verdicts().assign(gap=np.where(I % 2 == 0, 2.0, np.nan)))
    assert (scale.effect.value, scale.effect.n) == (2.0, 12)


def test_the_difference_of_differences_is_statsmodels() -> None:
    # WLS of passed - other on own: -.3968254, SE .25772264, p .12362417
    rows = verdicts().rename(columns={"family": "generator"})
    rows = rows.assign(passed_first=PASSED == 1, passed_second=I * 13 % 5 < 3)
    effect = own_family_difference(rows, ("ours", "theirs"))
    assert effect.effect.value == pytest.approx(-0.3968254)
    assert effect.effect.value - effect.effect.low == pytest.approx(1.959964 * 0.25772264, abs=1e-6)
    assert effect.p == pytest.approx(0.12362417)
    # changing the judges round asks the same question
    turned = rows.rename(columns={"passed_first": "passed_second", "passed_second": "passed_first"})
    assert own_family_difference(turned, ("theirs", "ours")).effect.value == pytest.approx(-0.3968254)
    alone = own_family_difference(rows[rows["generator"] == "ours"], ("ours", "theirs"))
    assert alone.effect.reason == "answers of both families are needed"


def test_position_bias_from_both_orders() -> None:
    # won by the first place both times 28 of 100, by the second 10: +.18 with Tango's interval; p = 2 P(X <= 10 of 38)
    first = ["first"] * 28 + ["second"] * 10 + ["first"] * 30 + ["second"] * 32
    second = ["first"] * 28 + ["second"] * 10 + ["second"] * 30 + ["first"] * 32
    effect = position(first, second)
    assert effect.effect.value == pytest.approx(0.18)
    assert (effect.effect.low, effect.effect.high) == pytest.approx((0.062, 0.296), abs=5e-4)
    assert effect.p == pytest.approx(0.0051, abs=5e-5)


def test_a_probe_compares_the_same_traces() -> None:
    plain = np.array([True] * 50 + [False] * 50)
    changed = np.array([True] * 47 + [False] * 3 + [True] * 12 + [False] * 38)
    effect = probe("sycophancy", 'with "I think this is right"', plain, changed)
    # 12 turned to pass and 3 to fail: +.09; 2 (1 + 15 + 105 + 455) / 2^15
    assert effect.effect.value == pytest.approx(0.09)
    assert effect.p == pytest.approx(2 * 576 / 2**15)
    assert probe("style", "", plain[:0], changed[:0]).effect.reason == "no trace was judged both ways"
    # nothing changed
    assert probe("style", "", plain, plain).p == 1.0


def test_holm_is_over_all_that_has_a_p() -> None:
    dice = np.random.default_rng(3)
    asked = Battery(generator="family", judge_family="ours", format=("session_id",))
    more = (position(["first"] * 20, ["first"] * 20), position([], []))
    found = bias_battery(many(200, dice), asked, more)
    p = [effect.p for effect in found.effects if effect.p is not None]
    assert len(p) == 4
    assert [effect.p_adjusted for effect in found.effects if effect.p is not None] == pytest.approx(holm(p))
    assert [effect.name for effect in found.effects if effect.p is None] == ["format", "position"]


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        pytest.param({"family": "ours"}, "own family", "two generator families are needed", id="one family"),
        pytest.param({"output_chars": 7.0}, "length", "two different values", id="one length"),
        pytest.param({"flagged": False}, "length", "0 flagged and 60 passed: 5 of each are needed", id="no flag"),
        pytest.param({"session_id": "s"}, "length", "do not tell it from", id="one session"),
    ],
)
def test_what_cannot_be_told_says_why(change: dict[str, object], name: str, reason: str) -> None:
    rows = many(60, np.random.default_rng(1)).assign(**change)
    effect = named(bias_battery(rows, Battery(generator="family", judge_family="ours")), name)
    assert effect.effect.value is None
    assert effect.p is None
    assert reason in effect.effect.reason


def test_separated_verdicts_have_no_estimate() -> None:
    # the judge passes exactly the longer half
    rows = many(60, np.random.default_rng(1))
    rows = rows.assign(flagged=rows["output_chars"] < rows["output_chars"].median())
    assert named(bias_battery(rows, Battery()), "length").effect.value is None


def test_traces_without_a_value_are_counted_out() -> None:
    rows = many(90, np.random.default_rng(1))
    rows.loc[:9, "output_chars"] = np.nan
    found = bias_battery(rows, Battery())
    assert found.n == 80
    assert [(one.count, one.reason) for one in found.excluded] == [(10, "no value in output_chars")]
    # leniency needs none
    assert named(found, "leniency").effect.n == 90


def test_real_biases_are_found_and_innocent_judges_cleared() -> None:
    dice = np.random.default_rng(5)
    battery = Battery(generator="family", judge_family="ours")
    found = [bias_battery(many(1000, dice, length=0.375, family=0.58), battery) for _ in range(12)]
    clean = [bias_battery(many(300, dice), battery) for _ in range(60)]
    for name in ("length", "own family"):
        assert sum((named(one, name).p or 0) < 0.05 for one in found) >= 10
        # 5 in 100 expected: 3 of 60, with a standard error of 1.7
        assert sum((named(one, name).p or 0) < 0.05 for one in clean) <= 9


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 50), st.floats(0.01, 100), st.randoms())
def test_scale_of_weights_order_and_names_are_irrelevant(seed: int, scale: float, luck) -> None:
    rows = many(120, np.random.default_rng(seed)).assign(weight=lambda r: 1 / r["inclusion_probability"])
    rows = rows.assign(variance_factor=1.0)
    order = list(range(len(rows)))
    luck.shuffle(order)
    other = rows.assign(weight=rows["weight"] * scale, session_id="new " + rows["session_id"]).iloc[order]
    for one, same in zip(bias_battery(rows, Battery()).effects, bias_battery(other, Battery()).effects, strict=True):
        assert same.effect.value == pytest.approx(one.effect.value, abs=1e-7)
        assert same.effect.low == pytest.approx(one.effect.low, abs=1e-7)
        assert same.p_adjusted == pytest.approx(one.p_adjusted, abs=1e-6)
