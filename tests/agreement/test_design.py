from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.design import drawn_with, weights
from review_app.agreement.judges.estimates import estimate

from .builders import counts, sample


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        # w = 1/pi; v = (1 - pi) / pi^2
        pytest.param({"inclusion_probability": 0.25}, (4, 12), id="plain: 4, .75 x 16"),
        pytest.param({"inclusion_probability": 1.0}, (1, 0), id="certain: no variance"),
        pytest.param(
            {"inclusion_probability": 0.25, "weight": 3.0, "variance_factor": 5.0}, (3, 5), id="its own weight wins"
        ),
        pytest.param(
            {"inclusion_probability": 0.25, "weight": None, "variance_factor": None}, (4, 12), id="no own weight"
        ),
    ],
)
def test_weights(row: dict[str, object], expected: tuple[float, float]) -> None:
    rows = pd.DataFrame([row, {"inclusion_probability": 0.5}])
    w, v = weights(rows)
    assert (w[0], v[0]) == pytest.approx(expected)
    assert (w[1], v[1]) == pytest.approx((2, 2))


def test_missing_values_of_every_kind_of_column() -> None:
    rows = pd.DataFrame(
        {"inclusion_probability": [0.5, 0.5], "weight": [7, pd.NA], "variance_factor": [1, pd.NA]}
    ).convert_dtypes()
    assert weights(rows).w == pytest.approx([7, 2])


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=20))
def test_a_weight_that_repeats_the_plain_case_changes_nothing(pi: list[float]) -> None:
    rows = pd.DataFrame({"inclusion_probability": pi})
    w, v = drawn_with(np.array(pi))
    again = weights(rows.assign(weight=w, variance_factor=v))
    assert again.w.tolist() == w.tolist()
    assert again.v.tolist() == v.tolist()


def test_estimates_use_the_weights() -> None:
    rows = sample(30, 10, 10, 50, pi_flagged=0.5, pi_passed=0.1)
    heavy = rows.assign(weight=np.where(rows["y"] == 1, 3.0, 1.0), variance_factor=1.0)
    found = estimate(heavy, counts(200, 800), np.random.default_rng(1)).metrics
    # 90 / (90 + 10) of 200 flagged, 30 / (30 + 50) of 800 passed: (180 + 300) / 1000
    assert found["prevalence"].value == pytest.approx(0.48)


def test_labels_of_weight_zero_are_no_evidence() -> None:
    rows = sample(9, 9, 9, 9, pi_flagged=0.5, pi_passed=0.1)
    nothing = rows.assign(weight=np.where(rows["flagged"], 0.0, 2.0), variance_factor=1.0)
    assert (
        "0 labelled traces that the judge flagged"
        in estimate(nothing, counts(200, 800), np.random.default_rng(1)).refusal
    )
