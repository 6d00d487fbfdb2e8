"""`--map`: a small yaml that says which column of a foreign table is which field of a trace.

Whatever it does not name stays in the trace's metadata, so nothing is lost for want of a line in the yaml; what it
wants to lose it names under `ignore`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from pydantic import BeforeValidator, ConfigDict

from review_app.tables import Reject
from review_app.traces import yaml_file
from review_app.traces.chat import Said, listen
from review_app.traces.columns import Place, Source, parsed, text_of, without
from review_app.traces.document_columns import Documents, split
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.fields import BadField, Record, needed_in, number_in, text_in, time_in
from review_app.traces.lines import reject
from review_app.traces.steps import calls_in
from review_app.traces.table_rows import Row, rows
from review_app.traces.trace import Json, Trace, from_values

_TEXTS = (
    "session_id", "route", "model", "prompt_version", "retrieval_version", "language", "output", "error", "correction",
    "alternative",
)  # fmt: skip
_ALL = "*"


@dataclass(frozen=True, kw_only=True)
class FeedbackColumns:
    """rating: from -1 to 1, or words and marks that `values` gives a number: {up: 1, down: -1}."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    rating: Source | None = None
    comment: Source | None = None
    values: Mapping[str, float] = field(default_factory=dict)


def _columns(written: Json) -> Json:
    return [_ALL] if written == _ALL else written


@dataclass(frozen=True, kw_only=True)
class TraceMapping:
    """Each field is a column, {column: …} or {constant: …}; a dotted path leads into nested JSON.

    trace_id: left out, it is made from the record's content. input: the question, as one user message; system: what
    stands before it. messages: a column holding the conversation instead, in any chat's shape; without `output`,
    its last assistant message is the output. alternative: another output for the same input. documents: see
    Documents. tool_calls: a column of calls, in any chat's shape. tags: a list, or text with commas. metadata: the
    columns to keep there; "*", all that is not mapped. ignore: columns that may be lost. timezone: what times
    without a zone are in. records: the dotted keys that lead to the array of records inside a JSON file."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    trace_id: Source | None = None
    at: Source | None = None
    session_id: Source | None = None
    route: Source | None = None
    model: Source | None = None
    prompt_version: Source | None = None
    retrieval_version: Source | None = None
    language: Source | None = None
    system: Source | None = None
    input: Source | None = None
    messages: Source | None = None
    output: Source | None = None
    documents: Documents | None = None
    tool_calls: Source | None = None
    user_feedback: FeedbackColumns | None = None
    error: Source | None = None
    correction: Source | None = None
    alternative: Source | None = None
    cost_usd: Source | None = None
    latency_s: Source | None = None
    latency_ms: Source | None = None
    tags: Source | None = None
    metadata: Annotated[tuple[str, ...], BeforeValidator(_columns)] = (_ALL,)
    ignore: tuple[str, ...] = ()
    timezone: str | None = None
    records: str | None = None

    def __post_init__(self) -> None:
        if not (self.input or self.messages or self.output):
            raise ValueError("needs input, messages or output")
        if self.input and self.messages:
            raise ValueError("has both input and messages; messages hold the input already")
        if self.timezone:
            try:
                ZoneInfo(self.timezone)
            except (ZoneInfoNotFoundError, ValueError) as fault:
                raise ValueError(f"timezone {self.timezone!r} is unknown; write it like Europe/Berlin") from fault

    @cached_property
    def used(self) -> tuple[str, ...]:
        """The columns that a field is made from."""
        places = [getattr(self, one.name) for one in fields(self)]
        feedback = [self.user_feedback.rating, self.user_feedback.comment] if self.user_feedback else []
        named = [place.column for place in (*places, *feedback) if isinstance(place, Place) and place.column]
        return tuple(named + ([self.documents.column] if self.documents else []))


def load(path: Path) -> TraceMapping:
    """The mapping in a yaml file. Raises BadConfig with file, line and field."""
    return yaml_file.load(path, TraceMapping)


def read(path: Path, mapping: TraceMapping) -> Iterator[Trace | Reject]:
    """Each record as a Trace or a Reject, in file order."""
    for row in rows(path, mapping.records):
        yield row if isinstance(row, Reject) else trace_of(path, row, mapping)


def unmapped(path: Path, mapping: TraceMapping, look_at: int = 100) -> tuple[str, ...]:
    """The columns of the first records that the mapping neither uses, nor keeps, nor ignores: they would be lost."""
    found: dict[str, None] = {}
    for row in islice(rows(path, mapping.records), look_at):
        if not isinstance(row, Reject) and _ALL not in mapping.metadata:
            found |= dict.fromkeys(without(row[1], (*mapping.used, *mapping.ignore, *mapping.metadata)))
    return tuple(found)


def trace_of(path: Path, row: Row, mapping: TraceMapping) -> Trace | Reject:
    """A record as a trace, or why it is none."""
    line, record = row
    try:
        return numbers_kept(from_values(_values(record, mapping)))
    except BadField as fault:
        return reject(path, line, fault.place, str(fault), _raw(record))
    except (ValueError, TypeError) as fault:
        return rejected(path, line, fault, _raw(record))


def _values(record: Record, mapping: TraceMapping) -> dict[str, Json]:
    at = time_in(record, mapping.at, "at", mapping.timezone)
    said, output, after = _conversation(record, mapping)
    documents, preface = split(record, mapping.documents) if mapping.documents else ([], "")
    calls = listen(mapping.tool_calls.of(record), "assistant") if mapping.tool_calls else said
    left = {"messages_after_output": after, "before_documents": preface, "not_understood": said.unread}
    return {
        **{name: text_in(record, getattr(mapping, name)) for name in _TEXTS},
        "trace_id": needed_in(record, mapping.trace_id, "trace_id") if mapping.trace_id else _made_id(record),
        "at": at.isoformat() if at else None,
        "messages": said.messages,
        "output": output,
        "documents": documents,
        "tool_calls": calls_in(calls),
        "user_feedback": _feedback(record, mapping.user_feedback) if mapping.user_feedback else None,
        "cost_usd": number_in(record, mapping.cost_usd, "cost_usd"),
        "latency_s": _latency(record, mapping),
        "tags": _tags(mapping.tags.of(record)) if mapping.tags else [],
        "metadata": _metadata(record, mapping) | {name: value for name, value in left.items() if value},
    }


def _conversation(record: Record, mapping: TraceMapping) -> tuple[Said, str | None, list[dict[str, Json]]]:
    """(what was said before the output, the output, messages after it)."""
    output = mapping.output.of(record) if mapping.output else None
    said = listen(mapping.messages.of(record), "user") if mapping.messages else Said()
    if mapping.input and (question := text_in(record, mapping.input)):
        said.messages.append({"role": "user", "content": question})
    if system := text_in(record, mapping.system):
        said.messages.insert(0, {"role": "system", "content": system})
    if mapping.output:
        return said, _answer(output), []
    place = max((at for at, message in enumerate(said.messages) if message["role"] == "assistant"), default=None)
    if place is None:
        return said, None, []
    answer, after = said.last("assistant"), said.messages[place + 1 :]
    del said.messages[place:]
    return said, answer, after


def _answer(value: Json) -> str | None:
    """The output's text; a chat message around it is taken off, JSON that is the answer itself stays as written."""
    if isinstance(value, str):
        return value if value.strip() else None
    return listen(value, "assistant").last("assistant") or text_of(value)


