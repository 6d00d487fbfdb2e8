"""What a slice asks, read and written; the store and a table in memory must agree on who is in it."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.sampling.slice_values import Wanted, but_text, range_text, read

ENDS = st.none() | st.floats(-1e12, 1e12)


@pytest.mark.parametrize(
    ("column", "text", "wanted"),
    [
        pytest.param("language", "de", Wanted(value="de"), id="value"),
        pytest.param("n_turns", "3", Wanted(value="3"), id="one number"),
        pytest.param("n_turns", "up to 3", Wanted(high=3), id="up to"),
        pytest.param("n_turns", "above 3", Wanted(low=3), id="above"),
        pytest.param("output_chars", "above 3 up to 8.5", Wanted(low=3, high=8.5), id="between"),
        pytest.param("output_chars", "above -1e+16", Wanted(low=-1e16), id="large"),
        pytest.param("route", "up to 3", Wanted(value="up to 3"), id="no number, no range"),
        pytest.param("n_turns", "", Wanted(), id="nothing"),
        pytest.param("language", 'none of ["de", "fr, it"]', Wanted(but=("de", "fr, it")), id="but"),
        pytest.param("language", "none of us", Wanted(value="none of us"), id="no list"),
        pytest.param("language", "none of 3", Wanted(value="none of 3"), id="no list either"),
        pytest.param("language", "none of []", Wanted(value="none of []"), id="an empty list"),
    ],
)
def test_read(column: str, text: str, wanted: Wanted) -> None:
    assert read(column, text) == wanted


@pytest.mark.parametrize(
    ("wanted", "inside"),
    [
        # 3 is in "up to 3", and not in "above 3"; what is missing is in no range.
        pytest.param(Wanted(high=3), ["1", "3"], id="up to"),
        pytest.param(Wanted(low=3), ["10"], id="above"),
        pytest.param(Wanted(low=1, high=9), ["3"], id="between"),
        pytest.param(Wanted(value="none"), ["none"], id="missing"),
        pytest.param(Wanted(but=("3", "none")), ["1", "10"], id="but"),
    ],
)
def test_holds(wanted: Wanted, inside: list[str]) -> None:
    texts = pd.Series(["1", "3", "10", "none"])
    assert texts[wanted.holds(texts)].tolist() == inside


@given(low=ENDS, high=ENDS)
def test_a_range_is_read_as_it_was_written(low: float | None, high: float | None) -> None:
    assert read("n_turns", range_text(low, high)) == Wanted(low=low, high=high)


@given(values=st.lists(st.text(), min_size=1).map(tuple))
def test_an_exception_is_read_as_it_was_written(values: tuple[str, ...]) -> None:
    assert read("route", but_text(values)) == Wanted(but=values)
