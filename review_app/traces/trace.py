"""One production interaction, as every reader delivers it and every other room receives it.

The same classes are the schema of our documented JSONL: `decode` reads one line, `encode` writes one. A text we store
never holds a NUL character: Postgres has no room for it and SQLite's length() stops at it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

Id = Annotated[str, MinLen(1), MaxLen(512)]
Json = Any  # a JSON value: tool arguments and metadata are the customer's own shape


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a message. type `text` has `text`; `tool_call` names a ToolCall by `id`; `image`, `audio` and `file`
    have a `url` that is shown as text and never fetched."""

    __pydantic_config__ = _STRICT
    type: str
    text: str = ""
    id: str | None = None
    url: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one role (system, user, assistant, tool) said before the judged output."""

    __pydantic_config__ = _STRICT
    role: str
    content: str | tuple[Part, ...] = ""
    name: str | None = None

    @property
    def text(self) -> str:
        """The text of all parts, a blank line between two."""
        if isinstance(self.content, str):
            return self.content
        return "\n\n".join(part.text for part in self.content if part.text)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A retrieved passage; `id` is what a citation in the output refers to."""

    __pydantic_config__ = _STRICT
    id: Id
    text: str = ""
    title: str | None = None
    source: str | None = None
    score: float | None = None
    metadata: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A call paired with its result, or with the error it ended in.

    `arguments` and `result` are JSON values or text."""

    __pydantic_config__ = _STRICT
    name: str
    id: str | None = None
    arguments: Json = None
    result: Json = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What the end user said of the answer: `rating` from -1 (bad) to 1 (good)."""

    __pydantic_config__ = _STRICT
    rating: Annotated[float, Ge(-1), Le(1)] | None = None
    comment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One interaction. `output` is the answer being judged (None: the system gave none); `error` is why it failed;
    `correction` is what a person at the customer's replaced the output with; `alternative` is another output for the
    same input, for pairwise criteria; `at` is UTC."""

    __pydantic_config__ = _STRICT
    trace_id: Id
    at: AwareDatetime | None = None
    session_id: str | None = None
    route: str | None = None
    model: str | None = None
    prompt_version: str | None = None
    retrieval_version: str | None = None
    language: str | None = None
    messages: tuple[Message, ...] = ()
    documents: tuple[Document, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    output: str | None = None
    error: str | None = None
    user_feedback: Feedback | None = None
    correction: str | None = None
    alternative: str | None = None
    cost_usd: Annotated[float, Ge(0)] | None = None
    latency_s: Annotated[float, Ge(0)] | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, Json] = field(default_factory=dict)

    @property
    def n_turns(self) -> int:
        """How often the user spoke."""
        return sum(message.role == "user" for message in self.messages)


_TRACE = TypeAdapter(Trace)
_ESCAPE = re.compile(rb"\\(?:u0000|.)", re.DOTALL)
_NUL = "\N{SYMBOL FOR NULL}".encode()


def decode(line: bytes) -> Trace:
    """A Trace from one JSON object. Raises pydantic's ValidationError; `first_fault` puts it in words."""
    return _TRACE.validate_json(without_nul(line))


def from_values(values: dict[str, Json]) -> Trace:
    """A Trace from a dict with the field names of the JSONL; foreign formats and mappings end here."""
    return _TRACE.validate_json(without_nul(orjson.dumps(values)))


def encode(trace: Trace) -> bytes:
    """One line of our JSONL, without its newline. Fields at their default are left out, so that a field added later
    does not change the text, and so the hash, of a trace that has no use for it."""
    return _TRACE.dump_json(trace, exclude_defaults=True)


def content_hash(encoded: bytes) -> str:
    """A hash of what `encode` gave, blind to the order of keys. `v1:` names the canonical form and the digest."""
    canonical = orjson.dumps(orjson.loads(encoded), option=orjson.OPT_SORT_KEYS)
    return "v1:" + hashlib.sha256(canonical).hexdigest()


def without_nul(text: bytes) -> bytes:
    """The JSON text with each escaped NUL shown as the visible symbol for it.

    Escapes are read one after the other, so an escaped backslash before a plain `u0000` stays what it is."""
    if b"\\u0000" not in text:
        return text
    return _ESCAPE.sub(lambda found: _NUL if found.group() == b"\\u0000" else found.group(), text)


def first_fault(fault: ValidationError) -> tuple[str, str]:
    """(field, reason) of the first thing wrong, in words: ("messages.0.role", "should be a valid string, got 1")."""
    first = fault.errors(include_url=False)[0]
    place = ".".join(str(step) for step in first["loc"]) or "record"
    if first["type"] == "unexpected_keyword_argument":
        return place, "is not a field of a trace; put what is your own into `metadata`"
    if first["type"] in ("missing", "missing_argument"):
        return place, "is required"
    reason = first["msg"].removeprefix("Input ")
    # A line that is no JSON stands in the reject as a whole; there is no value to show.
    return place, reason if first["type"] == "json_invalid" else f"{reason}, got {repr(first['input'])[:80]}"


def utc(at: datetime | None) -> datetime | None:
    """The same instant in UTC; None stays None."""
    return at.astimezone(UTC) if at else None
