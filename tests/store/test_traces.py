"""Saved by id; a changed one gets a version beside the old."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from review_app import tables
from review_app.errors import BadInput
from review_app.store import traces
from review_app.store.engine import Store
from review_app.store.traces import Saved
from review_app.traces.trace import Feedback, ToolCall

from ..builders import NOON, a_trace, keep
from .rows import count


def test_new_same_and_changed_are_told_apart(store: Store) -> None:
    assert keep(store, [a_trace("a"), a_trace("b")]) == Saved(new=2)
    changed = replace(a_trace("b"), output="No.")
    assert keep(store, [a_trace("a"), changed, a_trace("c")]) == Saved(new=1, same=1, changed=1)
    assert count(store, "trace") == 3
    assert count(store, "trace_body") == 4  # a, b, b again, c


def test_the_old_version_stays_readable(store: Store) -> None:
    keep(store, [a_trace("a", output="old")])
    keep(store, [a_trace("a", output="new")])
    assert [traces.body(store, "a", version).output for version in (1, 2, None)] == ["old", "new", "new"]


def test_twice_in_one_batch_counts_as_same(store: Store) -> None:
    assert keep(store, [a_trace("a"), a_trace("a")]) == Saved(new=1, same=1)


def test_changed_twice_in_one_batch_keeps_both(store: Store) -> None:
    batch = [a_trace("a"), a_trace("a", output="x"), a_trace("a", output="y")]
    assert keep(store, batch) == Saved(new=1, changed=2)
    assert traces.body(store, "a").output == "y"


def test_an_empty_batch_is_fine(store: Store) -> None:
    assert keep(store, []) == Saved()


def test_a_trace_comes_back_as_it_went_in(store: Store) -> None:
    trace = a_trace("ü/\N{COFFIN}", output="a\u202eb", user_feedback=Feedback(rating=-1, comment="no"))
    keep(store, [trace])
    assert traces.body(store, trace.trace_id) == trace


def test_the_frame_has_its_columns_and_no_text(store: Store) -> None:
    keep(store, [a_trace("a", tags=("x", "y"), at=None), a_trace("b")])
    frame = traces.frame(store)
    assert tuple(frame.columns) == tables.TRACES
    first, second = frame.to_dict("records")
    assert (first["tags"], first["n_turns"], first["n_documents"], first["n_tools"]) == ("x,y", 1, 1, 1)
    assert pd.isna(first["at"])
    assert second["at"] == pd.Timestamp(NOON)


def test_an_empty_store_gives_an_empty_frame(store: Store) -> None:
    assert tuple(traces.frame(store).columns) == tables.TRACES


def test_an_unknown_trace_is_named(store: Store) -> None:
    with pytest.raises(BadInput, match="'nope'"):
        traces.body(store, "nope")


def test_each_walks_everything_in_batches(store: Store) -> None:
    keep(store, [a_trace(f"t{number}") for number in range(7)])
    batches = list(traces.each(store, batch=3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert {trace.trace_id for batch in batches for trace, _ in batch} == {f"t{number}" for number in range(7)}


def test_tools_of_traces_stored_before_their_names_were(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = (ToolCall(name="pay"), ToolCall(name="find"), ToolCall(name="pay"))
    keep(store, [a_trace("a", tool_calls=calls), a_trace("b", tool_calls=()), a_trace("c")])
    assert traces.fill_tools(store) == 0
    with store.write() as write:
        write.run("UPDATE trace SET tools = NULL")
    assert traces.frame(store)["tools"].isna().all()
    keep(store, [a_trace("c", tool_calls=())])  # another version: known again
    monkeypatch.setattr(traces, "TOOLS_BATCH", 1)
    told: list[int] = []
    assert traces.fill_tools(store, told.append) == 2
    assert told == [1, 2]
    assert traces.frame(store)["tools"].tolist() == ["find,pay", "", ""]
