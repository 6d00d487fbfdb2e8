"""A chat, message by message, as the conversation a person reads and the answer they judge.

`chat.listen` collects what was said in whatever shape; here the messages are already known to come one after the other,
so a tool call keeps its place in the conversation, and what no field of a trace takes is handed back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from review_app.traces.chat import Call, listen, readable, text_of_message
from review_app.traces.columns import parsed, text_of
from review_app.traces.formats.otel_leftovers import Told
from review_app.traces.trace import Json

_TAKEN = {"role", "content", "name", "tool_calls", "tool_call_id", "error", "function"}
_TOOL_ROLES = ("tool", "function")
_THOUGHTS = ("reasoning", "thinking", "redacted_thinking")
_EMPTY: tuple[Json, ...] = (None, "", [], {})


@dataclass
class _Telling:
    """The conversation so far. left: what no field of a trace takes, by message."""

    messages: list[dict[str, Json]] = field(default_factory=list)
    calls: list[dict[str, Json]] = field(default_factory=list)
    tools: list[Json] = field(default_factory=list)
    left: list[dict[str, Json]] = field(default_factory=list)
    named: list[str | None] = field(default_factory=list)  # the calls' ids as they came

    def ask(self, call: Call) -> dict[str, Json]:
        """A new call. Some systems give an id twice; ours is unique, as the conversation refers to a call by it."""
        again = self.named.count(call.id) if call.id else 0
        unique = f"{call.id}#{again + 1}" if again else call.id
        self.named.append(call.id)
        self.calls.append({"name": call.name, "id": unique, "arguments": call.arguments, "result": None, "error": None})
        return self.calls[-1]

    def answer(self, turn: Mapping[str, Json]) -> dict[str, Json]:
        """The call that a tool's message answers, with what it says: by id, else by name, else a call of its own."""
        name = text_of(turn.get("name")) or text_of(turn.get("function"))
        call_id = text_of(turn.get("tool_call_id"))
        meant = next(
            (
                call
                for call, named in zip(self.calls, self.named, strict=True)
                if call["result"] is None and call["error"] is None
                if (named == call_id if call_id else call["name"] == name)
            ),
            None,
        )
        meant = meant or self.ask(Call(name=name or "tool", id=call_id))
        meant["error"], meant["result"] = text_of(_failure(turn.get("error"))[0]), _result(turn.get("content"))
        return meant


def conversation(turns: Sequence[Json], response: Sequence[Json] | None = None) -> dict[str, Json]:
    """The fields of a Trace that a chat tells: messages, tool_calls, output; and `metadata` with what has no place.

    The output is the last text of the assistant, where a `response` is given (one call of a model) only in that. What
    was said after it stands in metadata as `messages_after_output`, fields of messages that a trace has no place for as
    `message_fields`, with the number of the message from 0."""
    telling, after, output = _Telling(), [], None
    for number, turn in enumerate(turns):
        _tell(telling, turn, number)
    begin = 0 if response is None else len(telling.messages)
    for number, turn in enumerate(response or (), start=len(turns)):
        _tell(telling, turn, number)
    said = telling.messages
    answered = max((place for place in range(begin, len(said)) if _answers(said[place])), default=None)
    if answered is not None:
        output, after = text_of_message(said[answered]), said[answered + 1 :]
        said = said[:answered] + _without_text(said[answered])
    kept = {"message_fields": telling.left, "messages_after_output": after, "tools": telling.tools}
    return {
        "messages": said,
        "tool_calls": telling.calls,
        "output": output,
        "metadata": {name: value for name, value in kept.items() if value},
    }


def _tell(telling: _Telling, turn: Json, number: int) -> None:
    if not isinstance(turn, Mapping):
        telling.left.append({"message": number, "value": turn})
        return
    left = {name: value for name, value in turn.items() if name not in _TAKEN and value not in _EMPTY}
    role = str(turn.get("role") or "user")
    if role in _TOOL_ROLES:
        told: list[Json] = [telling.answer(turn)]
        left |= _failure(turn.get("error"))[1]
    else:
        left |= {"error": turn["error"]} if turn.get("error") not in _EMPTY else {}
        said = listen(dict(turn), role)
        asked = [telling.ask(call) for call in said.calls]
        shown = [{"type": "tool_call", "id": call["id"]} for call in asked if call["id"]]
        telling.messages += _with_parts(said.messages, shown, role)
        telling.tools += said.tools
        results = [{"tool_call_id": one.id, "name": one.name, "content": one.value} for one in said.results]
        told = [*said.messages, *said.tools, *asked, *(telling.answer(result) for result in results)]
        left |= {"unread": said.unread} if said.unread else {}
    left |= _thoughts(turn.get("content"))
    left |= _unheard(turn, [*told, left])
    if left:
        telling.left.append({"message": number, **left})


def _unheard(turn: Mapping[str, Json], told: list[dict[str, Json]]) -> dict[str, Json]:
    """The parts and calls of a message that say more than was told of it: a citation, a signature."""
    lists = {name: turn[name] for name in ("content", "tool_calls") if isinstance(turn.get(name), list)}
    # Parts of text become one text, with a blank line between two.
    texts = [one["content"].split("\n\n") for one in told if isinstance(one.get("content"), str)]
    heard = Told({"told": told, "texts": texts}) if lists else None
    more = {name: [one for one in parts if heard.misses(one)] for name, parts in lists.items()} if heard else {}
    return {name: parts for name, parts in more.items() if parts}


def _failure(error: Json) -> tuple[Json, dict[str, Json]]:
    """(what went wrong, what else is said of it)."""
    if not isinstance(error, Mapping):
        return error, {}
    said = "message" if error.get("message") else "type"
    more = {name: value for name, value in error.items() if name != said and value not in _EMPTY}
    return error.get(said), {"error": more} if more else {}


def _thoughts(content: Json) -> dict[str, Json]:
    parts = content if isinstance(content, list) else []
    found = [part for part in parts if isinstance(part, Mapping) and part.get("type") in _THOUGHTS]
    return {"thoughts": found} if found else {}


def _result(content: Json) -> Json:
    if not isinstance(content, list):
        return parsed(content)
    found = readable({"content": content})
    return content if isinstance(found, Mapping) and found.get("content") is content else found


def _with_parts(messages: list[dict[str, Json]], parts: list[dict[str, Json]], role: str) -> list[dict[str, Json]]:
    if not parts:
        return messages
    if not messages:
        return [{"role": role, "content": parts}]
    *before, last = messages
    content = last["content"]
    held = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    return [*before, last | {"content": [*held, *parts]}]


def _answers(message: Mapping[str, Json]) -> bool:
    return message["role"] == "assistant" and bool(text_of_message(message))


def _without_text(message: dict[str, Json]) -> list[dict[str, Json]]:
    """What the answer's message holds besides its text: calls and pictures."""
    content = message["content"]
    rest = [part for part in content if part["type"] != "text"] if isinstance(content, list) else []
    return [message | {"content": rest}] if rest else []
