from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import t

from review_app.agreement.design import Design, drawn_with, weights
from review_app.agreement.judges.greg import Auxiliaries, greg
from review_app.agreement.judges.post_strata import PostStrata

from ..builders import sample

LABELS = st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0.05, 1)), min_size=12, max_size=60)


def verdict(j, n_flagged: int, size: int) -> Auxiliaries:
    return Auxiliaries(labelled=pd.DataFrame({"flagged": j}), totals={"flagged": n_flagged}, size=size)


@settings(deadline=None)
@given(LABELS)
def test_with_the_verdict_alone_it_is_post_stratification(labels) -> None:
    y, j, pi = np.array(labels, dtype=float).T
    assume(1 < j.sum() < len(j) - 1)
    design = drawn_with(pi)
    found = greg(y, verdict(j, 300, 1_000), design)
    which = j.astype(int)
    strata = PostStrata(which=which, sizes=np.array([700.0, 300.0]), design=design)
    assert found.value == pytest.approx(strata.mean(y), abs=1e-9)
    # the same residuals, without the factor n_h / (n_h - 1)
    n = np.bincount(which)
    left = y - (np.bincount(which, design.w * y) / np.bincount(which, design.w))[which]
    variance = (design.v * (strata.scale * left) ** 2).sum() / 1_000**2
    assert variance <= strata.variance(y) * (1 + 1e-9) <= variance * (n / (n - 1)).max() * (1 + 1e-6)
    if found.high < 1:
        from_greg = (found.high - found.value) / t_of(len(y) - 2)
        assert from_greg == pytest.approx(math.sqrt(variance), abs=1e-9)


def t_of(degrees: int) -> float:
    return float(t.ppf(0.975, degrees))


def test_the_worked_case() -> None:
    rows = sample(133, 34, 7, 126, pi_flagged=1 / 120, pi_passed=1 / 600)
    found = greg(rows["y"].to_numpy(), verdict(rows["flagged"], 20_000, 100_000), weights(rows))
    assert found.value == pytest.approx(0.201387, abs=5e-7)


def test_prediction_powered_inference_says_the_same() -> None:
    # PPI++ (Angelopoulos et al. 2023, arXiv 2311.01453) weighted by w / sum w: mean y + l (share of the frame that is
    # flagged - mean j); l = C(y, j) / (V(j) + F (1 - F) / N), where C and V are sum W^2 (y - mean y) (j - mean j).
    rows = sample(133, 34, 7, 126, pi_flagged=1 / 120, pi_passed=1 / 600)
    y, j, w = rows["y"].to_numpy(), rows["flagged"].to_numpy(dtype=float), weights(rows).w
    share = w / w.sum()
    a, b = y - share @ y, j - share @ j
    covariance, variance, of_frame = share**2 @ (a * b), share**2 @ b**2, 0.2 * 0.8 / 100_000
    tuned, plain = covariance / (variance + of_frame), covariance / variance
    assert tuned == pytest.approx(0.740368, abs=5e-7)
    assert share @ y + tuned * (0.2 - share @ j) == pytest.approx(0.201389, abs=5e-7)
    # The frame's own chance left out, since its verdicts are all counted, it is the regression to the last digit.
    assert plain == pytest.approx(0.743776, abs=5e-7)
    found = greg(y, verdict(rows["flagged"], 20_000, 100_000), weights(rows))
    assert found.value == pytest.approx(share @ y + plain * (0.2 - share @ j), abs=1e-12)


def test_a_perfect_second_judge_leaves_nothing_to_chance() -> None:
    y = np.array([0.0, 1, 0, 0, 1, 0, 0, 1, 0, 0])
    known = Auxiliaries(
        labelled=pd.DataFrame({"second": y, "score": np.linspace(0, 1, 10)}),
        totals={"second": 170, "score": 400}, size=1_000,
    )  # fmt: skip
    found = greg(y, known, drawn_with(np.full(10, 0.01)))
    assert (found.value, found.low, found.high) == pytest.approx((0.17, 0.17, 0.17), abs=1e-9)


@settings(deadline=None)
@given(LABELS, st.floats(0.1, 20))
def test_the_scale_of_the_weights_does_not_matter(labels, scale: float) -> None:
    y, j, pi = np.array(labels, dtype=float).T
    assume(1 < j.sum() < len(j) - 1)
    design = drawn_with(pi)
    one = greg(y, verdict(j, 300, 1_000), design)
    two = greg(y, verdict(j, 300, 1_000), Design(design.w * scale, design.v * scale**2))
    assert (two.value, two.low, two.high) == pytest.approx((one.value, one.low, one.high), abs=1e-7)


def test_sessions_vary_as_wholes() -> None:
    # ten sessions of two equal traces: the error is that of ten units, sqrt(2) times that of twenty
    y, j = np.repeat([1.0, 0, 0, 1, 0, 0, 1, 0, 1, 0], 2), np.repeat([1.0, 1, 1, 1, 1, 0, 0, 0, 0, 0], 2)
    design = drawn_with(np.full(20, 0.1))
    alone = greg(y, verdict(j, 500, 1_000), design)
    together = greg(y, verdict(j, 500, 1_000), design, sessions=np.repeat(np.arange(10), 2))
    assert together.value == alone.value
    ratio = ((together.high - together.low) / t_of(8)) / ((alone.high - alone.low) / t_of(18))
    assert ratio == pytest.approx(math.sqrt(2))


@pytest.mark.parametrize(
    ("column", "n", "words"),
    [
        pytest.param([1.0] * 12, 12, "constant", id="constant"),
        pytest.param([np.nan, *[0.0, 1.0] * 5, 1.0], 12, "is not known for every", id="missing"),
        pytest.param([0.0, 1.0] * 3, 6, "too few", id="few"),
    ],
)
def test_refusals(column, n: int, words: str) -> None:
    found = greg(np.resize([0.0, 1, 1], n), verdict(column, 500, 1_000), drawn_with(np.full(n, 0.1)))
    assert found.value is None
    assert words in found.reason
