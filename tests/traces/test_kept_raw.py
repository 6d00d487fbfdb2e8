from __future__ import annotations

from collections import Counter

from review_app.traces.kept_raw import kept_raw
from review_app.traces.trace import Trace


def test_names_are_dotted_and_positions_left_out() -> None:
    spans = [{"name": "a", "attributes": {"n": 1}}, {"name": "b", "attributes": {"n": 2, "empty": None}}]
    trace = Trace(trace_id="t", metadata={"spans": spans, "shop": "de", "tags": ["x", "y"], "none": {}})
    assert kept_raw(trace) == Counter(
        {"spans.name": 2, "spans.attributes.n": 2, "shop": 1, "tags": 1}
    )  # a list of plain values is one thing


def test_what_lies_deep_is_one_thing_of_the_customers_own() -> None:
    deep = {"a": {"b": {"c": {"d": {"e": 1, "f": 2}}}}}
    assert kept_raw(Trace(trace_id="t", metadata=deep)) == Counter({"a.b.c.d": 1})


def test_a_trace_with_nothing_left_over_counts_nothing() -> None:
    assert kept_raw(Trace(trace_id="t", output="x")) == Counter()
