"""The thread that writes: in order, together, and without losing what had to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from pathlib import Path

import pytest

from review_app.actions import receiving
from review_app.actions.receiving import SpanWriter
from review_app.store.engine import Store
from review_app.traces.received import ReceivedRecord

from ..store.rows import count


def records(name: str, n: int = 1) -> list[ReceivedRecord]:
    return [ReceivedRecord(name, f"{number}", None, "{}") for number in range(n)]


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """The store, held by somebody else while the block runs."""
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with store.write():
            held.set()
            free.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    yield
    free.set()
    holder.join()


@pytest.fixture
def writer(store: Store) -> Iterator[SpanWriter]:
    found = SpanWriter(lambda: store)
    yield found
    found.close()


def test_done_means_on_disk(store: Store, tmp_path: Path, writer: SpanWriter) -> None:
    done = writer.offer(b"1", records("a", 3))
    assert done
    done.result(10)
    assert count(Store(tmp_path / "review.db"), "received_span") == 3


def test_what_waits_for_a_locked_store_is_written_afterwards(store: Store, writer: SpanWriter) -> None:
    with locked(store):
        offered = [writer.offer(bytes([number]), records(f"t-{number}", 10)) for number in range(20)]
        time.sleep(0.2)
        assert all(done and not done.done() for done in offered)
    assert not wait([done for done in offered if done], 10).not_done
    assert count(store, "received_span") == 200


def test_the_same_request_again_waits_for_the_first(store: Store, writer: SpanWriter) -> None:
    with locked(store):
        first = writer.offer(b"1", records("a"))
        assert writer.offer(b"1", records("a")) is first
    assert first
    first.result(10)
    assert writer.offer(b"1", records("a")) is not first


def test_too_much_is_turned_away(store: Store, writer: SpanWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_WAITING", 10)
    with locked(store):
        assert writer.offer(b"1", records("a", 20))  # alone it is taken, however large
        assert writer.offer(b"2", records("b")) is None
    writer.close()
    assert writer.offer(b"3", records("c")) is None
    assert count(store, "received_span") == 20


def test_a_failure_is_told_to_those_who_wait_and_the_next_goes_on(store: Store) -> None:
    faults = iter([OSError("disk full")])

    def opened() -> Store:
        for fault in faults:
            raise fault
        return store

    writer = SpanWriter(opened)
    broken = writer.offer(b"1", records("a"))
    assert broken
    with pytest.raises(OSError, match="disk full"):
        broken.result(10)
    again = writer.offer(b"1", records("a"))
    assert again
    again.result(10)
    writer.close()
    assert count(store, "received_span") == 1
