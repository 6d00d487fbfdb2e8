"""Feedback that is quicker than its trace."""

from __future__ import annotations

from review_app.store import traces, waiting_feedback
from review_app.store.engine import Store
from review_app.store.prepared import prepare
from review_app.store.waiting_feedback import Waiting

from ..builders import NOON, a_trace, after


def test_it_is_due_once_its_trace_is_here_and_old_where_that_never_comes(store: Store) -> None:
    early, lost = Waiting("t-1", "x", "{}"), Waiting("t-9", "y", "{}")
    waiting_feedback.add(store, [early, lost, early], NOON)
    waiting_feedback.add(store, [early], after(hours=1))
    assert waiting_feedback.due(store, 10) == []
    traces.save(store, [prepare(a_trace("t-1"))], NOON)
    assert waiting_feedback.due(store, 10) == [early]
    assert waiting_feedback.older(store, NOON, 10) == []
    assert waiting_feedback.older(store, after(minutes=1), 10) == [early, lost]
    waiting_feedback.forget(store, [early])
    assert waiting_feedback.older(store, after(minutes=1), 10) == [lost]


def test_what_came_first_is_attached_first(store: Store) -> None:
    traces.save(store, [prepare(a_trace("t-1"))], NOON)
    waiting_feedback.add(store, [Waiting("t-1", "a", "2")], after(seconds=1))
    waiting_feedback.add(store, [Waiting("t-1", "b", "1")], NOON)
    assert [one.body for one in waiting_feedback.due(store, 10)] == ["1", "2"]
