from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from review_app.agreement.judges.rogan_gladen import rogan_gladen

from ..builders import sample

WORKED = sample(133, 34, 7, 126, pi_flagged=1 / 120, pi_passed=1 / 600)


def test_the_worked_case() -> None:
    found = rogan_gladen(WORKED, 0.2, "March")
    # (.2 + .948795 - 1) / (.791667 + .948795 - 1)
    assert found.unclipped == pytest.approx(0.200949, abs=5e-7)
    assert found.se == pytest.approx(0.020099, abs=5e-7)
    assert found.prevalence.value == found.unclipped


def test_forgetting_the_draw_gives_less_than_nothing_and_says_so() -> None:
    found = rogan_gladen(WORKED.assign(inclusion_probability=0.5), 0.2, "March")
    # (.2 + .7875 - 1) / (.95 + .7875 - 1) = -.0125 / .7375
    assert found.unclipped == pytest.approx(-0.016949, abs=5e-7)
    assert found.prevalence.value == 0.0


def test_a_flag_rate_from_a_part_of_the_traffic_is_less_certain() -> None:
    # p (1 - p) / n joins the variance, over (TPR + TNR - 1)^2
    part, whole = (rogan_gladen(WORKED, 0.2, "March", n_judged=n) for n in (500, None))
    assert part.se**2 - whole.se**2 == pytest.approx(0.2 * 0.8 / 500 / (0.791667 + 0.948795 - 1) ** 2, rel=1e-4)


@pytest.mark.parametrize(
    ("labels", "source", "words"),
    [
        pytest.param(WORKED, " ", "which other population", id="same frame"),
        # TPR .5, TNR .55
        pytest.param(sample(10, 9, 10, 11, pi_flagged=0.5, pi_passed=0.5), "March", "hardly tells", id="no better"),
        pytest.param(sample(10, 0, 10, 0, pi_flagged=0.5, pi_passed=0.5), "March", "only failures", id="no good one"),
    ],
)
def test_refusals(labels, source: str, words: str) -> None:
    found = rogan_gladen(labels, 0.2, source)
    assert (found.prevalence.value, found.unclipped, found.se) == (None, None, None)
    assert words in found.prevalence.reason


COUNT = st.integers(2, 40)


@settings(deadline=None)
@given(COUNT, COUNT, COUNT, COUNT, st.floats(0, 1), st.floats(0.01, 0.9))
def test_swapping_the_classes_turns_the_share_around_and_the_scale_of_weights_does_not_matter(
    tp: int, fp: int, fn: int, tn: int, flag_rate: float, scale: float
) -> None:
    labels = sample(tp, fp, fn, tn, pi_flagged=0.5, pi_passed=0.1)
    one = rogan_gladen(labels, flag_rate, "March")
    assume(one.tpr + one.tnr - 1 > 0.101)  # at .1 it refuses, and a rounding error decides
    turned = labels.assign(y=1 - labels["y"], flagged=~labels["flagged"])
    other = rogan_gladen(turned, 1 - flag_rate, "March")
    assert (other.unclipped, other.se) == pytest.approx((1 - one.unclipped, one.se), abs=1e-9)
    w = 1 / labels["inclusion_probability"]
    stated = labels.assign(weight=w * scale, variance_factor=(w**2 - w) * scale**2)
    again = rogan_gladen(stated, flag_rate, "March")
    assert (again.unclipped, again.se) == pytest.approx((one.unclipped, one.se), abs=1e-9)
