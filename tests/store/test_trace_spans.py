"""Which trace a span is in."""

from __future__ import annotations

from review_app.store import trace_spans
from review_app.store.engine import Store


def test_a_span_finds_its_trace(store: Store) -> None:
    trace_spans.note(store, [("s2", "a"), ("s1", "a"), ("s3", "b")])
    trace_spans.note(store, [("s1", "a"), ("s3", "c")])
    trace_spans.note(store, [])
    assert trace_spans.traces_of(store, ["s1", "s3", "s9"]) == {"s1": "a", "s3": "c"}
    assert trace_spans.traces_of(store, []) == {}


def test_many_spans_are_found_at_once(store: Store) -> None:
    names = [f"s{number}" for number in range(5_003)]
    trace_spans.note(store, [(name, "t") for name in names])
    assert trace_spans.traces_of(store, names) == dict.fromkeys(names, "t")
