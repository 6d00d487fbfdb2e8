"""LiteLLM's StandardLoggingPayload: one call of a model through its SDK or gateway, per line, as its loggers write it.

A call is a trace; the calls of a conversation share its session. Prices and counts are LiteLLM's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from review_app.tables import Reject
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.dialogue import conversation
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.formats.openai_chat import choices_left
from review_app.traces.glimpse import Glimpse
from review_app.traces.scores import cost
from review_app.traces.spool import UNREPORTED
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json, Trace, from_values

NAME = "litellm"

Fields = Mapping[str, Json]

_TAKEN = {
    "trace_id", "session_id", "startTime", "response_time", "model", "response_cost", "request_tags", "messages",
    "response", "error_str",
}  # fmt: skip
_EMPTY: tuple[Json, ...] = (None, "", [], {})
_WRAPPED = "standard_logging_object"


def looks_like(glimpse: Glimpse) -> bool:
    """Records with LiteLLM's id of a call, or the payload inside a record of a callback."""
    return glimpse.has("litellm_call_id", "call_type") or glimpse.has(f"{_WRAPPED}.litellm_call_id")


def read(path: Path) -> Iterator[Trace | Reject]:
    """Each call, in file order; at the end those that were answered and never reported."""
    unreported: dict[str, tuple[int, Fields]] = {}
    for row in rows(path):
        if isinstance(row, Reject):
            yield row
            continue
        line, record = row
        name = text_of(_payload(record).get("litellm_call_id"))
        if name and record.get(UNREPORTED) is True:
            unreported[name] = line, record
            continue
        unreported.pop(name or "", None)
        yield _read(path, line, record)
    for place, held in unreported.values():
        yield _read(path, place, held)


def _read(path: Path, line: int, record: Fields) -> Trace | Reject:
    try:
        return trace_of(_payload(record))
    except (ValueError, TypeError, AttributeError, OverflowError) as fault:
        return rejected(path, line, fault, str(record).encode(errors="replace"))


def _payload(record: Fields) -> Fields:
    inside = record.get(_WRAPPED)
    return inside if isinstance(inside, Mapping) else record


def trace_of(payload: Fields) -> Trace:
    """The trace of one call. Raises ValueError where the payload has no id, or a value that no trace takes."""
    name = text_of(payload.get("litellm_call_id")) or text_of(payload.get("id"))
    if name is None:
        raise ValueError("has neither litellm_call_id nor id")
    asked, answered = parsed(payload.get("messages")), _answers(parsed(payload.get("response")))
    values = conversation(_messages(asked), answered)
    failed = payload.get("status") == "failure"
    session = text_of(payload.get("session_id")) or text_of(payload.get("trace_id"))
    tags = payload.get("request_tags")
    own = {
        "trace_id": name,
        "at": at.isoformat() if (at := time_of(payload.get("startTime"), "UTC")) else None,
        "session_id": session if session != name else None,
        "model": text_of(payload.get("model")),
        "prompt_version": _prompt_version(payload),
        "latency_s": cost(payload.get("response_time")),
        "cost_usd": None if failed else cost(payload.get("response_cost")),
        "error": (text_of(payload.get("error_str")) or "failed without a message") if failed else None,
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
        "metadata": values["metadata"] | _rest(payload),
    }
    return numbers_kept(from_values(values | own))


def _messages(given: Json) -> list[Json]:
    if isinstance(given, str) and given:
        return [{"role": "user", "content": given}]
    if isinstance(given, Mapping):
        inside = given.get("messages")
        return inside if isinstance(inside, list) else [{"role": "user", **given}]
    return given if isinstance(given, list) else []


def _answers(response: Json) -> list[Json]:
    """The message that came back; none where the call failed."""
    if isinstance(response, str) and response:
        return [{"role": "assistant", "content": response}]
    choices = response.get("choices") if isinstance(response, Mapping) else None
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        message = choices[0].get("message")
        if isinstance(message, Mapping):
            return [{**message, "role": "assistant"}]
        return [{"role": "assistant", "content": choices[0].get("text")}] if choices[0].get("text") else []
    output = response.get("output") if isinstance(response, Mapping) else None  # the responses API
    return [{"role": "assistant", "content": output}] if output else []


def _prompt_version(payload: Fields) -> str | None:
    noted = payload.get("metadata")
    managed = noted.get("prompt_management_metadata") if isinstance(noted, Mapping) else None
    named = text_of(managed.get("prompt_id")) if isinstance(managed, Mapping) else None
    if named is None or managed is None:
        return None
    version = text_of(managed.get("prompt_version"))
    return f"{named}@{version}" if version else named


def _rest(payload: Fields) -> dict[str, Json]:
    """Everything else, without what LiteLLM leaves empty; of the response, what stands beside its message."""
    rest = {name: _filled(value) for name, value in payload.items() if name not in _TAKEN}
    response = payload.get("response")
    if isinstance(response, Mapping):
        choices = response.get("choices")
        rest["response"] = _filled({k: v for k, v in response.items() if k not in ("choices", "output")})
        if isinstance(choices, list):
            rest |= choices_left(choices)
    return {name: value for name, value in rest.items() if value not in _EMPTY}


def _filled(value: Json) -> Json:
    if not isinstance(value, Mapping):
        return value
    return {name: inner for name, item in value.items() if (inner := _filled(item)) not in _EMPTY}
