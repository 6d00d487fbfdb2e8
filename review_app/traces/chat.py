"""What was said, out of whatever shape it was written in: the chats of OpenAI (completions and responses), Anthropic,
Gemini, LangChain, Vercel and the GenAI conventions, plain text, and any of them as JSON inside a string.

Everybody nests the same few things differently, so this listens for those things rather than for a vendor: a dict with
a role is a message, parts are text, calls or results, and a handful of keys wrap one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic_core import from_json

from review_app.traces.columns import parsed
from review_app.traces.trace import Json

_ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "bot": "assistant", "developer": "system"}
_ROLES |= {f"{name}message": role for name, role in _ROLES.items()} | {"function": "tool", "toolmessage": "tool"}
_ROLES |= {role: role for role in ("user", "assistant", "system", "tool")} | {"systemmessage": "system"}

_SYSTEM_KEYS = ("system", "instructions", "system_instruction", "systemInstruction")
# Looked for in this order; the first that is there holds what was said.
_WRAPPERS = (
    "messages", "new_message", "contents", "candidates", "choices", "message", "kwargs", "prompt", "generations",
    "content", "parts", "input", "question", "query", "user_input", "output", "answer", "response", "text", "result",
    "completion",
)  # fmt: skip
_TEXT_TYPES = ("text", "input_text", "output_text")
_CALL_TYPES = ("tool_call", "tool-call", "tool_use", "function_call", "function")
_RESULT_TYPES = ("tool_call_response", "tool-result", "tool_result", "function_call_output", "function_result")
_THOUGHT_TYPES = ("reasoning", "thinking", "redacted_thinking")
_DEEPEST = 40


@dataclass(frozen=True, kw_only=True)
class Call:
    """A tool call as it was asked for."""

    name: str
    id: str | None = None
    arguments: Json = None


@dataclass(frozen=True, kw_only=True)
class CallResult:
    """What came back from a tool, with the id of the call or the name of the tool."""

    value: Json
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """messages: as the fields of trace.Message, without those of tools. tools: declarations of tools.
    unread: dicts in which nothing was recognised."""

    messages: list[dict[str, Json]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: list[CallResult] = field(default_factory=list)
    tools: list[Json] = field(default_factory=list)
    unread: list[Json] = field(default_factory=list)

    def last(self, role: str) -> str | None:
        """The text that this role said last; None when it said nothing."""
        texts = [text_of_message(message) for message in self.messages if message["role"] == role]
        return texts[-1] if texts else None


def listen(value: Json, role: str) -> Said:
    """What was said in `value`; plain text was said by `role`."""
    said = Said()
    if value is None:  # as in most steps
        return said
    _Listener(said).hear(value, role, 0)
    return said


def text_of_message(message: Mapping[str, Json]) -> str:
    """The text of a message of `Said`."""
    content = message["content"]
    return content if isinstance(content, str) else "\n\n".join(part["text"] for part in content if part.get("text"))


def unquoted(value: Json) -> Json:
    """Plain text that was written as JSON text, so in quotes, as what it says; everything else as it is."""
    if isinstance(value, str) and len(value) > 1 and value.startswith('"') and value.endswith('"'):
        try:
            return from_json(value)
        except ValueError:
            return value
    return value


def readable(value: Json) -> Json:
    """A tool's answer without the wrapping its protocol put around it: text where it is text, else the JSON value."""
    value = parsed(value)
    if not isinstance(value, Mapping):
        return value
    if value.get("type") in _RESULT_TYPES:
        return readable(_first(value, ("result", "response", "content", "output")))
    inside = value.get("content")
    if isinstance(inside, list) and (text := _texts(inside)):
        return readable(text)
    return readable(inside) if isinstance(inside, str) and _role_of(value) == "tool" else value


