"""A judge in one version answers once."""

from __future__ import annotations

from review_app import tables
from review_app.store import verdicts
from review_app.store.engine import Store

from ..builders import NOON, a_trace, a_verdict, keep


def test_new_same_and_conflict(store: Store) -> None:
    keep(store, [a_trace("t-1"), a_trace("t-2")])
    first = verdicts.save(store, [a_verdict("t-1"), a_verdict("t-2", None, status="refused")])
    assert (first.new, first.same, first.conflicts) == (2, 0, ())
    other = a_verdict("t-1", "fail")
    again = verdicts.save(store, [a_verdict("t-1"), other, a_verdict("t-1", "fail", judge_version="2")])
    assert (again.new, again.same, again.conflicts) == (1, 1, (other,))
    assert verdicts.of_trace(store, "t-1")[0].label == "pass"


def test_a_distribution_comes_back(store: Store) -> None:
    keep(store, [a_trace("t-1")])
    given = a_verdict("t-1", "fail", score=0.3, label_probabilities={"pass": 0.3, "fail": 0.7}, at=NOON)
    verdicts.save(store, [given])
    assert verdicts.of_trace(store, "t-1") == (given,)
    assert tuple(verdicts.frame(store).columns) == tables.VERDICTS


def test_what_a_tool_notes_besides_comes_back_and_is_no_other_answer(store: Store) -> None:
    keep(store, [a_trace("t-1")])
    given = a_verdict("t-1", "fail", beside={"id": "s-1", "updatedAt": "2026-09-01"})
    verdicts.save(store, [given])
    again = verdicts.save(store, [a_verdict("t-1", "fail", beside={"id": "s-1", "updatedAt": "2026-09-02"})])
    assert (again.new, again.same, again.conflicts) == (0, 1, ())
    assert verdicts.of_trace(store, "t-1") == (given,)
