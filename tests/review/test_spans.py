"""A marked passage stands where it says, or it is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from review_app.errors import BadConfig
from review_app.review.rubric import Criterion, Label, Rubric
from review_app.review.spans import Span, span_faults, texts, with_span_labels

from ..builders import a_trace

CLAIM = Criterion(
    name="claim", question="Which claims?", kind="span", required=False,
    labels=(Label(value="unsupported"), Label(value="false")), bad=("false",),
)  # fmt: skip
RUBRIC = Rubric(name="spans", criteria=(CLAIM, Criterion(name="send", question="Send?")))
# One emoji before the passage: offsets count code points, so "30 days" starts at 8, not at 9.
OUTPUT = "🫖 Within 30 days [kb-1]."
PLACES = texts(a_trace(output=OUTPUT))
SPAN = Span(criterion="claim", place="output", start=9, stop=16, quote="30 days", label="unsupported")


def test_the_places_are_the_output_and_each_document() -> None:
    assert set(PLACES) == {"output", "document:kb-1"}
    assert texts(a_trace(output=None, documents=())) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "", id="it fits"),
        pytest.param({"place": "document:kb-1", "start": 0, "stop": 4, "quote": "Used"}, "", id="in a document"),
        pytest.param({"start": 10, "stop": 17}, "not at its place", id="counted in UTF-16"),
        pytest.param({"quote": "31 days"}, "not at its place", id="another quote"),
        pytest.param({"stop": 900}, "not at its place", id="beyond the end"),
        pytest.param({"start": -15, "stop": -8}, "not at its place", id="from the end"),
        pytest.param({"start": 9, "stop": 9, "quote": ""}, "not at its place", id="nothing"),
        pytest.param({"place": "document:kb-9"}, "not at its place", id="no such document"),
        pytest.param({"label": "rude"}, "has no label 'rude'", id="no such label"),
        pytest.param({"criterion": "send"}, "no question 'send' that passages", id="no span question"),
    ],
)
def test_faults(changes: dict[str, object], expected: str) -> None:
    found = span_faults([replace(SPAN, **changes)], RUBRIC, PLACES)  # type: ignore[arg-type]
    assert found == [] if not expected else expected in found[0]


@given(some.text(min_size=1, max_size=60), some.data())
def test_any_passage_of_a_text_fits_it(text: str, data: some.DataObject) -> None:
    start = data.draw(some.integers(0, len(text) - 1))
    stop = data.draw(some.integers(start + 1, len(text)))
    span = replace(SPAN, start=start, stop=stop, quote=text[start:stop])
    assert span_faults([span], RUBRIC, {"output": text}) == []


def test_the_answer_of_a_span_question_is_what_its_passages_are_called() -> None:
    spans = [replace(SPAN, label="false"), SPAN, replace(SPAN, label="false")]
    assert with_span_labels({"send": "yes"}, spans, RUBRIC) == {"send": "yes", "claim": "unsupported,false"}
    # What a browser says the answer is does not count; the passages do.
    assert with_span_labels({"claim": "false"}, [], RUBRIC) == {}


def test_a_span_question_needs_labels() -> None:
    with pytest.raises(BadConfig, match="no labels"):
        Criterion(name="claim", question="?", kind="span")
