"""One bent file or request after the other, each made by its number alone, taken in as the program takes it in."""

from __future__ import annotations

import csv
import gzip
import io
import json
import signal
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pyarrow.parquet as pq
from pyarrow.lib import ArrowException

from review_app import actions
from review_app.actions.joining import join_settled
from review_app.actions.workspace import opened
from review_app.errors import ReviewAppError
from review_app.store import spans
from review_app.store.engine import Store
from review_app.traces import otlp_request
from review_app.traces.otlp_request import JSON, PROTOBUF, Refused

from .bytes_bent import BENDS
from .seeds import protobuf, requests, seeds
from .values_bent import archive, table, values

PATIENCE, WAIT = 5.0, 60.0
"""Seconds of work, and of work and waiting, after which a case hangs: a busy machine makes everything wait."""
REQUEST = "otlp-request"
# In these each line, row or element is one record.
_PLAIN = ("jsonl", "json", "csv", "parquet", "openai-chat", "litellm", "tau-bench")
_LATER = timedelta(hours=1)
_FOLDER = {
    "rejects",
    "project.yaml",
    "rubric.yaml",
    "plan.yaml",
    "checks.yaml",
    "gate.yaml",
    "sampling.yaml",
    ".gitignore",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A file of `form`, or a request. told: whether the reader is told the format, or finds it by itself.
    headers: of a request, its content type, encoding and signal."""

    number: int
    form: str
    raw: bytes
    told: bool = False
    headers: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """records: how many the file holds, where that is plain. refused: as a whole, with an error that says why."""

    kept: int = 0
    rejected: int = 0
    records: int | None = None
    refused: str = ""


class Hang(BaseException):
    """It took longer than PATIENCE, or WAIT."""


class Miscounted(AssertionError):
    """A record was neither kept nor rejected, or what was told is not what is stored."""


def case(number: int) -> Case:
    """The case of this number: always the same one."""
    chance = Random(number)
    forms = sorted(seeds())
    # As many requests as files of two formats.
    form = ([*forms, REQUEST, REQUEST])[number % (len(forms) + 2)]
    if form == REQUEST:
        return _request(number, chance)
    seed = chance.choice(seeds()[form])
    return Case(number=number, form=form, raw=_bent(seed, chance), told=chance.random() < 0.6)


def take(case: Case, project: Path) -> Outcome:
    """What becomes of a case. Raises whatever the program lets through, Hang, and Miscounted."""
    with _in_time():
        return _request_taken(case, project) if case.form == REQUEST else _file_taken(case, project)


def strangers(project: Path) -> set[str]:
    """The files beside and in a project that no ingest should have made: an id that became a path."""
    found = {path.name for path in project.parent.iterdir()} - {project.name, "case"}
    found |= {path.name for path in project.iterdir() if not path.name.startswith("review.db")} - _FOLDER
    rejects = project / "rejects"
    found |= {path.name for path in rejects.iterdir() if path.suffix != ".jsonl"} if rejects.is_dir() else set()
    return found | {str(path) for path in (Path("/etc/escaped"), Path("/tmp/escaped")) if path.exists()}


def _bent(raw: bytes, chance: Random) -> bytes:
    if raw.startswith(b"PK") and chance.random() < 0.5:
        raw = archive(raw, chance)
    elif raw.startswith(b"PAR1") and chance.random() < 0.6:
        raw = table(raw, chance)
    elif chance.random() < 0.65:
        raw = values(raw, chance)
        if chance.random() < 0.7:
            return raw
    for _ in range(chance.choice((1, 1, 2))):
        raw = chance.choice(BENDS)(raw, chance) if raw else raw
    return raw


def _request(number: int, chance: Random) -> Case:
    body, kind = chance.choice(requests()), JSON
    signal = "logs" if b"resourceLogs" in body and chance.random() < 0.8 else "traces"
    if chance.random() < 0.4 and signal == "traces" and b"resourceLogs" not in body:
        body, kind = chance.choice(seeds()["otlp-protobuf"]), PROTOBUF
    raw = _bent(body, chance)
    encoding = chance.choice(("", "", "gzip", "deflate"))
    wire = {"": raw, "gzip": gzip.compress(raw, 1, mtime=0), "deflate": zlib.compress(raw, 1)}[encoding]
    if encoding and chance.random() < 0.3:
        wire = chance.choice(BENDS)(wire, chance)
    return Case(number=number, form=REQUEST, raw=wire, headers=(kind, encoding, signal))


def _file_taken(case: Case, project: Path) -> Outcome:
    path = project.parent / "case"
    path.write_bytes(case.raw)
    store = opened(project).store
    before = _stored(store)
    try:
        told = actions.ingest(project, [path], format=case.form if case.told else None)
    except ReviewAppError as fault:
        return Outcome(refused=f"{type(fault).__name__}: {fault.message}")
    after = _stored(store)
    if (after[0] - before[0], after[1] - before[1]) != (told.saved.new, told.saved.new + told.saved.changed):
        raise Miscounted(f"stored {before} to {after}, told {told}")
    listed = len(told.rejects.read_bytes().splitlines()) if told.rejects else 0
    if listed < told.rejected + told.orphans + told.unasked:
        raise Miscounted(f"{listed} lines in the list of rejects, told {told}")
    kept = told.read - told.rejected
    records = _records(case) if case.told and case.form in _PLAIN else None
    if records is not None and records != told.read:
        raise Miscounted(f"the file has {records} records, told {told}")
    others = told.verdicts + told.reviews + told.unasked + told.orphans
    return Outcome(kept=kept + others - told.orphans, rejected=told.rejected + told.orphans, records=records)


def _request_taken(case: Case, project: Path) -> Outcome:
    kind, encoding, signal = case.headers
    assert signal in ("traces", "logs")
    try:
        body = otlp_request.inflated(case.raw, encoding)
        found = otlp_request.decoded(body, kind, "traces" if signal == "traces" else "logs")
    except Refused as fault:
        return Outcome(refused=otlp_request.refusal(kind, fault.status, fault.message).decode(errors="replace"))
    assert (
        kind == PROTOBUF or json.loads(otlp_request.success(kind, "traces", found.rejected, found.reason)) is not None
    )
    records = _entries(body) if kind == JSON else None
    # What is no request at all is rejected as one record.
    if records and records != len(found.records) + found.rejected:
        raise Miscounted(f"{records} entries, {len(found.records)} taken and {found.rejected} rejected")
    now = datetime.now(UTC)
    spans.save(opened(project).store, found.records, now)
    joined = join_settled(project, now + _LATER)
    if _waiting(opened(project).store):
        raise Miscounted("a trace still waits after it was joined")
    assert joined.rejected >= 0
    return Outcome(kept=len(found.records), rejected=found.rejected, records=records)


def _stored(store: Store) -> tuple[int, int]:
    row = store.rows("SELECT (SELECT count(*) FROM trace) AS traces, (SELECT count(*) FROM trace_body) AS bodies")[0]
    return row["traces"], row["bodies"]


def _waiting(store: Store) -> int:
    return int(store.rows("SELECT count(*) AS n FROM received_trace WHERE waiting = 1")[0]["n"])


def _records(case: Case) -> int | None:
    """How many records a file holds, counted in another way than the readers do; None where that is not plain."""
    raw = case.raw
    if case.form == "parquet":
        try:
            return int(pq.read_table(io.BytesIO(raw)).num_rows)
        except (ArrowException, OSError, ValueError):
            return None
    if raw[:2] in (b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff", b"PK", b"PA"):
        return None
    text = raw.removeprefix(b"\xef\xbb\xbf")
    if case.form == "csv":
        return None if text.lstrip()[:1] in (b"[", b"{") else _rows(text)
    if case.form == "jsonl" or not text.lstrip().startswith(b"["):
        return sum(bool(line.strip()) for line in text.split(b"\n")) if case.form == "jsonl" else None
    try:
        return len(json.loads(text.decode()))  # of bytes it would guess the encoding
    except (ValueError, RecursionError):
        return None


def _rows(text: bytes) -> int | None:
    try:
        rows = [row for row in csv.reader(io.StringIO(text.decode(), newline="")) if row]
    except (csv.Error, UnicodeDecodeError):
        return None
    if not rows or len(rows[0]) == 1:
        return None  # where no comma stands between the names of columns, commas need not be what separates cells
    return len(rows) - 1 or 1  # names of columns without a row are listed


def _entries(body: bytes) -> int | None:
    """How many spans and log records a request holds; None where it is no sound request."""
    try:
        request: dict[str, Any] = json.loads(body)
        names = (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords"))
        return sum(
            len(scope.get(entries) or ())
            for resources, scopes, entries in names
            for resource in request.get(resources) or ()
            for scope in resource.get(scopes) or ()
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


@contextmanager
def _in_time() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise Hang(f"it took more than {PATIENCE} s of work, or {WAIT} s")

    before = {number: signal.signal(number, late) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    signal.setitimer(signal.ITIMER_REAL, WAIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


__all__ = ["REQUEST", "Case", "Hang", "Miscounted", "Outcome", "case", "protobuf", "strangers", "take"]
