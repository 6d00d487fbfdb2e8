from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from review_app.agreement.design import Design, drawn_with, weights
from review_app.agreement.judges.post_strata import PostStrata, post_strata

from ..builders import sample

WORKED = sample(133, 34, 7, 126, pi_flagged=1 / 120, pi_passed=1 / 600)
SIZES = {True: 20_000, False: 80_000}


def strata_of(keys, sizes, pi=0.5) -> PostStrata:
    found = post_strata(np.array(keys, dtype=object), sizes, drawn_with(np.full(len(keys), pi)))
    assert isinstance(found, PostStrata)
    return found


def test_the_worked_case() -> None:
    strata = post_strata(WORKED["flagged"].to_numpy(dtype=object), SIZES, weights(WORKED))
    assert isinstance(strata, PostStrata)
    y, j = WORKED["y"].to_numpy(), WORKED["flagged"].to_numpy(dtype=float)
    share = strata.mean(y)
    # 20,000 x 133/167 + 80,000 x 7/133 = 20,138.67 of 100,000
    assert share == pytest.approx(0.201387, abs=5e-7)
    tpr = strata.mean(y * j) / share
    # linearised ratio: (y j - R y) / mean y; standard error as published with the case
    assert math.sqrt(strata.variance((y * j - tpr * y) / share)) == pytest.approx(0.061355, abs=5e-7)


def test_a_share_in_one_stratum_of_an_endless_frame_is_close_to_jeffreys() -> None:
    found = strata_of(["a"] * 20, {"a": 10**9}, pi=1e-9).share(np.zeros(20), "m")
    # Beta(.5, 20.5); its low end is drawn down to the value, residuals are from 0 instead of 1/42
    assert (found.low, found.high) == (0, pytest.approx(float(beta.ppf(0.975, 0.5, 20.5)), rel=0.02))


def test_mean_and_variance_by_hand() -> None:
    strata = strata_of([1] * 5 + [2] * 5, {1: 30, 2: 70}, pi=0.5)
    u = np.array([0, 0, 0, 0, 5.0, 2, 2, 2, 2, 2])
    # .3 x 1 + .7 x 2
    assert strata.mean(u) == pytest.approx(1.7)
    # v = (1 - .5) / .25 = 2; stratum 1: residuals -1 x 4, 4: 20; N_h / sum w = 30 / 10; 5/4 x 9 x 2 x 20 / 100^2
    assert strata.variance(u) == pytest.approx(5 / 4 * 9 * 2 * 20 / 100**2)
    assert strata.degrees == 8


@pytest.mark.parametrize(
    ("keys", "groups", "sizes"),
    [
        pytest.param([1] * 5 + [2] * 5 + [3] * 5, 3, [10, 10, 10], id="enough everywhere"),
        pytest.param([1] * 5 + [2] * 2 + [3] * 5, 2, [10, 20], id="a thin one joins the next"),
        pytest.param([1] * 5 + [2] * 5 + [3] * 2, 2, [10, 20], id="the last thin one joins the one before"),
        pytest.param([1] * 12, 1, [30], id="never labelled, but in the frame"),
    ],
)
def test_thin_strata_join_their_neighbours(keys, groups: int, sizes: list[int]) -> None:
    strata = strata_of(keys, {1: 10 if len(set(keys)) > 1 else 20, 2: 10, 3: 10 if len(set(keys)) > 1 else 0})
    assert strata.sizes.tolist() == sizes
    assert strata.joined == (3 if len(set(keys)) > 1 else 2) - groups


@pytest.mark.parametrize(
    ("keys", "sizes", "words"),
    [
        pytest.param([1] * 9 + [4], {1: 100}, "the frame holds none", id="a level the frame does not have"),
        pytest.param([1] * 12, {1: 11}, "more labelled traces than", id="more labels than traces"),
        pytest.param([1] * 9, {1: 100}, "9 labelled traces", id="few"),
    ],
)
def test_refusals(keys, sizes, words: str) -> None:
    found = post_strata(np.array(keys, dtype=object), sizes, drawn_with(np.full(len(keys), 0.5)))
    assert isinstance(found, str)
    assert words in found


def test_one_label_in_a_stratum_has_no_variance() -> None:
    alone = PostStrata(which=np.array([0, 1, 1]), sizes=np.array([5.0, 5.0]), design=drawn_with(np.full(3, 0.5)))
    assert math.isnan(alone.variance(np.array([1.0, 2, 3])))


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=20, max_size=40), st.floats(0.1, 50))
def test_the_scale_of_the_weights_does_not_matter(bad: list[bool], scale: float) -> None:
    y = np.array(bad, dtype=float)
    which = np.arange(len(y)) % 2
    sizes = np.array([100.0, 300.0])
    one = PostStrata(which=which, sizes=sizes, design=Design(np.linspace(1, 3, len(y)), np.ones(len(y))))
    two = PostStrata(which=which, sizes=sizes, design=Design(one.design.w * scale, one.design.v * scale**2))
    assert two.mean(y) == pytest.approx(one.mean(y))
    assert two.variance(y) == pytest.approx(one.variance(y))


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=12, max_size=40))
def test_a_share_lies_in_its_interval_inside_0_and_1(bad: list[bool]) -> None:
    strata = strata_of(["a"] * len(bad), {"a": 1_000}, pi=0.05)
    found = strata.share(np.array(bad, dtype=float), "m")
    assert 0 <= found.low <= found.value <= found.high <= 1
