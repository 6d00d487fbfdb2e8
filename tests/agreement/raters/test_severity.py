from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from review_app.agreement.raters.overlap_graph import overlap
from review_app.agreement.raters.rating_table import RatingTable, read
from review_app.agreement.raters.severity import severity

# Ratings of 6 units by 4 raters, 0 = did not rate; unit 0 is rated by all, so everybody overlaps.
GRIDS = arrays(float, (6, 4), elements=st.integers(0, 5).map(float)).map(
    lambda grid: np.vstack([[1.0, 2.0, 3.0, 4.0], grid])
)


def table(grid: np.ndarray) -> RatingTable:
    unit, rater = np.nonzero(grid)
    frame = pd.DataFrame({"unit": unit, "rater": [f"r{i}" for i in rater], "value": grid[unit, rater]})
    return read(frame, "interval")


def dummies(grid: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, int]:
    """Severities centred on 0, their standard errors, sigma2 and its degrees of freedom, by plain least squares."""
    unit, rater = np.nonzero(grid)
    centred = np.vstack([np.eye(3), [-1, -1, -1]])  # the fourth is minus the sum of the others
    design = np.hstack([np.eye(len(grid))[unit], centred[rater]])
    y = grid[unit, rater]
    fitted, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
    freedom = len(y) - rank
    sigma2 = float(((y - design @ fitted) ** 2).sum() / max(freedom, 1))
    spread = centred @ np.linalg.pinv(design.T @ design)[-3:, -3:] @ centred.T
    return centred @ fitted[-3:], np.sqrt(sigma2 * np.diag(spread)), sigma2, freedom


@settings(max_examples=80, deadline=None)
@given(GRIDS)
def test_equals_a_regression_on_dummies(grid: np.ndarray) -> None:
    found = severity(table(grid))
    value, se, sigma2, _ = dummies(grid[(grid > 0).any(axis=1)])
    assert [one.value for one in found.raters] == pytest.approx(value, abs=1e-9)
    if found.sigma2 is not None:
        assert found.sigma2 == pytest.approx(sigma2, abs=1e-9)
        assert [one.se for one in found.raters] == pytest.approx(se, abs=1e-6)


def test_by_hand() -> None:
    # r0 scores 1 above r1 on one unit and 3 above on another: 2 apart, so +1 and -1; rest -+.5: 1 / 1 degree
    found = severity(table(np.array([[3.0, 2], [5, 2]])))
    assert [one.value for one in found.raters] == pytest.approx([1, -1])
    assert found.sigma2 == pytest.approx(1)
    # A = [[1, -1], [-1, 1]], pinv A has 1/4 on its diagonal; tau2 = var(1, -1) - 1/4 = 1.75
    assert [one.se for one in found.raters] == pytest.approx([0.5, 0.5])
    assert found.tau2 == pytest.approx(1.75)
    assert found.raters[0].shrunk == pytest.approx(1.75 / 2)


def test_nothing_left_to_estimate_the_error_from() -> None:
    found = severity(table(np.array([[3.0, 2]])))
    assert found.raters[0].value == pytest.approx(0.5)
    assert (found.raters[0].se, found.raters[0].shrunk, found.sigma2) == (None, None, None)


def test_units_rated_once_say_nothing() -> None:
    grid = np.array([[3.0, 2], [5, 4], [5, 0]])
    assert severity(table(grid)).raters[0].value == severity(table(grid[:2])).raters[0].value
    assert severity(table(grid)).raters[0].n == 2


def test_reviewers_who_never_meet_are_not_compared() -> None:
    found = severity(table(np.array([[3.0, 2, 0, 0], [0, 0, 1, 5]])))
    assert found.raters == ()
    assert "r0, r1 | r2, r3" in found.refusal
    assert severity(table(np.array([[3.0]]))).refusal == "a single reviewer has nobody to be compared with"


@settings(max_examples=60, deadline=None)
@given(arrays(int, (5, 4), elements=st.integers(0, 1)).filter(lambda grid: grid.any(axis=0).all()))
def test_groups_are_what_the_rank_says(grid: np.ndarray) -> None:
    rated = grid[grid.any(axis=1)]
    a = np.diag(rated.sum(axis=0)) - sum(np.outer(row, row) / row.sum() for row in rated)
    found = overlap(table(grid.astype(float)))
    assert len(found.components) == 4 - np.linalg.matrix_rank(a)
    assert found.connected == (np.linalg.matrix_rank(a) == 3)


def test_overlap_counts_and_advises() -> None:
    chain = np.zeros((40, 3))
    chain[:, 0] = 1
    chain[0, 1], chain[1, 2] = 1, 1
    found = overlap(table(chain))
    assert (found.components, found.n, found.n_double) == ((("r0", "r1", "r2"),), 40, 2)
    assert found.share_double == pytest.approx(0.05)
    assert found.advice.startswith("5% of the traces have two reviewers")
    assert overlap(table(np.ones((4, 2)))).advice == ""
