"""Spans on their way into the store: one thread writes what many requests brought, and says when it is on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime

from review_app.store import spans
from review_app.store.engine import Store
from review_app.traces.received import ReceivedRecord

MOST_WAITING = 64 * 1024 * 1024
"""Characters of records that may wait for the store; beyond it a sender is told to come again."""
# Of one transaction: large enough to share one flush to disk, small enough that a reviewer's answer is not held up.
MOST_AT_ONCE = 4_000


@dataclass(frozen=True, eq=False)
class _Waiting:
    """What one request brought. `done` is resolved once it is committed, or has failed."""

    records: Sequence[ReceivedRecord]
    size: int
    done: Future[None] = field(default_factory=Future)


class SpanWriter:
    """Stores records in the order they came in, those of several requests in one transaction.

    A store that is locked fills the waiting room and loses nothing: what waits is written when the lock is gone, even
    where its sender was told to come again meanwhile. One that does come again waits for what it sent before."""

    def __init__(self, store: Callable[[], Store], clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`store` is called when there is something to write first."""
        self._store, self._clock = store, clock
        self._waiting: dict[bytes, _Waiting] = {}
        self._size = 0
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="span-writer", daemon=True)
        self._thread.start()

    def offer(self, digest: bytes, records: Sequence[ReceivedRecord]) -> Future[None] | None:
        """A future that is done when the records are on disk, and carries what went wrong; None where too much waits.

        digest: what tells this request from another."""
        with self._changed:
            if same := self._waiting.get(digest):
                return same.done
            size = sum(len(record.body) for record in records)
            if self._closing or (self._waiting and self._size + size > MOST_WAITING):
                return None
            self._waiting[digest] = waiting = _Waiting(records, size)
            self._size += size
            self._changed.notify()
            return waiting.done

    def close(self, seconds: float = 10) -> None:
        """Take nothing more, and wait until what is there is written."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        while batch := self._next():
            fault: Exception | None = None
            try:
                records = [record for one in batch.values() for record in one.records]
                spans.save(self._store(), records, self._clock())
            except Exception as raised:  # noqa: BLE001  whatever it is, those who wait must hear of it
                fault = raised
            with self._changed:
                for digest, one in batch.items():
                    del self._waiting[digest]
                    self._size -= one.size
            for one in batch.values():
                one.done.set_exception(fault) if fault else one.done.set_result(None)

    def _next(self) -> dict[bytes, _Waiting]:
        """What came first, up to MOST_AT_ONCE records; they go on waiting. Empty when it is time to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            batch: dict[bytes, _Waiting] = {}
            count = 0
            for digest, one in self._waiting.items():
                if batch and count + len(one.records) > MOST_AT_ONCE:
                    break
                batch[digest] = one
                count += len(one.records)
            return batch
