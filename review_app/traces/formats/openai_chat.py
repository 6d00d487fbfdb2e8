"""Chats as OpenAI writes them, one per line or in an array: `{"messages": […]}` as for fine-tuning, a request beside
its response, and pairs of a preferred and another output. Without an id of its own, a record is named by its content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from review_app.tables import Reject
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.dialogue import conversation
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.glimpse import Glimpse
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json, Trace, from_values

NAME = "openai-chat"

Fields = Mapping[str, Json]

_EMPTY: tuple[Json, ...] = (None, "", [], {})
_TAKEN = {"id", "messages", "request", "response", "choices", "preferred_output", "non_preferred_output", "model"}


def looks_like(glimpse: Glimpse) -> bool:
    """Records with messages in roles, or a request with them; not those with a `trace_id`, which are ours."""
    if glimpse.kind not in ("json", "json lines") or glimpse.has("trace_id"):
        return False
    return any(glimpse.has(f"{place}messages.[].role") for place in ("", "request.", "input."))


def read(path: Path) -> Iterator[Trace | Reject]:
    """Each chat, in file order."""
    for row in rows(path):
        if isinstance(row, Reject):
            yield row
            continue
        line, record = row
        try:
            yield _trace(record)
        except (ValueError, TypeError, AttributeError, OverflowError) as fault:
            yield rejected(path, line, fault, str(record).encode(errors="replace"))


def exchange(request: Fields, response: Json) -> dict[str, Json]:
    """The fields of a Trace that a request and its response tell, and `metadata` with what else they say.

    response: None where there is none; then nothing in the request counts as the answer."""
    answered = response if isinstance(response, Mapping) else {}
    values = conversation(_asked(request), answers_in(answered))
    began = time_of(answered.get("created", answered.get("created_at")), "UTC")
    asked_more = {name: value for name, value in request.items() if name not in ("messages", "input", "prompt")}
    more = {name: value for name, value in answered.items() if name not in ("choices", "output")}
    kept = {"request": asked_more, "response": more, **choices_left(answered.get("choices"))}
    return values | {
        "model": text_of(answered.get("model")) or text_of(request.get("model")),
        "at": began.isoformat() if began else None,
        "metadata": values["metadata"] | {name: value for name, value in kept.items() if value not in _EMPTY},
    }


def answers_in(response: Fields) -> list[Json]:
    """What came back, as messages: of chat completions, of completions, and of responses."""
    choices, output = response.get("choices"), response.get("output")
    first = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(first, Mapping):
        message = first.get("message")
        said = message if isinstance(message, Mapping) else {"content": first.get("text")}
        return [{**said, "role": "assistant"}]
    parts = output if isinstance(output, list) else [output] if isinstance(output, str) else []
    return [
        {"role": "assistant", **part} if isinstance(part, Mapping) and "content" in part
        else {"role": "assistant", "content": [part] if isinstance(part, Mapping) else part}
        for part in parts
    ]  # fmt: skip


def choices_left(choices: Json) -> dict[str, Json]:
    """What the choices of a response say besides the message that is read: why it ended, what else stands beside it,
    and the other choices."""
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, Mapping):
        return {}
    said = "message" if isinstance(first.get("message"), Mapping) else "text"
    beside = {k: v for k, v in first.items() if k not in (said, "index", "finish_reason") and v not in _EMPTY}
    kept = {"finish_reason": first.get("finish_reason"), "choice": beside, "other_choices": choices[1:]}
    return {name: value for name, value in kept.items() if value not in _EMPTY}


def _asked(request: Fields) -> list[Json]:
    given = next((request[name] for name in ("messages", "input", "prompt") if request.get(name) not in _EMPTY), None)
    system = request.get("instructions")
    before: list[Json] = [{"role": "system", "content": system}] if isinstance(system, str) and system else []
    return before + (
        given if isinstance(given, list) else [{"role": "user", "content": text_of(given)}] if given else []
    )


def _trace(record: Fields) -> Trace:
    values = _values(record)
    if not values["messages"] and values["output"] is None and not values["tool_calls"]:
        raise ValueError("holds no message in a role we know")
    rest = {name: value for name, value in record.items() if name not in _TAKEN and value not in _EMPTY}
    own = {"trace_id": text_of(record.get("id")) or _made_id(record), "metadata": values["metadata"] | rest}
    return numbers_kept(from_values(values | own))


def _values(record: Fields) -> dict[str, Json]:
    request, response = parsed(record.get("request")), parsed(record.get("response"))
    preferred = record.get("preferred_output")
    if isinstance(request, Mapping):
        return exchange(request, response)
    if isinstance(preferred, list):
        given = record.get("input")
        asked = given.get("messages") if isinstance(given, Mapping) else None
        other = conversation([], _list(record.get("non_preferred_output")))
        values = conversation(_list(asked), preferred) | {"alternative": other["output"]}
        if any(other[name] for name in ("messages", "tool_calls", "metadata")):  # it says more than one text
            values["metadata"] |= {"non_preferred_output": record["non_preferred_output"]}
        return values
    if isinstance(response, str) and response:
        response = {"output": response}
    answered = response if isinstance(response, Mapping) else record if "choices" in record else None
    if answered is not None:
        return exchange({"messages": record.get("messages"), "model": record.get("model")}, answered)
    return conversation(_list(record.get("messages"))) | {"model": text_of(record.get("model"))}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _made_id(record: Fields) -> str:
    canonical = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    return "made-" + hashlib.sha256(canonical).hexdigest()[:24]
