from __future__ import annotations

from typing import Any

import pytest

from .one import grounded, result, says, status

RULE = "You may return a bike within 30 days of delivery. The display shows no more than 50 km. Collection costs €89."


@pytest.mark.parametrize(
    ("said", "source"),
    [
        pytest.param("1.234,50 €", "€1,234.50", id="German and English"),
        pytest.param("1\u202f234,50 €", "€1,234.50", id="French, narrow space"),
        pytest.param("1 234,50 €", "1234.5", id="plain space"),
        pytest.param("1'234.50", "1234.50", id="Swiss"),
        pytest.param("1.234", "1234", id="a thousand"),
        pytest.param("1.234", "1,234 kg", id="whatever both mean"),
        pytest.param("20%", "about 20 % less", id="percent"),
        pytest.param("20 Prozent", "20%", id="percent in words"),
        pytest.param("20 %", "a share of 0.2", id="percent of a share"),
        pytest.param("\u22125 °C", "-5 °C", id="minus sign"),
        pytest.param("minus 5", "-5", id="minus in words"),
        pytest.param("2", "within two weeks", id="source in words"),
        pytest.param("2½ years", "2.5 years", id="a half"),
        pytest.param("60km/h", "60 km/h", id="unit without space"),
        pytest.param("from 35–60 km", "35 to 60 km", id="a range is no minus"),
        pytest.param("3. Februar 2027", "until 2027-02-03", id="German date"),
        pytest.param("February 3rd", "until 2027-02-03", id="date without year"),
        pytest.param("3 février", "03.02.2027", id="French date"),
        pytest.param("03/02/2027", "February 3, 2027", id="day first"),
        pytest.param("02/03/2027", "February 3, 2027", id="month first"),
        pytest.param("2:30 pm", "14:30", id="afternoon"),
        pytest.param("14 h 30", "14:30", id="French time"),
        pytest.param("bis 9 Uhr", "09:00-13:00", id="full hour"),
        pytest.param("50 km [kb-7]", "50 km", id="a citation is no number"),
        pytest.param("٥٠ km", "50 km", id="digits of another script"),
    ],
)
def test_numbers_that_are_there(said: str, source: str) -> None:
    assert status(grounded(said, source), type="grounded_numbers") == "pass"


@pytest.mark.parametrize("output", ["1. Clean it.\n2. Pack it.", "See [kb-7].", "No."])
def test_numbers_of_lists_and_citations_are_none(output: str) -> None:
    found = result(grounded(output, "50"), type="grounded_numbers")
    assert found == ("not_applicable", "the output has no numbers")


@pytest.mark.parametrize(
    ("said", "source", "detail"),
    [
        pytest.param("It costs 98 €.", RULE, "98 (in 'it costs 98 €.')", id="invented"),
        pytest.param("within 300 days", RULE, "300 (in 'within 300 days')", id="one digit more"),
        pytest.param("30 %", RULE, "30 % (in '30 %')", id="days are no percent"),
        pytest.param("-5 °C", "5 °C", "-5 (in '-5 °c')", id="minus invented"),
        pytest.param("5 °C", "-5 °C", "5 (in '5 °c')", id="minus lost"),
        pytest.param("12.345,67", "12,345.76", "12.345,67 (in '12.345,67')", id="digits swapped"),
        pytest.param("order WH-457293", "WH-457292", "457293 (in 'order wh-457293')", id="digits of an id"),
        pytest.param("on 4 February", "2027-02-03", "4 february (in 'on 4 february')", id="another day"),
        pytest.param("3 February 2026", "2027-02-03", "3 february 2026 (in '3 february 2026')", id="another year"),
        pytest.param("at 14:45", "14:30", "14:45 (in 'at 14:45')", id="another time"),
    ],
)
def test_numbers_that_are_not_there(said: str, source: str, detail: str) -> None:
    assert result(grounded(said, source), type="grounded_numbers") == ("fail", detail)


def test_what_counts_as_a_source_of_numbers() -> None:
    config = {"type": "grounded_numbers"}
    assert status(grounded("7 days", "Some rule."), **config) == "fail"
    assert status(grounded("7 days", "Some rule.", user="I have it for 7 days"), **config) == "pass"
    assert status(grounded("59 %", tool={"health_percent": 59}), **config) == "pass"
    assert status(grounded("59 %", tool={"cycles": 59}), **config) == "fail"
    assert status(grounded("7 days", "7 days", user="x"), **config, sources=["user"]) == "fail"
    assert result(says("7 days"), **config) == ("not_applicable", "nothing was retrieved")


