"""Results of checks, on both engines."""

from __future__ import annotations

import pytest

from review_app.store import results, traces
from review_app.store.engine import Row, Store
from review_app.store.prepared import prepare

from ..builders import a_trace, after, keep

VERSIONS = {"a": "1", "b": "1"}


@pytest.fixture
def filled(store: Store) -> Store:
    keep(store, [a_trace(f"t-{n}") for n in range(5)])
    return store


def row(trace_id: str, check: str, status: str = "pass", version: str = "1", trace_version: int = 1) -> Row:
    return {
        "trace_id": trace_id, "trace_version": trace_version, "check": check, "check_version": version,
        "status": status, "detail": f"{status} of {check}", "at": 0,
    }  # fmt: skip


def waiting(store: Store, versions: dict[str, str] = VERSIONS, retry: bool = False) -> dict[str, list[str]]:
    found = [one for _, batch in results.due(store, versions, retry, batch=2) for one in batch]
    return {one.trace.trace_id: one.checks for one in found}


def test_only_what_has_no_result_is_due(filled: Store) -> None:
    assert waiting(filled) == {f"t-{n}": ["a", "b"] for n in range(5)}
    results.save(filled, [row(f"t-{n}", "a") for n in range(5)] + [row("t-2", "b")])
    assert waiting(filled) == {f"t-{n}": ["b"] for n in (0, 1, 3, 4)}
    # Another version of the check, or of the trace.
    assert waiting(filled, {"a": "2"}) == {f"t-{n}": ["a"] for n in range(5)}
    traces.save(filled, [prepare(a_trace("t-2", output="changed"))], after(hours=1))
    assert waiting(filled)["t-2"] == ["a", "b"]
    results.save(filled, [row("t-2", "a", trace_version=2)])
    assert waiting(filled)["t-2"] == ["b"]


def test_every_trace_is_looked_at_once(filled: Store) -> None:
    assert [looked for looked, _ in results.due(filled, VERSIONS, batch=2)] == [2, 2, 1]


def test_an_error_may_be_run_again_and_nothing_else_is_replaced(filled: Store) -> None:
    results.save(filled, [row("t-0", "a", "error"), row("t-1", "a", "fail")])
    assert "a" not in waiting(filled)["t-0"]
    assert waiting(filled, retry=True)["t-0"] == ["a", "b"]
    assert waiting(filled, retry=True)["t-1"] == ["b"]
    results.save(filled, [row("t-0", "a", "pass"), row("t-1", "a", "pass")])
    assert results.counts(filled, VERSIONS) == {("a", "pass"): 1, ("a", "fail"): 1}


def test_counts_and_lists_are_of_current_traces_and_checks_in_force(filled: Store) -> None:
    results.save(filled, [row("t-0", "a", "fail"), row("t-1", "a", "fail"), row("t-1", "a", "fail", version="0")])
    results.save(filled, [row("t-1", "gone", "fail")])
    assert results.counts(filled, VERSIONS) == {("a", "fail"): 2}
    traces.save(filled, [prepare(a_trace("t-0", output="changed"))], after(hours=1))
    assert results.counts(filled, VERSIONS) == {("a", "fail"): 1}
    assert results.with_status(filled, "a", "1", "fail") == [{"trace_id": "t-1", "detail": "fail of a"}]
    assert results.with_status(filled, "a", "1", "error") == []
