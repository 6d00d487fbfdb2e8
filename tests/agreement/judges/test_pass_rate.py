from __future__ import annotations

import numpy as np
import pytest

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.judges.estimates import estimate
from review_app.agreement.judges.pass_rate import pass_rate

from ..builders import counts, sample

FRAME = counts(20_000, 80_000)
WORKED = sample(133, 34, 7, 126, pi_flagged=1 / 120, pi_passed=1 / 600)


def share(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=300, method="m")


def test_people_correct_the_judge() -> None:
    bad = estimate(WORKED, FRAME, np.random.default_rng(1)).metrics["prevalence"]
    found = pass_rate(FRAME, bad)
    assert found.judge_says == 0.8
    assert found.corrected.value == pytest.approx(1 - 0.201387, abs=5e-7)
    # one minus (.1747, .2411)
    assert (found.corrected.low, found.corrected.high) == pytest.approx((0.7589, 0.8253), abs=0.003)
    assert found.leading == found.corrected


@pytest.mark.parametrize(
    ("by_greg", "leads"),
    [
        pytest.param(share(0.21, 0.19, 0.23), "sharpened", id="narrower"),
        pytest.param(share(0.21, 0.10, 0.32), "sharpened", id="wider"),
        pytest.param(undefined("too few", 9, "m"), "corrected", id="refused"),
    ],
)
def test_which_leads_hangs_on_what_is_known_and_not_on_what_came_out(by_greg: Estimate, leads: str) -> None:
    found = pass_rate(FRAME, share(0.2, 0.16, 0.24), by_greg)
    assert found.leading == getattr(found, leads)


def test_no_frame_no_judge_rate() -> None:
    found = pass_rate(None, undefined("no frame", 0, "m"))
    assert (found.judge_says, found.leading.value) == (None, None)