def _latency(record: Record, mapping: TraceMapping) -> float | None:
    milliseconds = number_in(record, mapping.latency_ms, "latency_ms")
    return milliseconds / 1000 if milliseconds is not None else number_in(record, mapping.latency_s, "latency_s")


def _feedback(record: Record, columns: FeedbackColumns) -> dict[str, Json]:
    given, comment = text_in(record, columns.rating), text_in(record, columns.comment)
    if given is not None and columns.values:
        if given not in columns.values:
            raise BadField("user_feedback.rating", f"{given!r} is not among {', '.join(columns.values)}")
        return {"rating": columns.values[given], "comment": comment}
    return {"rating": number_in(record, columns.rating, "user_feedback.rating", -1, 1), "comment": comment}


def _tags(value: Json) -> list[str]:
    found = parsed(value)
    parts = found if isinstance(found, list) else (text_of(found) or "").split(",")
    return [tag for part in parts if (tag := text_of(part))]


def _metadata(record: Record, mapping: TraceMapping) -> dict[str, Json]:
    kept: Record = {name: Place(column=name).of(record) for name in mapping.metadata if name != _ALL}
    if _ALL in mapping.metadata:
        kept = without(record, (*mapping.used, *mapping.ignore))
    return {name: value for name, value in kept.items() if value is not None}


def _made_id(record: Record) -> str:
    # The same record always gets the same id, so that reading a file again adds nothing.
    canonical = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    return "made-" + hashlib.sha256(canonical).hexdigest()[:24]


def _raw(record: Record) -> bytes:
    return re.sub(r"\s+", " ", str(record)).encode(errors="replace")
