"""An OTLP/HTTP request as bytes, and the answer to it: https://opentelemetry.io/docs/specs/otlp/#otlphttp.

Whatever a request holds, it costs at most MOST_INFLATED bytes to unpack, and a bad record costs itself alone.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import orjson
from pydantic_core import from_json

from review_app.traces.formats import otlp_json, otlp_protobuf
from review_app.traces.formats.otel_record import Record
from review_app.traces.received import ReceivedRecord, received
from review_app.traces.trace import Json

PROTOBUF, JSON = "application/x-protobuf", "application/json"
MOST_WIRE = 16 * 1024 * 1024
"""The largest body as it comes over the wire, in bytes."""
MOST_INFLATED = otlp_protobuf.LARGEST
"""The largest body once it is unpacked, in bytes."""
MOST_RECORDS = 50_000
"""Spans or log records taken of one request; exporters send 512 or 8,192."""

MOST_PARTS = 2 * otlp_protobuf.MOST_PARTS
"""Objects and arrays in one JSON request, which writes each value as an object of its own."""
_MOST_MEMBERS = 100  # a gzip body may be several in a row; each costs a copy of what follows it
_PIECE = 1024 * 1024  # bytes
_WINDOW = {"gzip": 31, "deflate": 15}  # zlib's wbits
_CODES = {400: 3, 401: 16, 403: 7, 408: 4, 413: 8, 415: 3, 503: 14}  # HTTP status -> google.rpc.Code

Signal = Literal["traces", "logs"]


class Refused(Exception):
    """The request as a whole is not taken: `status` is the answer's HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """rejected: how many records were not taken; reason: why the first of them was not."""

    records: tuple[ReceivedRecord, ...]
    rejected: int = 0
    reason: str = ""


def inflated(wire: bytes, encoding: str, most: int = MOST_INFLATED) -> bytes:
    """The body unpacked. Raises Refused for an unknown encoding (415), a damaged body (400), and a body that would
    be longer than `most` bytes (413), of which no more than that is ever unpacked."""
    if encoding in ("", "identity"):
        return wire
    if encoding not in _WINDOW:
        raise Refused(415, f"Content-Encoding {encoding[:40]!r} is not known here; use gzip, deflate or none")
    pieces: list[bytes] = []
    room = most
    try:
        for piece in _unpacked(wire, encoding):
            room -= len(piece)
            if room < 0:
                raise Refused(413, f"the body unpacks to more than {most} bytes; send smaller batches")
            pieces.append(piece)
    except zlib.error as fault:
        raise Refused(400, f"the {encoding} body is damaged: {fault}") from fault
    return b"".join(pieces)


def decoded(body: bytes, content_type: str, signal: Signal) -> Decoded:
    """The records of a request. Raises Refused (400) where the body is no such request, and BadInput where protobuf
    came and the extra `otlp` is not installed."""
    records: list[ReceivedRecord] = []
    rejected, reason = 0, ""
    for record in _records(body, content_type):
        try:
            if len(records) == MOST_RECORDS:
                raise ValueError(f"more than {MOST_RECORDS} records in one request; send smaller batches")
            if record.is_log != (signal == "logs"):
                raise ValueError(f"/v1/{signal} takes {'log records' if signal == 'logs' else 'spans'} only")
            records.append(received(record))
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as fault:
            rejected, reason = rejected + 1, reason or _why(fault)
    return Decoded(records=tuple(records), rejected=rejected, reason=reason)


def success(content_type: str, signal: Signal, rejected: int = 0, reason: str = "") -> bytes:
    """The answer to a request that was taken, with how many of its records were not."""
    if content_type == JSON:
        counted = "rejectedSpans" if signal == "traces" else "rejectedLogRecords"
        return orjson.dumps({"partialSuccess": {counted: str(rejected), "errorMessage": reason}} if rejected else {})
    inside = _number(1, rejected) + _text(2, reason)
    return _bytes(1, inside) if rejected else b""


def refusal(content_type: str, status: int, message: str) -> bytes:
    """A google.rpc.Status for an answer with this HTTP status."""
    code = _CODES.get(status, 2)
    if content_type == JSON:
        return orjson.dumps({"code": code, "message": message})
    return _number(1, code) + _text(2, message)


def _unpacked(wire: bytes, encoding: str) -> Iterator[bytes]:
    """The body in pieces of at most _PIECE bytes. Raises zlib.error where it is damaged or breaks off."""
    rest = wire
    for _ in range(_MOST_MEMBERS):
        unpacker = zlib.decompressobj(_WINDOW[encoding])
        while not unpacker.eof:
            piece = unpacker.decompress(rest, _PIECE)
            rest = unpacker.unconsumed_tail
            if not piece and not rest and not unpacker.eof:
                raise zlib.error("it breaks off")
            yield piece
        rest = unpacker.unused_data
        if not rest:
            return
    raise zlib.error(f"it has more than {_MOST_MEMBERS} parts")


def _records(body: bytes, content_type: str) -> Iterator[Record]:
    if content_type == JSON and body.count(b"{") + body.count(b"[") > MOST_PARTS:
        raise Refused(413, f"the body has more than {MOST_PARTS} parts; send smaller batches")
    try:
        if content_type == JSON:
            yield from otlp_json.in_request(_json(body)) if body.strip() else ()
        else:
            yield from otlp_protobuf.in_request(body)
    except otlp_protobuf.TooManyParts as fault:
        raise Refused(413, f"the body {fault}") from fault
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as fault:
        raise Refused(400, f"this is no OTLP request: {_why(fault)}") from fault


def _json(body: bytes) -> Json:
    """The value; NaN, and half a surrogate pair, stay inside for the one record they are in."""
    try:
        return from_json(body)
    except ValueError:
        return json.loads(body)


def _why(fault: Exception) -> str:
    """One line that quotes nothing long: it goes back to the sender, who may log it."""
    return "nested too deep" if isinstance(fault, RecursionError) else str(fault).split("\n", 1)[0][:200]


# Both answers are so small that their protobuf is written here, and needs no library.
def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode(errors="replace"))
