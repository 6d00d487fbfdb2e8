from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.grading.checks.dates import moments
from review_app.grading.checks.folding import plain, undisguised
from review_app.grading.checks.numerals import numerals, prepared

from .one import grounded, status

# (separator of thousands, of decimals)
LOCALES = {
    "en": (",", "."), "de": (".", ","), "fr": ("\u202f", ","), "fr, no-break": ("\u00a0", ","), "ch": ("’", "."),
    "bare point": ("", "."), "bare comma": ("", ","), "fr, plain space": (" ", ","),
}  # fmt: skip
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


def written(value: Decimal, locale: str) -> str:
    thousands, decimals = LOCALES[locale]
    return f"{value:,.2f}".replace(",", "T").replace(".", decimals).replace("T", thousands)


@given(value=AMOUNTS, locale=st.sampled_from(sorted(LOCALES)), negative=st.booleans())
def test_an_amount_is_read_whatever_its_separators(value: Decimal, locale: str, negative: bool) -> None:
    text = ("\u2212" if negative else "") + written(value, locale)
    (found,) = numerals(prepared(f"so {text} in all"))
    assert (-value if negative else value,) in found.ways


@given(value=AMOUNTS, one=st.sampled_from(sorted(LOCALES)), other=st.sampled_from(sorted(LOCALES)))
def test_an_amount_supports_itself_in_every_typography(value: Decimal, one: str, other: str) -> None:
    trace = grounded(f"It costs {written(value, one)} €.", f"Price: {written(value, other)} EUR")
    assert status(trace, type="grounded_numbers") == "pass"


@given(value=st.integers(min_value=13, max_value=999), by=st.integers(min_value=1, max_value=50))
def test_another_number_does_not(value: int, by: int) -> None:
    assert status(grounded(f"It is {value + by}.", f"It is {value}."), type="grounded_numbers") == "fail"


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        pytest.param("1.234", [["1234"], ["1.234"]], id="nobody can tell"),
        pytest.param("1,234.5", [["1234.5"]], id="both signs"),
        pytest.param("1.234.567", [["1234567"]], id="twice the same sign"),
        pytest.param("0.5", [["0.5"]], id="a share"),
        pytest.param("500 750", [["500750"], ["500", "750"]], id="one or two"),
        pytest.param("2026 100", [["2026", "100"]], id="two: four digits before a space"),
        pytest.param("1.2.3", [["1", "2", "3"]], id="a version"),
        pytest.param("7" * 41, [], id="a row of digits"),
    ],
)
def test_readings(text: str, ways: list[list[str]]) -> None:
    (found,) = numerals(prepared(text))
    assert found.ways == tuple(tuple(map(Decimal, way)) for way in ways)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        pytest.param("2027-02-03", {(2027, 2, 3)}, id="ISO"),
        pytest.param("3. Februar 2027", {(2027, 2, 3)}, id="German"),
        pytest.param("3 févr. 2027", {(2027, 2, 3)}, id="French, short"),
        pytest.param("Feb 3, 2027", {(2027, 2, 3)}, id="American"),
        pytest.param("the 3rd of February", {(None, 2, 3)}, id="no year"),
        pytest.param("03.02.27", {(2027, 2, 3)}, id="two digits"),
        pytest.param("04/05/2027", {(2027, 4, 5), (2027, 5, 4)}, id="nobody can tell"),
        pytest.param("25/12/2027", {(2027, 12, 25)}, id="no 25th month"),
        pytest.param("12:05 am", {(None, 100, 5)}, id="after midnight"),
        pytest.param("40/50/2027", set(), id="no date"),
    ],
)
def test_dates(text: str, days: set[tuple[int | None, int, int]]) -> None:
    found, rest = moments(prepared(text))
    assert {day for moment in found for day in moment.days} == days
    assert not days or not any(sign.isdigit() for sign in rest)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert undisguised(undisguised(text)) == undisguised(text)


@given(st.text(alphabet="0123456789.,' -−%€\u202f\n月h:/abM", max_size=200))
def test_no_text_breaks_a_reader(text: str) -> None:
    said = prepared(text)
    days, rest = moments(said)
    assert len(rest) == len(said)
    numerals(rest)
    assert all(said[day.place :].startswith(day.text) for day in days)
