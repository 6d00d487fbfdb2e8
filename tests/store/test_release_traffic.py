"""The traffic up to a golden release, and since."""

from __future__ import annotations

from pathlib import Path

from review_app.golden.release import Release
from review_app.store import golden, traces
from review_app.store.engine import Store
from review_app.store.prepared import prepare

from ..builders import NOON, a_trace, keep


def released(store: Store, number: int) -> None:
    made = Release(
        number=number, path=Path("r.jsonl"), content_hash=f"v1:{number}", examples=1, released_by="lea", at=NOON
    )
    golden.record_release(store, made.number, lambda: made)


def test_each_release_has_its_own_before_and_since(store: Store) -> None:
    keep(store, [a_trace("a", route="x"), a_trace("b", route="x"), a_trace("c", route=None)])
    released(store, 1)
    keep(store, [a_trace("d", route="x"), a_trace("e", route="new"), a_trace("f", route=None)])
    released(store, 2)
    assert golden.traffic_since(store, 1, "route") == ({"x": 2, None: 1}, {"x": 1, "new": 1, None: 1})
    assert golden.traffic_since(store, 2, "route") == ({"x": 3, "new": 1, None: 2}, {})


def test_a_trace_that_changed_its_route_is_not_counted_as_less_than_none(store: Store) -> None:
    keep(store, [a_trace("a", route="x")])
    released(store, 1)
    keep(store, [a_trace("a", route="y")])
    assert golden.traffic_since(store, 1, "route") == ({"x": 1}, {"y": 1})


def test_what_is_no_production_traffic_is_on_neither_side(store: Store) -> None:
    traces.save(store, [prepare(a_trace("a", route="x"))], NOON, outside=True)
    released(store, 1)
    traces.save(store, [prepare(a_trace("b", route="x"))], NOON, outside=True)
    assert golden.traffic_since(store, 1, "route") == ({}, {})
