"""What the attributes of an OpenTelemetry span mean: the GenAI conventions, and OpenInference's flattened keys.

Attributes stay flat, as they came. Numbered keys are gathered only here and by their order, never as an index: a key
that ends in .999999999 makes a list of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.steps import Kind, Step
from review_app.traces.trace import Json

Attributes = Mapping[str, Json]

_OPERATIONS: dict[str, Kind] = {
    "chat": "model", "text_completion": "model", "generate_content": "model", "completion": "model",
    "execute_tool": "tool", "retrieval": "retrieval",
    "LLM": "model", "TOOL": "tool", "RETRIEVER": "retrieval",
}  # fmt: skip
SESSION = ("gen_ai.conversation.id", "session.id")
PROMPT_VERSION = ("gen_ai.prompt.version", "llm.prompt_template.version")
_GIVEN = ("gen_ai.input.messages", "gen_ai.system_instructions", "gen_ai.tool.call.arguments", "input.value")
_GAVE = ("gen_ai.output.messages", "gen_ai.tool.call.result", "output.value")
_LOOKED_UP = ("gen_ai.retrieval.documents", "gen_ai.retrieval.query.text", "retrieval.documents.")


def value_in(wrapped: Json) -> Json:
    """An OTLP AnyValue as a JSON value, in camelCase or snake_case; int64 comes as text."""
    if not isinstance(wrapped, Mapping):
        return wrapped
    for key, value in wrapped.items():
        name = key.replace("_", "").lower()
        if value is None:
            continue
        if name == "intvalue":
            return int(value) if str(value).lstrip("-").isdigit() else value
        if name == "arrayvalue":
            return [value_in(item) for item in value.get("values") or []]
        if name == "kvlistvalue":
            return attributes_in(value.get("values"))
        if name in ("stringvalue", "doublevalue", "boolvalue", "bytesvalue"):
            return value
    return None


def attributes_in(listed: Json) -> dict[str, Json]:
    """Attributes as a flat dict, from OTLP's list of {key, value} or from a plain object."""
    if isinstance(listed, Mapping):
        return dict(listed)
    pairs = listed if isinstance(listed, list) else []
    return {str(pair.get("key")): value_in(pair.get("value")) for pair in pairs if isinstance(pair, Mapping)}


