from __future__ import annotations

import pytest

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
    assert rogan_gladen(WORKED, 0.2, "March", n_judged=500).se > rogan_gladen(WORKED, 0.2, "March").se


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