@pytest.mark.parametrize(
    ("output", "language", "expected"),
    [
        pytest.param("Please ask Marcus about it.", "en", ("fail", "Marcus is in no source"), id="a stranger"),
        pytest.param("The Heron fits. Ask the Wrenhaul shop.", "en", ("pass", ""), id="known"),
        pytest.param("Both Herons fit.", "en", ("pass", ""), id="plural"),
        pytest.param("Wrenhaul's rule holds for your Heron.", "en", ("pass", ""), id="genitive"),
        pytest.param("Dear Marcus, it fits.", "en", ("not_applicable", "the output has no names"), id="salutation"),
        pytest.param("It comes on Monday.", "en", ("not_applicable", "the output has no names"), id="a weekday"),
        pytest.param("Das Fahrrad steht im Keller.", "de", ("not_applicable", "the output has no names"), id="nouns"),
        pytest.param("Das zahlt die GLS.", "de", ("fail", "GLS is in no source"), id="German abbreviation"),
        pytest.param("返品できます。", "ja", ("not_applicable", "the output has no names"), id="no capitals"),
    ],
)
def test_names(output: str, language: str, expected: tuple[str, str]) -> None:
    trace = grounded(output, "The Heron is made by Wrenhaul.", language=language)
    assert result(trace, type="grounded_names") == expected


def test_names_that_are_none() -> None:
    trace = grounded("Dear Marcus, ask the Kestrel team.", "x", language="en")
    assert result(trace, type="grounded_names")[1] == "Kestrel is in no source"
    assert result(trace, type="grounded_names", ignore="kestrel") == ("pass", "")
    assert result(trace, type="grounded_names", ignore="kestrel", salutation=True)[1] == "Marcus is in no source"


QUOTED = "The rule: “You may return a bike within 30 days.” Keep it — it's “final”."


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param("It says “you may return a bike within 30 days”.", "pass", id="English"),
        pytest.param("Es heißt: „You may return a bike“.", "pass", id="German"),
        pytest.param("Es heißt: »You may return a bike«.", "pass", id="German, turned"),
        pytest.param("On lit « You may return a bike ».", "pass", id="French"),
        pytest.param('It says "you  may return\na bike within".', "pass", id="straight, over a line"),
        pytest.param("「You may return a bike」", "pass", id="Japanese"),
        pytest.param("It says “you may … within 30 days”.", "pass", id="something left out"),
        pytest.param("It says “within 30 days … you may return”.", "fail", id="left out, in another order"),
        pytest.param("It says “you may return a bike within 90 days”.", "fail", id="another number"),
        pytest.param("It says “you may return a bi”.", "fail", id="cut inside a word"),
        pytest.param("It says “you m\u0430y return a bike”.", "fail", id="Cyrillic a"),
        pytest.param("It is “free of charge”.", "not_applicable", id="three words"),
        pytest.param('{"summary": "Customer wants to return a bike."}', "not_applicable", id="JSON"),
        pytest.param("It's the customers' choice, isn't it?", "not_applicable", id="apostrophes"),
    ],
)
def test_quotes(output: str, expected: str) -> None:
    assert status(grounded(output, QUOTED), type="verbatim_quotes") == expected


def test_a_wrong_quote_is_shown_with_its_line() -> None:
    found = result(grounded("Yes.\nIt says “bring back the bike whenever”.", QUOTED), type="verbatim_quotes")
    assert found == ("fail", "line 2: 'bring back the bike whenever' is in no source")


def test_sentence_support_shows_the_weakest() -> None:
    # With content: return, bike, within, 30, days, delive(ry): 6 of 6; moon, travel, agency, books, hotels: 0 of 5.
    output = "Return the bike within 30 days of delivery. The moon travel agency books hotels."
    state, detail = result(grounded(output, RULE), type="sentence_support", max_unsupported=0.4)
    assert state == "fail"
    assert detail.startswith(
        "1 of 2 sentences supported, mean 0.50; weakest: 0.00 'The moon travel agency books hotels.'"
    )
    assert status(grounded(output, RULE), type="sentence_support") == "pass"


@pytest.mark.parametrize(
    ("trace", "detail"),
    [
        pytest.param(grounded("Yes, thanks.", RULE), "no sentence has three content words", id="nothing claimed"),
        pytest.param(says("Return the bike within 30 days."), "nothing was retrieved", id="no documents"),
        pytest.param(
            grounded("Vous pouvez retourner le vélo dans les trente jours suivant la livraison.", RULE),
            "the output is in fr, what was retrieved in en",
            id="another language",
        ),
        pytest.param(grounded('{"a": "Return the bike within 30 days"}', RULE), "the output is JSON", id="JSON"),
    ],
)
def test_support_cannot_be_told(trace: Any, detail: str) -> None:
    assert result(trace, type="sentence_support") == ("not_applicable", detail)