class _Listener:
    """Goes through a value and writes down in `said` what it recognises."""

    def __init__(self, said: Said) -> None:
        self._said = said

    def hear(self, value: Json, role: str, depth: int) -> None:
        found = parsed(value)
        if depth > _DEEPEST or found is None:
            return
        if isinstance(found, list):
            self._hear_list(found, role, depth)
        elif isinstance(found, Mapping):
            self._hear_dict(found, value, role, depth)
        else:
            self._message(role, [{"type": "text", "text": str(found)}], None)

    def _hear_list(self, items: list[Json], role: str, depth: int) -> None:
        if items and all(isinstance(item, Mapping) and _role_of(item) is None for item in items):
            self._parts(items, role, depth)
        elif items and all(isinstance(item, str) for item in items):
            self._message(role, [{"type": "text", "text": item} for item in items], None)
        else:
            for item in items:
                self.hear(item, role, depth + 1)

    def _hear_dict(self, found: Mapping[str, Json], written: Json, role: str, depth: int) -> None:
        if _role_of(found) is not None and not _is_wrapped(found):
            self._hear_message(found, role, depth)
            return
        if _is_part(found):
            self._parts([found], role, depth)
            return
        for holder in (found, found.get("config")):
            if isinstance(holder, Mapping):
                for key in _SYSTEM_KEYS:
                    self.hear(holder.get(key), "system", depth + 1)
        for key in _WRAPPERS:
            if found.get(key) not in (None, "", []):
                self.hear(found[key], role, depth + 1)
                return
        if isinstance(written, str):  # JSON that somebody typed, or that the model was to write
            self._message(role, [{"type": "text", "text": written}], None)
        else:
            self._said.unread.append(dict(found))

    def _hear_message(self, message: Mapping[str, Json], role: str, depth: int) -> None:
        role = _role_of(message) or role
        content = _first(message, ("content", "parts", "text"))
        extra = message.get("additional_kwargs")
        calls = message.get("tool_calls") or message.get("toolCalls") or []
        calls = calls or (extra.get("tool_calls") if isinstance(extra, Mapping) else None) or []
        for call in calls if isinstance(calls, list) else []:
            self._call(call)
        inside = parsed(content)
        parts = inside if isinstance(inside, list) else [inside]
        if all(isinstance(part, Mapping) and _is_part(part) for part in parts):
            self._parts(parts, role, depth)
        elif role == "tool":
            said_by = _first(message, ("tool_call_id", "toolCallId"))
            self._said.results.append(
                CallResult(value=readable(content), id=_text(said_by), name=_text(message.get("name")))
            )
        elif isinstance(content, str):
            self._message(role, [{"type": "text", "text": content}], message.get("name"))
        else:
            self.hear(content, role, depth + 1)

    def _parts(self, parts: list[Json], role: str, depth: int) -> None:
        kept: list[dict[str, Json]] = []
        for part in parts:
            if _is_definition(part):
                self._said.tools.append(part)
            elif call := _call_in(part):
                self._call(call)
            elif (result := _result_in(part)) is not None:
                self._said.results.append(result)
            elif part.get("type") in _THOUGHT_TYPES:
                continue
            elif (text := _part_text(part)) is not None:
                kept.append({"type": "text", "text": text})
            elif media := _media(part):
                kept.append(media)
            else:
                self.hear(dict(part), role, depth + 1)
        self._message(role, kept, None)

    def _message(self, role: str, parts: list[dict[str, Json]], name: Json) -> None:
        parts = [part for part in parts if part["type"] != "text" or part["text"].strip()]
        if not parts or role == "tool":
            return
        texts = [part["text"] for part in parts if part["type"] == "text"]
        content = "\n\n".join(texts) if len(texts) == len(parts) else parts
        message = {"role": role, "content": content}
        self._said.messages.append(message | ({"name": name} if isinstance(name, str) and name else {}))

    def _call(self, given: Json) -> None:
        if not isinstance(given, Mapping):
            return
        inside = _function(given)
        name = _text(_first(inside, ("name", "toolName")))
        if name:
            arguments = parsed(_first(inside, ("arguments", "args", "input")))
            call_id = _text(_first(given, ("call_id", "id", "toolCallId")))
            self._said.calls.append(Call(name=name, id=call_id, arguments=arguments))


