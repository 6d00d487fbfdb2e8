"""Small files and requests that unpack to far more than anything we read, each taken in by a process of its own."""

from __future__ import annotations

import gzip
import io
import resource
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.traces import otlp_request
from review_app.traces.formats.otlp_protobuf import LARGEST
from review_app.traces.lines import CAP
from review_app.traces.otlp_request import JSON, MOST_INFLATED, PROTOBUF, Refused

from .seeds import TRACE, seeds

_SIZE = 150 * 1024 * 1024  # bytes, unpacked: more than twice the most that is ever unpacked
_ZSTANDARD = 93


@dataclass(frozen=True, kw_only=True)
class Survived:
    """said: the answer. kept: the records that were no longer than what we read. grown: by how many bytes the peak of
    memory rose over what it was before. cap: the most that is unpacked at once; the bar is twice that. wire: the bomb's
    own size."""

    said: str
    kept: int
    grown: int
    cap: int
    wire: int


def names() -> list[str]:
    """Every bomb there is."""
    return [*_FILES, *_REQUESTS]


def survived(*bombs: str) -> list[Survived]:
    """What becomes of these bombs, one after the other in one new process: a process never forgets its peak."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, bombs).result()


def _measured(bombs: tuple[str, ...]) -> list[Survived]:
    warnings.simplefilter("ignore")  # of two members with one name
    # Another process makes the bombs: its memory is not ours.
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as maker:
        path, project = Path(folder) / "bomb", Path(folder) / "project"
        actions.init(project)
        path.write_bytes(seeds()["jsonl"][0])
        actions.ingest(project, [path])
        otlp_request.decoded(seeds()["otlp-protobuf"][0], PROTOBUF, "traces")
        return [_one(name, path, project, maker) for name in bombs]


def _one(name: str, path: Path, project: Path, maker: ProcessPoolExecutor) -> Survived:
    if name in _FILES:
        form, make = _FILES[name]
        path.write_bytes(maker.submit(make).result())
        before, wire = _peak(), path.stat().st_size
        said, kept = _file(path, project, form)
        return Survived(
            said=said, kept=kept, grown=_peak() - before, cap=LARGEST if form == "otlp-protobuf" else CAP, wire=wire
        )
    kind, encoding, make = _REQUESTS[name]
    raw = maker.submit(make).result()
    before = _peak()
    said, kept = _request(raw, kind, encoding)
    return Survived(said=said, kept=kept, grown=_peak() - before, cap=MOST_INFLATED, wire=len(raw))


def _file(path: Path, project: Path, form: str | None) -> tuple[str, int]:
    try:
        told = actions.ingest(project, [path], format=form)
    except ReviewAppError as fault:
        return f"{type(fault).__name__}: {fault.message[:80]}", 0
    reason = told.rejects.read_text(encoding="utf-8")[:200] if told.rejects else ""
    return f"{told.rejected} rejected {reason}", told.read - told.rejected


def _request(raw: bytes, kind: str, encoding: str) -> tuple[str, int]:
    try:
        found = otlp_request.decoded(otlp_request.inflated(raw, encoding), kind, "traces")
    except Refused as fault:
        return f"{fault.status}: {fault.message[:80]}", 0
    return f"{found.rejected} rejected: {found.reason}", len(found.records)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _gzipped(head: bytes, piece: bytes, size: int = _SIZE) -> bytes:
    into = io.BytesIO()
    with gzip.GzipFile(fileobj=into, mode="wb", compresslevel=1) as file:
        file.write(head)
        block = piece * (1024 * 1024 // len(piece))
        for _ in range(size // len(block)):
            file.write(block)
    return into.getvalue()


def _line() -> bytes:
    return _gzipped(b'{"trace_id": "t-1", "output": "', b"x")


def _brackets() -> bytes:
    return _gzipped(b"", b"[")


def _string() -> bytes:
    return _gzipped(b'[{"trace_id": "t-1", "output": "', b"x")


def _objects() -> bytes:
    return _gzipped(b"[", b'{"a":')


def _cell() -> bytes:
    return _gzipped(b'trace_id,output\nt-1,"', b"x")


def _columns() -> bytes:
    return _gzipped(b"trace_id", b",a")


def _archive(lie: bool = False, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of Inspect's whose sample unpacks without end; with `lie` its directory calls it small."""
    text = b'{"input": "' + b"x" * _SIZE
    packed = pa.compress(text, "zstd", asbytes=True) if method == _ZSTANDARD else text
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("header.json", b'{"status": "success", "eval": {"task": "t", "created": "2026-01-01"}}')
        archive.writestr("samples/1.json", packed, zipfile.ZIP_STORED if method == _ZSTANDARD else method)
        about = archive.infolist()[1]
    raw = bytearray(into.getvalue())
    directory = raw.rindex(b"PK\x01\x02")
    if method == _ZSTANDARD:
        struct.pack_into("<H", raw, about.header_offset + 8, _ZSTANDARD)
        struct.pack_into("<H", raw, directory + 10, _ZSTANDARD)
        struct.pack_into("<I", raw, directory + 24, len(text))
    if lie:
        struct.pack_into("<I", raw, directory + 24, 1_000)
    return bytes(raw)


