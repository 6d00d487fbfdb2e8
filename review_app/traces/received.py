"""A span or log record between its arrival and its trace: what is stored of it, and how a trace is made of many."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import orjson

from review_app.traces.columns import text_of
from review_app.traces.faults import odd_number
from review_app.traces.formats.otel_evaluations import response_id as judged_response
from review_app.traces.formats.otel_record import Pile, Record
from review_app.traces.formats.otel_traces import RESPONSE_ID
from review_app.traces.trace import Json

_LOG = "log:"
_IDS = ("traceId", "trace_id", "spanId", "span_id", "parentSpanId", "parent_span_id")
_TIMES = ("startTimeUnixNano", "start_time_unix_nano", "endTimeUnixNano", "end_time_unix_nano",
          "timeUnixNano", "time_unix_nano")  # fmt: skip
_LATEST = 2**63 - 1  # nanoseconds that a store's BIGINT holds: the year 2262
_HEX = frozenset("0123456789abcdef")


class ReceivedRecord(NamedTuple):
    """trace_id: empty where a judge's answer names only `response_id`, the model's response it is about.
    key: the span's id, or `log:` and a hash of the log record. body: JSON text."""

    trace_id: str
    key: str
    response_id: str | None
    body: str


def received(record: Record) -> ReceivedRecord:
    """What is stored of a record. Raises ValueError, saying why, where it cannot be part of a trace."""
    fields = _lowered(record.fields)
    trace_id = _id(fields, ("traceId", "trace_id"), 32)
    for name in _TIMES:
        _check_time(name, fields.get(name))
    response = judged_response(record) if record.is_log else text_of(record.attributes.get(RESPONSE_ID))
    if not trace_id and not (record.is_log and response):
        raise ValueError("a trace id is 32 hexadecimal digits, not all zero")
    body = _body(fields, record)
    if record.is_log:
        key = _log_key(body)
    elif not (key := _id(fields, ("spanId", "span_id"), 16)):
        raise ValueError("a span id is 16 hexadecimal digits, not all zero")
    return ReceivedRecord(trace_id, key, response.replace("\0", "") if response else None, body.decode())


def span_ids(records: Iterable[ReceivedRecord]) -> list[str]:
    """The ids of the spans among them."""
    return [one.key for one in records if not one.key.startswith(_LOG)]


def rekeyed(record: ReceivedRecord) -> ReceivedRecord:
    """A record whose body was changed: a log record is named by its body, and a hash of what stood there would tell of
    it."""
    is_log = record.key.startswith(_LOG)
    return record._replace(key=_log_key(record.body.encode())) if is_log else record


def pile(records: Iterable[ReceivedRecord]) -> Pile:
    """The spans and log records of one trace, as otel_files.built takes them."""
    found = Pile()
    for one in records:
        said = orjson.loads(one.body)
        is_log = one.key.startswith(_LOG)
        record = Record(fields=said["fields"], resource=said["resource"], scope=said["scope"], is_log=is_log)
        (found.logs if is_log else found.spans).append(record)
    return found


def _log_key(body: bytes) -> str:
    return _LOG + sha256(body).hexdigest()[:32]


def _body(fields: dict[str, Json], record: Record) -> bytes:
    said = {"fields": fields, "resource": record.resource, "scope": record.scope}
    if (odd := odd_number(said)) is not None:
        raise ValueError(f"holds the number {str(odd)[:40]}, which no JSON reader keeps; send it as text")
    try:
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS if record.is_log else None)
    except TypeError as fault:
        raise ValueError(f"holds what no JSON can: {fault}") from fault


def _lowered(fields: object) -> dict[str, Json]:
    """The fields with their ids in small letters: exporters may write either, and a trace comes from several."""
    found = dict(fields) if isinstance(fields, dict) else {}
    for name in _IDS:
        if isinstance(written := found.get(name), str):
            found[name] = written.lower()
    return found


def _id(fields: dict[str, Json], names: tuple[str, ...], digits: int) -> str:
    """The id; empty where it is none."""
    written = next((fields[name] for name in names if fields.get(name)), "")
    sound = isinstance(written, str) and len(written) == digits and _HEX.issuperset(written) and written.strip("0")
    return written if sound else ""


def _check_time(name: str, written: Json) -> None:
    try:
        number = int(written or 0)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number <= _LATEST:
        raise ValueError(f"{name} is no time")
