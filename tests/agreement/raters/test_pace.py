from __future__ import annotations

import numpy as np
import pytest

from review_app.agreement.raters.pace import pace


def times(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Reviews of 600 to 6,000 characters that take 1 s per 20, with a spread of 30 %."""
    length = rng.integers(600, 6000, n).astype(float)
    return length / 20 * np.exp(rng.normal(0, 0.3, n)), length


def test_faster_than_reading() -> None:
    # 600 characters at 60 a second are 10 s
    found = pace([9.9, 10.1, 60, 65], [600, 600, 600, 600])
    assert found.too_fast.tolist() == [True, False, False, False]


def test_far_faster_than_usual_for_its_length() -> None:
    seconds, length = times(np.random.default_rng(3), 400)
    length[0], seconds[0] = 6000, 105  # possible to read, but 300 s are usual: log(105/300)/.3 = -3.5
    length[1], seconds[1] = 1500, 60  # 75 s are usual
    found = pace(seconds, length)
    assert found.too_fast[0]
    assert found.z[0] == pytest.approx(np.log(105 / 300) / 0.3, abs=0.5)
    assert not found.too_fast[1]


def test_slow_is_never_a_fault() -> None:
    seconds, length = times(np.random.default_rng(3), 400)
    seconds[5] = 1e6
    assert not pace(seconds, length).too_fast[5]


def test_few_honest_reviews_are_flagged() -> None:
    seconds, length = times(np.random.default_rng(8), 5000)
    found = pace(seconds, length)
    # one-sided P(z < -3) = .00135 for a normal
    assert found.too_fast.mean() < 0.004
    assert np.nanstd(found.z) == pytest.approx(1, abs=0.1)


def test_a_unit_of_time_changes_no_z() -> None:
    seconds, length = times(np.random.default_rng(8), 300)
    assert pace(60 * seconds, length).z == pytest.approx(pace(seconds, length).z)


def test_unknown_times_are_not_judged() -> None:
    found = pace([np.nan, 0, 50, 55, 60], [900, 900, np.nan, 900, 900])
    assert found.timed.tolist() == [False, False, False, True, True]
    assert found.n == 2
    assert not found.too_fast.any()
    assert np.isnan(found.z[:3]).all()


def test_equal_times_have_no_usual_spread() -> None:
    found = pace([30, 30, 30], [100, 200, 300])
    assert found.undefined == "times do not vary enough to say what is usual"
    assert pace([], []).n == 0
