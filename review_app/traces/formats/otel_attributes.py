"""What the attributes of an OpenTelemetry span mean, in the dialects people send: GenAI conventions, OpenInference,
Vercel's AI SDK, MLflow, Langfuse and OpenLLMetry. Attributes stay flat, as they came."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from review_app.traces.chat import unquoted
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.formats import genai, openinference
from review_app.traces.retrieved import documents_in
from review_app.traces.steps import Kind, Step
from review_app.traces.trace import Json

Attributes = Mapping[str, Json]

_OPERATIONS: dict[str, Kind] = {
    "chat": "model", "text_completion": "model", "generate_content": "model", "completion": "model",
    "execute_tool": "tool", "retrieval": "retrieval",
    "LLM": "model", "CHAT_MODEL": "model", "TOOL": "tool", "RETRIEVER": "retrieval", "RERANKER": "retrieval",
    "ai.generateText.doGenerate": "model", "ai.streamText.doStream": "model", "ai.toolCall": "tool",
    "ai.generateObject.doGenerate": "model", "ai.streamObject.doStream": "model",
    "generation": "model", "tool": "tool", "retriever": "retrieval",
}  # fmt: skip
_OPERATION = (
    "gen_ai.operation.name", "openinference.span.kind", "mlflow.spanType", "ai.operationId",
    "langfuse.observation.type", "traceloop.span.kind",
)  # fmt: skip
SESSION = (
    "gen_ai.conversation.id", "session.id", "langfuse.session.id", "mlflow.trace.session",
    "ai.telemetry.metadata.sessionId",
)  # fmt: skip
PROMPT_VERSION = ("gen_ai.prompt.version", "llm.prompt_template.version")
ROUTE = ("gen_ai.agent.name", "ai.telemetry.functionId")
TAGS = ("tag.tags", "langfuse.trace.tags")
_MODEL = (
    "gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "ai.response.model", "ai.model.id",
    "mlflow.llm.model",
)  # fmt: skip
_TOOL = ("gen_ai.tool.name", "tool.name", "ai.toolCall.name")
_CALL_ID = ("gen_ai.tool.call.id", "tool_call.id", "ai.toolCall.id")
_GIVEN = (
    "gen_ai.tool.call.arguments", "input.value", "ai.prompt.messages", "ai.prompt", "ai.toolCall.args", "ai.value",
    "mlflow.spanInputs", "langfuse.observation.input", "langfuse.trace.input", "traceloop.entity.input", "input",
)  # fmt: skip
_GAVE = (
    "gen_ai.tool.call.result", "output.value", "ai.response.text", "ai.response.object", "ai.toolCall.result",
    "mlflow.spanOutputs", "langfuse.observation.output", "langfuse.trace.output", "traceloop.entity.output", "output",
)  # fmt: skip
_EMPTY: tuple[Json, ...] = (None, "", [], {}, 0)
_INT64 = re.compile(r"-?[0-9]{1,19}")
_COST = ("llm.cost.total", "gen_ai.usage.cost")


def value_in(wrapped: Json) -> Json:
    """An OTLP AnyValue as a JSON value, in camelCase or snake_case; int64 comes as text. What is none, as it is."""
    if not isinstance(wrapped, Mapping):
        return wrapped
    for key, value in wrapped.items():
        name = key.replace("_", "").lower()
        if value is None:
            continue
        if name == "intvalue":
            return int(value) if isinstance(value, str) and _INT64.fullmatch(value) else value
        if name in ("arrayvalue", "kvlistvalue"):
            listed = value.get("values") if isinstance(value, Mapping) else None
            items = listed if isinstance(listed, list) else []
            return [value_in(item) for item in items] if name == "arrayvalue" else attributes_in(items)
        if name in ("stringvalue", "doublevalue", "boolvalue", "bytesvalue"):
            return value
    return None


def resource_in(around: Mapping[str, Json]) -> Attributes:
    """What stands around the records of a resource: its attributes, and beside them its other fields and its schema."""
    held = around.get("resource") or {}
    beside = {key: value for key, value in {**_schema(around), **held}.items() if key != "attributes"}
    return {key: value for key, value in beside.items() if value not in _EMPTY} | attributes_in(held.get("attributes"))


def scope_in(around: Mapping[str, Json]) -> dict[str, Json]:
    """What stands around the records of a scope: its name, version, attributes and schema."""
    held = dict(around.get("scope") or {})
    held |= {"attributes": attributes_in(held["attributes"])} if "attributes" in held else {}
    return {key: value for key, value in {**held, **_schema(around)}.items() if value not in _EMPTY}


def _schema(around: Mapping[str, Json]) -> dict[str, Json]:
    return {"schemaUrl": around.get("schemaUrl") or around.get("schema_url")}


def attributes_in(listed: Json) -> dict[str, Json]:
    """Attributes as a flat dict, from OTLP's list of {key, value} or from a plain object."""
    if isinstance(listed, Mapping):
        return dict(listed)
    pairs = listed if isinstance(listed, list) else []
    return {str(pair.get("key")): value_in(pair.get("value")) for pair in pairs if isinstance(pair, Mapping)}


