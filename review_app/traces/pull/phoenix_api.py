"""Phoenix: traces of a project in the order of time, their spans, and the annotations of both.
https://arize.com/docs/phoenix/sdk-api-reference/rest-api"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from review_app.traces.columns import text_of
from review_app.traces.formats import otel_files
from review_app.traces.formats.otel_record import Pile
from review_app.traces.formats.phoenix import span_record
from review_app.traces.formats.phoenix_annotations import annotation
from review_app.traces.pull.api import Api, NotThere, Params
from review_app.traces.pull.page import Fields, Page, began, listed, read, segment
from review_app.traces.readers import Item
from review_app.traces.trace import Json

_TRACES = 50  # at once; their ids stand in an address
_SPANS = 1000
_IDS = 100


def pages(api: Api, name: str, since: datetime | None, until: datetime) -> Iterator[Page]:
    """Everything of the project `name` that began from `since` to `until`."""
    path = f"/v1/projects/{segment(name)}"
    window = [("start_time", since.isoformat())] if since else []
    window += [("end_time", until.isoformat()), ("sort", "start_time"), ("order", "asc")]
    for traces in _paged(api, f"{path}/traces", [*window, ("limit", _TRACES)]):
        ids = [str(one.get("trace_id")) for one in traces]
        if ids:
            yield Page(items=tuple(_items(api, path, ids)), through=began(traces[-1].get("start_time"), path))
    yield Page(items=(), through=until)


def _items(api: Api, path: str, ids: Sequence[str]) -> Iterator[Item]:
    piles = {trace_id: Pile() for trace_id in ids}
    asked: Params = [*(("trace_id", trace_id) for trace_id in ids), ("limit", _SPANS)]
    spans: list[str] = []
    for page in _paged(api, f"{path}/spans", asked):
        for row in page:
            record = span_record(row)
            if (trace_id := str(record.trace_id)) in piles:
                piles[trace_id].spans.append(record)
                spans.append(str(record.span_id))
    for trace_id, pile in piles.items():
        if pile.spans:
            yield from otel_files.built(Path(path), trace_id, pile)
    yield from _annotations(api, f"{path}/span_annotations", "span_ids", spans)
    yield from _annotations(api, f"{path}/trace_annotations", "trace_ids", ids)


def _annotations(api: Api, path: str, key: str, ids: Sequence[str]) -> Iterator[Item]:
    for start in range(0, len(ids), _IDS):
        some: Params = [*((key, one) for one in ids[start : start + _IDS]), ("limit", _SPANS)]
        try:
            for page in _paged(api, path, some):
                for row in page:
                    yield from read(path, row, lambda one: iter([annotation(one, Path(path), 0)]))
        except NotThere:
            return  # older servers know annotations of spans only


def _paged(api: Api, path: str, params: Params) -> Iterator[list[Fields]]:
    cursor: str | None = None
    while True:
        more: Params = [("cursor", cursor)] if cursor else []
        answer: Json = api.get(path, [*params, *more])
        yield listed(answer, "data", path)
        after = text_of(answer.get("next_cursor"))
        if not after or after == cursor:
            return
        cursor = after
