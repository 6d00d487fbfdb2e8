"""Received spans: stored once, and waiting until their trace is made."""

from __future__ import annotations

import pytest

from review_app.store import spans
from review_app.store.engine import Store
from review_app.store.spans import Settled
from review_app.traces.received import ReceivedRecord

from ..builders import NOON, after
from .rows import count


def record(trace_id: str = "t", key: str = "s", response_id: str | None = None, body: str = "{}") -> ReceivedRecord:
    return ReceivedRecord(trace_id, key, response_id, body)


def of_trace(store: Store, trace_id: str) -> list[ReceivedRecord]:
    ((_, found),) = spans.of_traces(store, [Settled(trace_id, 1)])
    return found


def test_the_same_span_twice_is_one(store: Store) -> None:
    spans.save(store, [record(), record(), record(key="s2")], NOON)
    spans.save(store, [record(body='{"more": 1}')], NOON)
    assert count(store, "received_span") == 2
    assert [one.body for one in of_trace(store, "t")] == ['{"more": 1}', "{}"]


def test_a_trace_settles_once_nothing_comes_for_it(store: Store) -> None:
    spans.save(store, [record("a"), record("b")], NOON)
    spans.save(store, [record("b", "late")], after(seconds=20))
    assert spans.settled(store, after(seconds=19), 10) == [Settled("a", 1)]
    assert spans.settled(store, after(seconds=20), 10) == [Settled("a", 1), Settled("b", 2)]
    assert spans.settled(store, after(seconds=20), 1) == [Settled("a", 1)]


def test_a_span_that_comes_while_its_trace_is_made_keeps_it_waiting(store: Store) -> None:
    spans.save(store, [record("a"), record("b")], NOON)
    read = spans.settled(store, NOON, 10)
    spans.save(store, [record("b", "late")], after(seconds=1))
    spans.joined(store, read)
    assert spans.settled(store, after(hours=1), 10) == [Settled("b", 2)]


def test_an_answer_about_a_response_finds_the_trace_of_it(store: Store) -> None:
    spans.save(store, [record("a", response_id="r-1"), record("b", response_id="r-2")], NOON)
    spans.joined(store, spans.settled(store, NOON, 10))
    spans.save(store, [record("", "log:1", "r-1"), record("", "log:2", "r-9")], after(seconds=5))
    assert spans.settled(store, after(seconds=5), 10) == [Settled("a", 2)]
    assert [one.key for one in of_trace(store, "a")] == ["s", "log:1"]
    assert [one.key for one in of_trace(store, "b")] == ["s"]


@pytest.mark.parametrize("together", [1, 3, 2_000])
def test_the_spans_of_many_traces_come_together_as_they_would_alone(
    store: Store, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["c", "a", "b"]
    for name in names:
        spans.save(store, [record(name, f"s-{place}", f"r-{name}") for place in (2, 1)], NOON)
    said = [record("", "log:2", "r-a"), record("", "log:1", "r-b"), record("", "log:3", "r-a"), record("", "x", "r-9")]
    spans.save(store, said, NOON)
    monkeypatch.setattr(spans, "_TOGETHER", together)
    found = list(spans.of_traces(store, [Settled(name, 2) for name in names]))
    assert [one.trace_id for one, _ in found] == names
    assert {one.trace_id: [record.key for record in records] for one, records in found} == {
        "a": ["s-1", "s-2", "log:2", "log:3"], "b": ["s-1", "s-2", "log:1"], "c": ["s-1", "s-2"],
    }  # fmt: skip
    assert all(records == of_trace(store, one.trace_id) for one, records in found)


def test_spans_go_once_their_trace_is_made_and_long_past(store: Store) -> None:
    spans.save(store, [record("made"), record("waiting"), record("new")], NOON)
    spans.save(store, [record("new", "s2")], after(hours=2))
    spans.joined(store, [Settled("made", 1), Settled("new", 2)])
    assert spans.prune(store, NOON, after(hours=3), 10) == 0
    assert spans.prune(store, after(hours=1), after(hours=3), 10) == 1
    assert spans.prune(store, after(hours=1), after(hours=3), 10) == 0
    assert [len(of_trace(store, name)) for name in ("made", "waiting", "new")] == [0, 1, 2]


def test_a_late_span_of_a_pruned_trace_is_known_as_one_and_goes_with_it(store: Store) -> None:
    spans.save(store, [record("a")], NOON)
    spans.joined(store, [Settled("a", 1)])
    spans.prune(store, after(hours=1), after(hours=2), 10)
    spans.save(store, [record("a", "late")], after(hours=3))
    found = spans.settled(store, after(hours=3), 10)
    assert found == [Settled("a", 2, pruned=True)]
    # Something more came while it was read: nothing is deleted yet.
    spans.save(store, [record("a", "later")], after(hours=3))
    spans.joined(store, found)
    assert len(of_trace(store, "a")) == 2
    spans.joined(store, spans.settled(store, after(hours=3), 10))
    assert of_trace(store, "a") == []


def test_old_answers_about_a_response_say_whether_it_came(store: Store) -> None:
    spans.save(store, [record("a", response_id="r-1"), record("", "log:1", "r-1"), record("", "log:2", "r-9")], NOON)
    assert spans.old_strays(store, NOON, 10) == []
    found = spans.old_strays(store, after(seconds=1), 10)
    assert [(one.response_id, one.known) for one in found] == [("r-1", True), ("r-9", False)]
    spans.forget_strays(store, found)
    assert spans.old_strays(store, after(seconds=1), 10) == []
    assert len(of_trace(store, "a")) == 1


def test_the_key_of_placeholders_stays(store: Store) -> None:
    assert len(spans.placeholder_key(store)) == 32
    assert spans.placeholder_key(store) == spans.placeholder_key(store)
