"""What lists are filtered by, and how many traces have it, counted as they are stored."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from review_app.store import trace_kinds, traces
from review_app.store.engine import Store
from review_app.store.prepared import prepare
from review_app.store.schema import MIGRATIONS
from review_app.store.sqlite import Sqlite

from ..builders import NOON, a_trace, keep

# Quotes, commas and emptiness are what a kind's name is made with.
_VALUES = st.sampled_from([None, "", "a", '"', ",", '","', "ü"])


def test_a_kind_is_counted_once_and_left_by_a_trace_that_changes(store: Store) -> None:
    keep(store, [a_trace("a", route="x"), a_trace("b", route="x"), a_trace("c", route=None)])
    keep(store, [a_trace("b", route="y"), a_trace("a", route="x", output="another")])
    assert trace_kinds.traffic(store, "route") == {"x": 1, "y": 1, None: 1}
    assert trace_kinds.choices(store)["route"] == ("x", "y")


def test_what_is_no_production_traffic_is_no_traffic_in_any_version(store: Store) -> None:
    traces.save(store, [prepare(a_trace("a", route="x"))], NOON, outside=True)
    keep(store, [a_trace("a", route="y"), a_trace("b", route="y")])
    assert trace_kinds.traffic(store, "route") == {"y": 1}
    # Both kinds of "y" are found by it.
    assert sum(trace_kinds.matching(store, {"route": ("y",)}).values()) == 2


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.sampled_from("abc"), _VALUES, _VALUES), max_size=6))
def test_the_counts_are_those_of_the_rows(store: Store, rows: list[tuple[str, str | None, str | None]]) -> None:
    keep(store, [a_trace(name, route=route, language=language) for name, route, language in rows])
    stored = store.rows("SELECT route, language FROM trace")
    for by in ("route", "language"):
        assert trace_kinds.traffic(store, by) == dict(Counter(row[by] for row in stored))
    joined = store.rows(
        "SELECT count(*) AS n FROM trace t JOIN trace_kind k ON k.kind = t.kind "
        "AND coalesce(k.route, 'none') = coalesce(t.route, 'none') "
        "AND coalesce(k.language, 'none') = coalesce(t.language, 'none')"
    )
    assert joined[0]["n"] == len(stored)


def test_a_store_from_before_gets_the_kinds_its_traces_would_have_had(store: Store) -> None:
    if not isinstance(store.database, Sqlite):
        pytest.skip("one text on both engines, and the step back is written for one")
    keep(store, [a_trace("a", route='say "x", y'), a_trace("b", route=None, language=None), a_trace("c", route="")])
    before = store.rows("SELECT trace_id, name FROM trace t JOIN trace_kind k ON k.kind = t.kind ORDER BY trace_id")
    (step,) = (sql for sql in MIGRATIONS if "CREATE TABLE trace_kind" in sql)
    with store.write() as write:
        for index in ("trace_kind_recent", "trace_unsearched", "trace_ingested"):
            write.run(f"DROP INDEX {index}")
        for table in ("trace_kind", "row_count", "trace_text_terms"):
            write.run(f"DROP TABLE {table}")
        for column in ("kind", "searched"):
            write.run(f"ALTER TABLE trace DROP COLUMN {column}")
        for statement in step.split(";\n"):
            write.run(statement)
    after = store.rows("SELECT trace_id, name FROM trace t JOIN trace_kind k ON k.kind = t.kind ORDER BY trace_id")
    assert after == before
    assert {row["traces"] for row in store.rows("SELECT traces FROM trace_kind")} == {1}
