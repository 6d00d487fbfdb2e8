"""A reply is read strictly: the last valid object wins, and nothing is guessed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.grading.judges.reply import Answer, objects, read

LABELS = {"good": "pass", "bad": "fail"}


@pytest.mark.parametrize(
    ("text", "status", "label"),
    [
        pytest.param('{"reason": "r", "label": "good"}', "ok", "good", id="plain"),
        pytest.param('```json\n{"label": "bad"}\n```', "ok", "bad", id="in a code block"),
        pytest.param('{"label": "good"} no, wait: {"label": "bad"}', "ok", "bad", id="the last one wins"),
        pytest.param('{"label": "bad"} {"label": "great"}', "ok", "bad", id="the last valid one wins"),
        pytest.param(
            '{"quoted": {"label": "good"}, "label": "bad"}', "ok", "bad", id="one inside another is not asked"
        ),
        pytest.param('{"label": " GOOD "}', "ok", "good", id="case and blanks"),
        pytest.param('{"label": "goodish"}', "unparsable", None, id="nearly"),
        pytest.param('{"label": ["good"]}', "unparsable", None, id="a list"),
        pytest.param('{"label": "good"', "unparsable", None, id="cut"),
        pytest.param("good", "unparsable", None, id="prose"),
        pytest.param("  ", "unparsable", None, id="empty"),
        pytest.param("[" * 5000 + '{"label":' * 3000, "unparsable", None, id="deep"),
    ],
)
def test_reading(text: str, status: str, label: str | None) -> None:
    found = read(Answer(text=text), LABELS)
    assert (found.status, found.label) == (status, label)
    assert (found.reason != "") == (status != "ok" or "reason" in text)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param(Answer(text='{"label": "good"}', finish="length"), "unparsable", id="truncated after a label"),
        pytest.param(Answer(text='{"label": "good"}', finish="content_filter"), "refused", id="filtered"),
        pytest.param(Answer(text="", refusal="I cannot."), "refused", id="refusal"),
    ],
)
def test_an_answer_that_ended_badly_gives_no_label(answer: Answer, status: str) -> None:
    assert read(answer, LABELS).status == status
    assert read(answer, LABELS).label is None


@pytest.mark.parametrize(
    ("said", "kept"), [(0.4, 0.4), (1, 1.0), (7, None), ("high", None), (True, None), (None, None)]
)
def test_a_stated_confidence_must_be_one(said: object, kept: float | None) -> None:
    assert read(Answer(text=json.dumps({"label": "good", "confidence": said})), LABELS).confidence == kept


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = read(Answer(text=text), LABELS)
    assert found.status in ("ok", "unparsable")


@given(st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=8), max_size=3), max_size=4))
def test_objects_in_prose_are_found(given_objects: list[dict[str, object]]) -> None:
    text = " and ".join(json.dumps(one) for one in given_objects)
    assert list(objects(text)) == given_objects