def step_of(span: Mapping[str, Json], attributes: Attributes, events: Sequence[tuple[str, Attributes]]) -> Step:
    """A span as a step; `events` are its events as (name, attributes)."""
    operation = text_of(attributes.get("gen_ai.operation.name")) or text_of(attributes.get("openinference.span.kind"))
    kind = _OPERATIONS.get(operation or "", "other")
    if operation is None and _first(attributes, ("gen_ai.request.model", "llm.model_name")):
        kind = "model"
    name = _first(attributes, ("gen_ai.tool.name", "tool.name")) if kind == "tool" else None
    return Step(
        id=str(_either(span, "spanId", "span_id")),
        parent=text_of(_either(span, "parentSpanId", "parent_span_id", "parent_id")),
        name=text_of(name) or str(span.get("name") or ""),
        kind=kind,
        start=_time(_either(span, "startTimeUnixNano", "start_time_unix_nano")),
        end=_time(_either(span, "endTimeUnixNano", "end_time_unix_nano")),
        given=_given(attributes),
        gave=_gave(attributes),
        query=text_of(attributes.get("gen_ai.retrieval.query.text")),
        documents=_documents(attributes),
        call_id=text_of(_first(attributes, ("gen_ai.tool.call.id", "tool_call.id"))),
        model=text_of(_first(attributes, ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name"))),
        cost_usd=cost if isinstance(cost := attributes.get("llm.cost.total"), int | float) and cost >= 0 else None,
        error=_error(span, attributes, events),
    )


def told(step: Step, attributes: Attributes, *, gave: bool, given: bool) -> set[str]:
    """The attributes that can go, because what this step gave, or was given, stands in the trace's own fields."""
    prefixes = (("llm.output_messages.",) if gave else ()) + (("llm.input_messages.",) if given else ())
    keys = (_GAVE if gave else ()) + (_GIVEN if given else ())
    if step.kind == "retrieval":
        prefixes, keys = (*prefixes, *_LOOKED_UP), (*keys, *_LOOKED_UP)
    if step.kind == "tool":
        prefixes = (*prefixes, "tool.parameters.")
    return {key for key in attributes if key in keys or key.startswith(prefixes or ("\0",))}


def _given(attributes: Attributes) -> Json:
    spoken = parsed(attributes.get("gen_ai.input.messages"))
    if spoken is not None:
        return {"system": parsed(attributes.get("gen_ai.system_instructions")), "messages": spoken}
    gathered = _numbered(attributes, "llm.input_messages")
    return _messages(gathered) or _first(attributes, ("gen_ai.tool.call.arguments", "input.value"))


def _gave(attributes: Attributes) -> Json:
    spoken = parsed(attributes.get("gen_ai.output.messages"))
    gathered = _messages(_numbered(attributes, "llm.output_messages"))
    return spoken or gathered or _first(attributes, ("gen_ai.tool.call.result", "output.value"))


def _messages(gathered: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """OpenInference's flattened messages as chat messages."""
    found = []
    for flat in gathered:
        calls = [
            {
                "id": call.get("tool_call.id"),
                "function": {
                    "name": call.get("tool_call.function.name"),
                    "arguments": call.get("tool_call.function.arguments"),
                },
            }
            for call in _numbered(flat, "message.tool_calls")
        ]
        parts = [
            {"type": part.get("message_content.type") or "text", "text": part.get("message_content.text")}
            for part in _numbered(flat, "message.contents")
        ]
        found.append(
            {
                "role": flat.get("message.role") or "user",
                "content": flat.get("message.content") or parts or None,
                "tool_calls": calls,
                "tool_call_id": flat.get("message.tool_call_id"),
                "name": flat.get("message.name"),
            }
        )
    return found


def _documents(attributes: Attributes) -> list[dict[str, Json]]:
    listed = parsed(attributes.get("gen_ai.retrieval.documents"))
    flat = [_without_prefix(item, "document.") for item in _numbered(attributes, "retrieval.documents")]
    found = []
    for number, item in enumerate(listed if isinstance(listed, list) else flat, start=1):
        fields = item if isinstance(item, Mapping) else {"content": item}
        metadata = parsed(fields.get("metadata"))
        metadata = metadata if isinstance(metadata, dict) else _without_prefix(fields, "metadata.", only=True)
        score = fields.get("score")
        found.append(
            {
                "id": text_of(fields.get("id")) or str(number),
                "text": text_of(_first(fields, ("content", "text"))) or "",
                "title": text_of(_first(fields, ("title",)) or metadata.get("title")),
                "source": text_of(_first(fields, ("source", "uri")) or metadata.get("source")),
                "score": score if isinstance(score, int | float) else None,
                "metadata": metadata,
            }
        )
    return found


def _numbered(attributes: Attributes, prefix: str) -> list[dict[str, Json]]:
    """prefix.0.a, prefix.0.b, prefix.1.a … as [{a, b}, {a}]."""
    gathered: dict[int, dict[str, Json]] = {}
    for key, value in attributes.items():
        if key.startswith(prefix + "."):
            number, _, rest = key[len(prefix) + 1 :].partition(".")
            if number.isdecimal() and len(number) < 10:
                gathered.setdefault(int(number), {})[rest] = value
    return [gathered[number] for number in sorted(gathered)]


def _without_prefix(fields: Attributes, prefix: str, *, only: bool = False) -> dict[str, Json]:
    return {key.removeprefix(prefix): value for key, value in fields.items() if key.startswith(prefix) or not only}


def _error(span: Mapping[str, Json], attributes: Attributes, events: Sequence[tuple[str, Attributes]]) -> str | None:
    status = span.get("status")
    code = status.get("code") if isinstance(status, Mapping) else None
    if code not in (2, "2", "STATUS_CODE_ERROR", "ERROR"):
        return None
    raised = next((found.get("exception.message") for name, found in events if name == "exception"), None)
    message = status.get("message") if isinstance(status, Mapping) else None
    return text_of(message) or text_of(raised) or text_of(attributes.get("error.type")) or "failed without a message"


def _time(nanoseconds: Json) -> datetime | None:
    try:
        return time_of(nanoseconds, None) if nanoseconds else None
    except (ValueError, OverflowError):
        return None  # a time that is none stays among the raw attributes


def _either(fields: Mapping[str, Json], *names: str) -> Json:
    return _first(fields, names)


def _first(fields: Mapping[str, Json], names: tuple[str, ...]) -> Json:
    return next((fields[name] for name in names if fields.get(name) is not None), None)
