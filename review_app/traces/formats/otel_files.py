"""Traces out of a file of spans, whichever way its spans were written.

The spans of a trace may lie anywhere in the file. It is read twice: first to note at which record each trace ends,
then to build each trace when that record is passed. Held in memory are one id per trace (some 200 bytes), and the
spans of those traces that have begun and not ended; of these at most MOST_HELD.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from review_app.tables import Reject, Verdict
from review_app.traces.columns import text_of
from review_app.traces.faults import rejected
from review_app.traces.formats.otel_evaluations import is_evaluation, response_id, verdicts
from review_app.traces.formats.otel_record import Pile, Record
from review_app.traces.formats.otel_traces import RESPONSE_ID, trace_of
from review_app.traces.lines import reject
from review_app.traces.trace import Trace

MOST_HELD = 200_000
"""Spans held at once. About 1 GB where each carries 4 kB; a file sorted by time holds a few hundred."""

Records = Callable[[Path], Iterator[Record | Reject]]
Items = Iterator[Trace | Verdict | Reject]


def read(path: Path, records: Records) -> Items:
    """Each trace when its last record was read, followed by the verdicts on it, those too that name no trace but the
    model's response they are about. `records` reads the file's spans and logs, in file order."""
    ends, awaited = _ends(path, records)
    piles, place = _Piles(), 0
    touched: dict[str, None] = {}  # the traces of the record being read
    for record in records(path):
        if isinstance(record, Reject):
            yield record
            continue
        if record.place > place:
            yield from _ended(path, piles, [name for name in touched if ends[name] == place])
            touched.clear()
            place = record.place
        if record.trace_id is None:
            continue
        touched[record.trace_id] = None
        for one in (record, *awaited.about(record)):
            if lost := piles.put(record.trace_id, one):
                reason = f"trace {lost} goes on more than {MOST_HELD} spans later; sort the file by trace"
                yield reject(path, record.line, "traceId", reason)
    yield from _ended(path, piles, list(touched))
    for stray in awaited.left():
        yield reject(path, stray.line, "traceId", "is missing", stray.raw)


def built(path: Path, name: str, pile: Pile) -> Items:
    """The trace `name` out of its spans, and the verdicts on it."""
    if pile.spans:
        first = pile.spans[0]
        try:
            yield trace_of(name, pile)
        except (ValueError, TypeError, AttributeError, OverflowError) as fault:
            yield rejected(path, first.line, fault, first.raw)
            return
    else:
        for log in pile.logs:
            if not is_evaluation(log):
                yield reject(path, log.line, "traceId", "a log record of a trace that has no span here", log.raw)
    yield from verdicts(path, name, pile)


def _ended(path: Path, piles: _Piles, names: list[str]) -> Items:
    for name in names:
        yield from built(path, name, piles.take(name))


def _ends(path: Path, records: Records) -> tuple[dict[str, int], _Awaited]:
    """(trace -> the record it ends in, the judges' answers that name no trace)."""
    ends: dict[str, int] = {}
    awaited = _Awaited()
    for record in records(path):
        if isinstance(record, Reject):
            continue
        if record.trace_id is None:
            awaited.wait_for(record)
        else:
            ends[record.trace_id] = record.place
    return ends, awaited


class _Awaited:
    """The conventions let a verdict name the model's response instead of a trace: the log records that wait for a
    record of a trace with that response."""

    def __init__(self) -> None:
        self._logs: dict[str, list[Record]] = {}

    def wait_for(self, log: Record) -> None:
        self._logs.setdefault(response_id(log) or "", []).append(log)

    def about(self, record: Record) -> list[Record]:
        """The log records on the response that this record names, once."""
        response = text_of(record.attributes.get(RESPONSE_ID)) if self._logs else None
        return self._logs.pop(response, []) if response else []

    def left(self) -> list[Record]:
        """Those whose response nobody gave."""
        return [log for logs in self._logs.values() for log in logs]


class _Piles:
    """The traces that have begun and not ended."""

    def __init__(self) -> None:
        self._open: dict[str, Pile] = {}
        self._given_up: set[str] = set()
        self._held = 0

    def put(self, name: str, record: Record) -> str | None:
        """Keep a record of the trace `name`; the id of the oldest trace when it had to be given up for it."""
        if name in self._given_up:
            return None
        pile = self._open.setdefault(name, Pile())
        (pile.logs if record.is_log else pile.spans).append(record)
        self._held += 1
        if self._held <= MOST_HELD:
            return None
        oldest = next(iter(self._open))
        self._given_up.add(oldest)
        self.take(oldest)
        return oldest

    def take(self, name: str) -> Pile:
        """What there is of a trace, which is then forgotten; nothing when it was given up."""
        pile = self._open.pop(name, Pile())
        self._held -= len(pile.spans) + len(pile.logs)
        return pile
