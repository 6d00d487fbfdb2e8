from __future__ import annotations

import pytest

from review_app.traces.retrieved import documents_in
from review_app.traces.trace import Document, Json, Trace, from_values

PASSAGE = {"page_content": "Loans last 21 days.", "metadata": {"source": "p.md", "title": "Loans", "doc_uri": "p#2"}}


@pytest.mark.parametrize(
    ("gave", "expected"),
    [
        pytest.param([PASSAGE], ("p#2", "Loans last 21 days.", "p.md", None), id="langchain"),
        pytest.param(
            {"documents": [PASSAGE | {"id": "7", "score": 0.5}]}, ("7", "Loans last 21 days.", "p.md", 0.5), id="inside"
        ),
        pytest.param('[{"text": "x", "metadata": {"score": 1}}]', ("1", "x", None, 1.0), id="json text"),
        pytest.param(["plain"], ("1", "plain", None, None), id="plain text"),
        pytest.param([{"content": "x", "score": True}], ("1", "x", None, None), id="a truth value is no score"),
    ],
)  # fmt: skip
def test_a_passage_in_every_shape(gave: Json, expected: tuple[object, ...]) -> None:
    (found,) = _documents(gave)
    assert (found.id, found.text, found.source, found.score) == expected


def test_what_a_passage_says_besides_is_in_its_metadata() -> None:
    (found,) = _documents([PASSAGE | {"chunk": 3}])
    assert found.metadata == {"source": "p.md", "title": "Loans", "doc_uri": "p#2", "chunk": 3}
    assert found.title == "Loans"


@pytest.mark.parametrize("gave", [None, "", "text", 7, {}, {"documents": "x"}, [None], [{"metadata": 3}]])
def test_what_is_no_list_of_passages_breaks_nothing(gave: Json) -> None:
    assert all(not document.text for document in _documents(gave))


def _documents(gave: Json) -> tuple[Document, ...]:
    trace: Trace = from_values({"trace_id": "t", "documents": documents_in(gave)})
    return trace.documents