def _lying_archive() -> bytes:
    return _archive(lie=True)


def _zstandard() -> bytes:
    return _archive(method=_ZSTANDARD)


def _lying_zstandard() -> bytes:
    return _archive(lie=True, method=_ZSTANDARD)


def _long_lines() -> bytes:
    line = b'{"trace_id": "t-%d", "output": "' + b"x" * 1_000_000 + b'"}\n'
    return gzip.compress(b"".join(line % number for number in range(200)), 1)


def _parquet(texts: list[str]) -> bytes:
    into = io.BytesIO()
    table = pa.table({"trace_id": [f"t-{number}" for number in range(len(texts))], "output": texts})
    pq.write_table(table, into, compression="zstd")
    return into.getvalue()


def _long_value() -> bytes:
    return _parquet(["x" * _SIZE])


def _same_value() -> bytes:
    return _parquet(["x" * 1_000_000] * 200)


def _zeros() -> bytes:
    return _gzipped(b"", b"\0")


def _deflated() -> bytes:
    packer = zlib.compressobj()
    return b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(200)) + packer.flush()


def _many_members() -> bytes:
    return gzip.compress(bytes(1024 * 1024)) * 200


def _empty_objects() -> bytes:
    return _gzipped(b'{"resourceSpans": [{"scopeSpans": [{"spans": [', b"{},", MOST_INFLATED - 2 * 1024 * 1024)


def _closed_objects() -> bytes:
    body = b'{"resourceSpans": [{"scopeSpans": [{"spans": [' + b"{}," * 20_000_000 + b"{}]}]}]}"
    return gzip.compress(body, 1)


def _empty_spans() -> bytes:
    """Spans of two bytes each, as many as the cap lets through."""
    spans = b"\x12\x00" * (30 * 1024 * 1024)
    scope = b"\x12" + _varint(len(spans)) + spans
    return gzip.compress(b"\x0a" + _varint(len(scope)) + scope, 1)


def _varint(number: int) -> bytes:
    return bytes([*((number >> shift) & 0x7F | 0x80 for shift in (0, 7, 14, 21)), number >> 28])


_FILES: dict[str, tuple[str | None, Callable[[], bytes]]] = {
    "a line without an end": ("jsonl", _line),
    "two hundred long lines": ("jsonl", _long_lines),
    "brackets without an end": ("json", _brackets),
    "a string without an end": ("json", _string),
    "objects without an end": ("otlp-json", _objects),
    "a cell without an end": ("csv", _cell),
    "columns without an end": ("csv", _columns),
    "a long zip member": ("inspect", _archive),
    "a zip member that lies": ("inspect", _lying_archive),
    "a long zstd member": ("inspect", _zstandard),
    "a zstd member that lies": ("inspect", _lying_zstandard),
    "a long Parquet value": ("parquet", _long_value),
    "the same Parquet value often": ("parquet", _same_value),
    "protobuf zeros": ("otlp-protobuf", _zeros),
}
_REQUESTS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "a gzip request": (JSON, "gzip", _zeros),
    "a deflate request": (PROTOBUF, "deflate", _deflated),
    "gzip members in a row": (PROTOBUF, "gzip", _many_members),
    "spans without an end": (JSON, "gzip", _empty_objects),
    "twenty million empty spans": (JSON, "gzip", _closed_objects),
    "thirty million empty spans": (PROTOBUF, "gzip", _empty_spans),
}
__all__ = ["TRACE", "Survived", "names", "survived"]
