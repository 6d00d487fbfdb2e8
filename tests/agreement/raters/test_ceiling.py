from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.raters.ceiling import Rates, apparent, ceiling

RATE = st.floats(0.55, 1)


def agreed(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=100, method="percent agreement")


def test_the_worked_case() -> None:
    # both bad: .2 x .8 x .9 + .8 x .05 x .05 = .146; reviewer bad: .18 + .04 = .22
    assert apparent(0.2, Rates(0.8, 0.95), Rates(0.9, 0.95)).tpr == pytest.approx(0.146 / 0.22)
    assert apparent(0.2, Rates(0.8, 0.95), Rates(0.9, 0.95)).tpr == pytest.approx(0.664, abs=5e-4)


def test_a_perfect_judge_against_people_who_err_one_time_in_ten() -> None:
    # e = .1: agreement .81 + .01; truly bad .2 -> said bad .18 + .08 = .26
    found = ceiling(agreed(0.82, 0.7, 0.9), 0.26)
    assert found.best_agreement.value == pytest.approx(0.9)
    assert found.best_tpr.value == pytest.approx(0.18 / 0.26)
    assert found.best_tnr.value == pytest.approx(0.72 / 0.74)
    assert found.best_agreement.low < 0.9 < found.best_agreement.high
    assert "would agree with one of them on 90 %" in found.text
    assert "catch 69 % of bad answers" in found.text


def test_self_consistency_stands_beside_and_changes_nothing() -> None:
    own = Estimate(value=0.9, low=0.7, high=0.97, n=20, method="m")
    for agreement in (agreed(0.82, 0.7, 0.9), undefined("no pair", 0, "m")):
        plain, found = ceiling(agreement, 0.26), ceiling(agreement, 0.26, own)
        assert (found.best_tpr, found.best_agreement, found.self_consistency) == (
            plain.best_tpr,
            plain.best_agreement,
            own,
        )
        assert (
            found.text
            == plain.text + "; one reviewer asked again says the same on 90 % (20 answers, 95 %: 70 % to 97 %)"
        )


def test_people_who_always_agree_set_no_ceiling() -> None:
    found = ceiling(agreed(1.0), 0.3)
    assert (found.best_agreement.value, found.best_tpr.value, found.best_tnr.value) == (1, 1, 1)


@pytest.mark.parametrize(
    ("agreement", "said_bad", "agreement_known"),
    [
        pytest.param(agreed(0.5), 0.3, False, id="coin flips"),
        pytest.param(undefined("no pair", 0, "m"), 0.3, False, id="nothing known"),
        # e = .1 explains a tenth of all labels: nothing is left for true failures
        pytest.param(agreed(0.82), 0.1, True, id="errors explain every bad label"),
    ],
)
def test_no_ceiling_is_said_so(agreement: Estimate, said_bad: float, agreement_known: bool) -> None:
    found = ceiling(agreement, said_bad)
    assert (found.best_agreement.value is not None) == agreement_known
    assert found.best_tpr.value is None
    assert found.best_tpr.reason
    assert found.text


@settings(deadline=None)
@given(st.floats(0.05, 0.95), RATE, RATE, RATE, RATE)
def test_the_two_classes_are_alike(bad: float, a: float, b: float, c: float, d: float) -> None:
    one = apparent(bad, Rates(a, b), Rates(c, d))
    two = apparent(1 - bad, Rates(b, a), Rates(d, c))
    assert (one.tpr, one.tnr) == pytest.approx((two.tnr, two.tpr))


@settings(deadline=None)
@given(st.floats(0.1, 0.9), st.floats(0.01, 0.4))
def test_the_ceiling_inverts_what_errors_do(truly_bad: float, error: float) -> None:
    right = 1 - error
    said_bad = truly_bad * right + (1 - truly_bad) * error
    found = ceiling(agreed(right**2 + error**2), said_bad)
    expected = apparent(truly_bad, Rates(1, 1), Rates(right, right))
    assert found.best_agreement.value == pytest.approx(right)
    assert (found.best_tpr.value, found.best_tnr.value) == pytest.approx((expected.tpr, expected.tnr))
