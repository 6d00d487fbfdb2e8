"""Langfuse: traces in the order of time, each asked for with its observations and scores; then the traces of scores
that came since. https://api.reference.langfuse.com"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from review_app.errors import BadInput
from review_app.traces.columns import text_of
from review_app.traces.formats.langfuse import record_items
from review_app.traces.pull.api import Api, NotThere, Params
from review_app.traces.pull.page import EPOCH, Page, began, listed, read, segment, whole
from review_app.traces.readers import Item

_TRACES, _SCORES, _OLD_SCORES = "/api/public/traces", "/api/public/v2/scores", "/api/public/scores"
_LIMIT = 50


def pages(api: Api, name: str, since: datetime | None, until: datetime) -> Iterator[Page]:
    """Everything that began from `since` to `until`, and older traces that were scored in between. name: unused, as a
    key is one project's."""
    done: set[str] = set()  # a first pull may be long, and needs no second look
    for ids, through in _by_time(api, since or EPOCH, until):
        done |= ids if since else set()
        yield Page(items=tuple(_traces(api, sorted(ids))), through=through)
    for scored in _scored(api, since, until) if since else ():
        late = scored - done
        done |= late
        if late:
            yield Page(items=tuple(_traces(api, sorted(late))))
    yield Page(items=(), through=until)


def _by_time(api: Api, start: datetime, until: datetime) -> Iterator[tuple[set[str], datetime]]:
    """(ids, the time of the last one). Each page starts at the time the last one ended, not at a page's number: what is
    deleted meanwhile would move others to a page that was read already."""
    number, before, start = 1, set[str](), whole(start)
    while True:
        given: Params = [
            ("fromTimestamp", _iso(start)), ("toTimestamp", _iso(until)), ("orderBy", "timestamp.asc"),
            ("limit", _LIMIT), ("page", number),
        ]  # fmt: skip
        found = [
            (whole(began(one.get("timestamp"), _TRACES)), text_of(one.get("id")) or "")
            for one in listed(api.get(_TRACES, given), "data", _TRACES)
        ]
        times = [at for at, _ in found]
        if times != sorted(times) or (times and times[0] < start):
            raise BadInput("The traces do not come in the order of time.", where=_TRACES, do="Update the server.")
        ids = {trace_id for _, trace_id in found if trace_id}
        if ids - before:
            yield ids - before, times[-1]
        if len(found) < _LIMIT:
            return
        before |= ids
        number = number + 1 if times[-1] == start else 1
        if times[-1] != start:
            before = {trace_id for at, trace_id in found if at == times[-1]}
        start = times[-1]


def _scored(api: Api, since: datetime, until: datetime) -> Iterator[set[str]]:
    """The traces of the scores that were given meanwhile, page by page."""
    path, number = _SCORES, 1
    while True:
        given: Params = [("fromTimestamp", _iso(since)), ("toTimestamp", _iso(until)), ("limit", 100), ("page", number)]
        try:
            found = listed(api.get(path, given), "data", path)
        except NotThere:
            if path == _OLD_SCORES:
                raise
            path = _OLD_SCORES
            continue
        yield {trace_id for one in found if (trace_id := text_of(one.get("traceId")))}
        if len(found) < 100:
            return
        number += 1


def _traces(api: Api, ids: list[str]) -> Iterator[Item]:
    for trace_id in ids:
        # Deleted since it was listed: there is nothing to take.
        with suppress(NotThere):
            found = api.get(f"{_TRACES}/{segment(trace_id)}")
            yield from read(_TRACES, found, lambda record: record_items(record, Path(_TRACES), 0))


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