def step_of(span: Mapping[str, Json], attributes: Attributes, events: Sequence[tuple[str, Attributes]]) -> Step:
    """A span as a step; `events` are its events as (name, attributes)."""
    kind = _kind(attributes)
    gave = _gave(attributes)
    cost = first(attributes, _COST)
    return Step(
        id=str(first(span, ("spanId", "span_id"))),
        parent=text_of(first(span, ("parentSpanId", "parent_span_id", "parent_id"))),
        name=(text_in(attributes, _TOOL) if kind == "tool" else None) or str(span.get("name") or ""),
        kind=kind,
        start=_time(first(span, ("startTimeUnixNano", "start_time_unix_nano"))),
        end=_time(first(span, ("endTimeUnixNano", "end_time_unix_nano"))),
        given=_given(attributes),
        gave=gave,
        query=text_of(attributes.get("gen_ai.retrieval.query.text")),
        documents=openinference.documents(attributes) or (documents_in(gave) if kind == "retrieval" else []),
        call_id=text_in(attributes, _CALL_ID),
        model=text_in(attributes, _MODEL),
        cost_usd=cost if isinstance(cost, int | float) and not isinstance(cost, bool) and cost >= 0 else None,
        error=_error(span, attributes, events),
    )


def text_in(attributes: Attributes, names: Sequence[str]) -> str | None:
    """The first of these attributes as text, out of the quotes in which MLflow writes it."""
    # A span names few of them: looking for what is missing is most of the work of reading it.
    for name in names:
        if (value := attributes.get(name)) is not None and (text := text_of(unquoted(value))):
            return text
    return None


def first(fields: Mapping[str, Json], names: Sequence[str]) -> Json:
    """The first of these fields that is there."""
    for name in names:
        if (value := fields.get(name)) is not None:
            return value
    return None


def _kind(attributes: Attributes) -> Kind:
    operation = text_in(attributes, _OPERATION)
    if operation is None:
        return "model" if first(attributes, ("gen_ai.request.model", "llm.model_name")) else "other"
    return _OPERATIONS.get(operation, "other")


def _given(attributes: Attributes) -> Json:
    spoken = genai.given(attributes) or openinference.messages(attributes, "llm.input_messages")
    return spoken or unquoted(first(attributes, _GIVEN))


def _gave(attributes: Attributes) -> Json:
    spoken = genai.gave(attributes) or openinference.messages(attributes, "llm.output_messages")
    calls = parsed(attributes.get("ai.response.toolCalls"))
    if not spoken and isinstance(calls, list) and calls:
        spoken = [{"role": "assistant", "content": attributes.get("ai.response.text"), "tool_calls": calls}]
    return spoken or unquoted(first(attributes, _GAVE))


def _error(span: Mapping[str, Json], attributes: Attributes, events: Sequence[tuple[str, Attributes]]) -> str | None:
    status = span.get("status")
    code = status.get("code") if isinstance(status, Mapping) else None
    if code not in (2, "2", "STATUS_CODE_ERROR", "ERROR"):
        return None
    raised = next((text_of(found.get("exception.message")) for name, found in events if name == "exception"), None)
    message = text_of(status.get("message")) if isinstance(status, Mapping) else None
    # SDKs write "ValueError: what it said"; the class is wherever the exception was raised, and stays in the event.
    if message and raised and message.endswith(raised):
        return raised
    return message or raised or text_of(attributes.get("error.type")) or "failed without a message"


def _time(nanoseconds: Json) -> datetime | None:
    try:
        return time_of(nanoseconds, "UTC") if nanoseconds else None
    except (ValueError, OverflowError):
        return None  # a time that is none stays among the raw fields