def _role_of(value: Mapping[str, Json]) -> str | None:
    """The role a dict speaks in; None when it is no message."""
    # A `type` is a role in LangChain only, where something is said with it; elsewhere it is the kind of a part.
    role = value.get("role") or (value.get("type") if "content" in value else None)
    if value.get("lc") and isinstance(value.get("id"), list) and value["id"]:
        role = value["id"][-1]  # LangChain's serialised objects: ["langchain", "schema", "messages", "HumanMessage"]
    if not isinstance(role, str):
        return None
    known = _ROLES.get(role.lower())
    return known or (role.lower() if value.get("role") else None)


def _is_wrapped(value: Mapping[str, Json]) -> bool:
    return isinstance(value.get("kwargs"), Mapping)


def _is_part(value: Mapping[str, Json]) -> bool:
    known = (*_TEXT_TYPES, *_CALL_TYPES, *_RESULT_TYPES, *_THOUGHT_TYPES)
    return value.get("type") in known or bool(_call_in(value)) or _media(value) is not None or set(value) == {"text"}


def _is_definition(value: Mapping[str, Json]) -> bool:
    inside = _function(value)
    return "parameters" in inside and "name" in inside


def _function(value: Mapping[str, Json]) -> Mapping[str, Json]:
    """What OpenAI nests under `function`, or the dict itself."""
    inside = value.get("function")
    return inside if isinstance(inside, Mapping) else value


def _call_in(part: Mapping[str, Json]) -> Mapping[str, Json] | None:
    for key in ("function_call", "functionCall"):
        if isinstance(part.get(key), Mapping):
            return part[key]  # type: ignore[no-any-return]
    if part.get("type") in _CALL_TYPES and not _is_definition(part):
        return part
    return part if "toolCallId" in part and "toolName" in part and not _has(part, ("output", "result")) else None


def _result_in(part: Mapping[str, Json]) -> CallResult | None:
    for key in ("function_response", "functionResponse"):
        if isinstance(inside := part.get(key), Mapping):
            return CallResult(value=inside.get("response"), id=_text(inside.get("id")), name=_text(inside.get("name")))
    if part.get("type") not in _RESULT_TYPES and not ("toolCallId" in part and _has(part, ("output", "result"))):
        return None
    value = _first(part, ("response", "content", "output", "result"))
    call = _first(part, ("id", "tool_use_id", "toolCallId", "call_id"))
    return CallResult(value=readable({"content": value} if isinstance(value, list) else value), id=_text(call))


def _part_text(part: Mapping[str, Json]) -> str | None:
    text = part.get("text", part.get("content"))
    plain = part.get("type") in _TEXT_TYPES or (part.get("type") is None and set(part) <= {"text", "thought"})
    return text if plain and isinstance(text, str) else None


def _media(part: Mapping[str, Json]) -> dict[str, Json] | None:
    for kind in ("image", "audio", "file"):
        if kind in str(part.get("type") or part.get("modality") or ""):
            held = _first(part, ("url", "uri", f"{kind}_url", kind, "file_id", "source", "data"))
            url = _first(held, ("url", "uri", "data", "file_id")) if isinstance(held, Mapping) else held
            media = _text(_first(part, ("media_type", "mime_type", "mediaType")))
            return {"type": kind, "url": _text(url)} | ({"media_type": media} if media else {})
    return None


def _texts(parts: list[Json]) -> str:
    found = [_part_text(part) for part in parts if isinstance(part, Mapping)]
    return "\n\n".join(text for text in found if text)


def _first(value: Mapping[str, Json], keys: tuple[str, ...]) -> Json:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _has(value: Mapping[str, Json], keys: tuple[str, ...]) -> bool:
    return any(key in value for key in keys)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
