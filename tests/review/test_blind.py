"""What reaches a reviewer before they answer."""

from __future__ import annotations

from dataclasses import fields

import pytest

from review_app.review.blind import BlindItem, BlindTrace, Desk, blind
from review_app.traces.trace import Document, Feedback, Trace

from ..builders import a_trace

OPINIONS = ("verdict", "flag", "result", "score", "stratum", "reason", "judge", "feedback", "metadata", "tag", "model")


@pytest.mark.parametrize("kind", [BlindTrace, BlindItem, Desk])
def test_there_is_no_field_for_an_opinion(kind: type) -> None:
    names = [field.name for field in fields(kind)]
    assert [name for name in names if any(word in name for word in OPINIONS)] == []


def test_nothing_the_customer_or_a_machine_thought_comes_through() -> None:
    trace = a_trace(
        model="secret-model",
        user_feedback=Feedback(rating=-1, comment="secret-thumb"),
        correction="secret-correction",
        tags=("secret-tag",),
        metadata={"judge": "secret-metadata"},
        documents=(Document(id="kb-1", text="x", score=0.123, metadata={"note": "secret-document"}),),
    )
    shown = repr(blind(trace))
    assert "secret" not in shown
    assert "0.123" not in shown


@pytest.mark.parametrize(
    ("output", "cited"),
    [
        ("Within 30 days [kb-1].", {"kb-1"}),
        ("See [kb-1, kb-2] and [kb-9].", {"kb-1", "kb-2"}),
        ("See 【kb-2】; [not an id].", {"kb-2"}),
        ("Nothing cited.", set()),
        (None, set()),
    ],
)
def test_cited_documents(output: str | None, cited: set[str]) -> None:
    documents = (Document(id="kb-1"), Document(id="kb-2"))
    assert blind(Trace(trace_id="t", output=output, documents=documents)).cited == cited
