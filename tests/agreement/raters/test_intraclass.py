from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from review_app.agreement.raters.intraclass import intraclass

from ..published import SHROUT_FLEISS

FORMS = ("icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k")
GRIDS = arrays(float, st.tuples(st.integers(3, 8), st.integers(2, 4)), elements=st.integers(1, 9).map(float)).filter(
    lambda grid: np.ptp(grid) > 0
)


def same(a: float | None, b: float | None) -> bool:
    return a is b if a is None or b is None else a == pytest.approx(b, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("form", "published"),
    # Shrout & Fleiss (1979), table 4; ICC(2,k) .6201 and the like to three digits in STATISTICS section 1
    [("icc1", 0.166), ("icc2", 0.290), ("icc3", 0.715), ("icc1k", 0.443), ("icc2k", 0.620), ("icc3k", 0.909)],
)
def test_published(form: str, published: float) -> None:
    assert getattr(intraclass(SHROUT_FLEISS), form) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(
    ("form", "low", "high"),
    # psych's ICC in R on the same table
    [("icc1", -0.133, 0.72), ("icc2", 0.019, 0.76), ("icc3", 0.342, 0.95),
     ("icc1k", -0.884, 0.91), ("icc2k", 0.071, 0.93), ("icc3k", 0.676, 0.99)],
)  # fmt: skip
def test_published_intervals(form: str, low: float, high: float) -> None:
    found = intraclass(SHROUT_FLEISS).intervals[form]
    assert found == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=6e-3))


@pytest.mark.parametrize("form", ["icc1", "icc2", "icc3"])
def test_intervals_cover(form: str) -> None:
    # units 1, raters .3, rest .7: icc1 = icc2 = 1 / 2; icc3 forgives the raters: 1 / 1.7
    dice, truth, covered = np.random.default_rng(8), 1 / 1.7 if form == "icc3" else 0.5, 0
    for _ in range(300):
        raters = dice.normal(size=(40, 6)) if form == "icc1" else np.tile(dice.normal(size=6), (40, 1))
        unit, rest = dice.normal(size=(40, 1)), dice.normal(size=(40, 6))
        low, high = intraclass(unit + np.sqrt(0.3) * raters + np.sqrt(0.7) * rest).intervals[form]
        covered += low <= truth <= high
    assert 0.91 <= covered / 300 <= 0.985


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.integers(-3, 3).filter(bool), st.integers(0, 5))
def test_units_of_measurement_do_not_matter(grid: np.ndarray, times: int, plus: int) -> None:
    once, again = intraclass(grid), intraclass(times * grid + plus)
    for form in FORMS:
        assert same(getattr(again, form), getattr(once, form))


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.data())
def test_only_consistency_forgives_severity(grid: np.ndarray, data) -> None:
    shift = np.array(data.draw(st.lists(st.integers(0, 5), min_size=grid.shape[1], max_size=grid.shape[1])))
    assert same(intraclass(grid + shift).icc3, intraclass(grid).icc3)


def test_units_that_do_not_differ_have_no_mean_reliability() -> None:
    found = intraclass([[1, 2], [2, 1]])
    # between 0, within .5: (0 - .5) / (0 + .5)
    assert found.icc1 == pytest.approx(-1)
    assert found.icc1k is None
    assert found.undefined == "some forms are 0/0: units do not differ"


def test_equal_raters_are_perfect() -> None:
    found = intraclass([[1, 1], [2, 2], [4, 4]])
    assert [getattr(found, form) for form in FORMS] == pytest.approx([1] * 6)
    assert found.intervals == {}


@pytest.mark.parametrize(
    ("grid", "reason"),
    [
        ([[1, 2], [np.nan, 3]], "ratings are missing: report interval alpha instead"),
        ([[1, 2]], "needs two units and two raters"),
        ([[3, 3], [3, 3]], "every score is the same"),
    ],
)
def test_refused(grid, reason: str) -> None:
    found = intraclass(grid)
    assert found.undefined == reason
    assert [getattr(found, form) for form in FORMS] == [None] * 6
