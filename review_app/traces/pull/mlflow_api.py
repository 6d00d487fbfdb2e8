"""MLflow: the traces of an experiment in the order of time, with their assessments, then their spans.
https://mlflow.org/docs/latest/api_reference/rest-api.html"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from review_app.errors import BadInput
from review_app.traces.columns import text_of
from review_app.traces.formats.mlflow import record_items
from review_app.traces.formats.otel_attributes import attributes_in
from review_app.traces.pull.api import Api, NotThere
from review_app.traces.pull.page import EPOCH, Fields, Page, began, listed, read
from review_app.traces.readers import Item
from review_app.traces.trace import Json

_SEARCH, _BATCH = "/api/3.0/mlflow/traces/search", "/api/3.0/mlflow/traces/batchGet"
_BY_NAME = "/api/2.0/mlflow/experiments/get-by-name"
_ARTIFACT = "/ajax-api/2.0/mlflow/get-trace-artifact"
_TRACES = 50


def pages(api: Api, name: str, since: datetime | None, until: datetime) -> Iterator[Page]:
    """Everything of the experiment `name` that began from `since` to `until`."""
    where = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": _experiment(api, name)}}
    asked: dict[str, Json] = {
        "locations": [where],
        "filter": f"timestamp_ms >= {_milliseconds(since or EPOCH)} AND timestamp_ms < {_milliseconds(until)}",
        "order_by": ["timestamp_ms ASC"],
        "max_results": _TRACES,
    }
    while True:
        answer = api.post(_SEARCH, asked)
        # An empty list is left out of the answer.
        infos = listed(answer if "traces" in answer else {"traces": []}, "traces", _SEARCH)
        if infos:
            last = infos[-1].get("request_time") or infos[-1].get("timestamp_ms")
            yield Page(items=tuple(_items(api, infos)), through=began(last, _SEARCH))
        token = text_of(answer.get("next_page_token"))
        if not token or token == asked.get("page_token"):
            break
        asked["page_token"] = token
    yield Page(items=(), through=until)


def _experiment(api: Api, name: str) -> str:
    found = api.get(_BY_NAME, [("experiment_name", name)])
    held = found.get("experiment") if isinstance(found, Mapping) else None
    number = text_of(held.get("experiment_id")) if isinstance(held, Mapping) else None
    if number is None:
        raise BadInput(f"There is no experiment {name!r}.", where=_BY_NAME, do="Name one with --name.")
    return number


def _items(api: Api, infos: Sequence[Fields]) -> Iterator[Item]:
    named = {text_of(info.get("trace_id") or info.get("request_id")) or "": info for info in infos}
    spans = _spans(api, [trace_id for trace_id in named if trace_id])
    for trace_id, info in named.items():
        if trace_id and trace_id not in spans:
            spans[trace_id] = _artifact(api, trace_id)
        record = {"info": info, "data": {"spans": spans.get(trace_id, [])}}
        yield from read(_SEARCH, record, lambda one: record_items(one, Path(_SEARCH), 0))


def _spans(api: Api, ids: Sequence[str]) -> dict[str, list[Json]]:
    """Trace id -> its spans, for those whose spans the server has in its database; empty where it cannot do that."""
    try:
        answer = api.get(_BATCH, [("trace_ids", one) for one in ids]) if ids else {}
    except BadInput:
        return {}
    found: dict[str, list[Json]] = {}
    for one in answer.get("traces") or [] if isinstance(answer, Mapping) else []:
        info, spans = (one.get("trace_info"), one.get("spans")) if isinstance(one, Mapping) else (None, None)
        if isinstance(info, Mapping) and isinstance(spans, list):
            found[text_of(info.get("trace_id")) or ""] = [_as_exported(span) for span in spans]
    return found


def _artifact(api: Api, trace_id: str) -> list[Json]:
    """The spans of a trace where they are kept as a file; none where there is none."""
    try:
        answer = api.get(_ARTIFACT, [("request_id", trace_id)])
    except NotThere:
        return []
    spans = answer.get("spans") if isinstance(answer, Mapping) else None
    return spans if isinstance(spans, list) else []


def _as_exported(span: Json) -> Json:
    """A span of the API as one of `Trace.to_json`, which has attributes as an object."""
    return span | {"attributes": attributes_in(span.get("attributes"))} if isinstance(span, dict) else span


def _milliseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
