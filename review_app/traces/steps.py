"""The steps a system took to answer (spans, observations), put together into the one trace a person judges.

Foreign formats differ in words and agree in this: a tree of steps, of which some asked a model, called a tool or looked
something up, each with what went in and what came out. Which user turn was the question and which text the answer is
decided here, once, for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

import orjson

from review_app.traces.chat import Call, CallResult, Said, listen, readable, text_of_message
from review_app.traces.columns import parsed
from review_app.traces.trace import Json

Kind = Literal["model", "tool", "retrieval", "other"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One span or observation. given, gave: what went in and came out, in the exporter's own shape. query: what was
    looked up. documents: as the fields of trace.Document. call_id: of a tool, the id of the call it carries out."""

    id: str
    parent: str | None = None
    name: str = ""
    kind: Kind = "other"
    start: datetime | None = None
    end: datetime | None = None
    given: Json = None
    gave: Json = None
    query: str | None = None
    documents: Sequence[dict[str, Json]] = ()
    call_id: str | None = None
    model: str | None = None
    cost_usd: float | None = None
    error: str | None = None


@dataclass
class _Called:
    """A tool call while its result is looked for."""

    call: Call
    result: Json = None
    error: str | None = None
    step: Step | None = None


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was said in a model's steps, in the order of time."""

    given: list[Said] = field(default_factory=list)
    gave: list[Said] = field(default_factory=list)


def assembled(steps: Iterable[Step]) -> dict[str, Json]:
    """The fields of a Trace that its steps tell: messages, documents, tool_calls, output, error, model, at, latency_s,
    cost_usd; and `metadata` with what the model was sent where that is more than the conversation."""
    ordered = sorted(steps, key=lambda step: step.start.timestamp() if step.start else float("inf"))
    root = _root(ordered)
    # Some exporters leave the outermost step empty and write on the ones right below it.
    outer = [root, *(step for step in ordered if step.parent == root.id and step.kind == "other")]
    asked = _first_speaking([listen(step.given, "user") for step in outer], "user")
    answered = _first_speaking([listen(step.gave, "assistant") for step in outer], "assistant")
    models = [step for step in ordered if step.kind == "model"]
    heard = Heard(
        given=[listen(step.given, "user") for step in models], gave=[listen(step.gave, "assistant") for step in models]
    )
    calls = _tool_calls(ordered, [answered, *heard.gave], [asked, *heard.given])
    messages, sent = _conversation(ordered, asked, heard)
    output = _output(answered, heard, failed_or_called=bool(calls or root.error))
    documents = [document for step in ordered for document in step.documents]
    tools = next((said.tools for said in heard.given if said.tools), [])
    return {
        "messages": messages,
        "documents": list({orjson.dumps(document): document for document in documents}.values()),
        "tool_calls": calls,
        "output": output,
        "error": _error(root, ordered, output),
        "model": next((step.model for step in reversed(models) if step.model), root.model),
        "at": root.start.isoformat() if root.start else None,
        "latency_s": _seconds(root),
        "cost_usd": sum(costs) if (costs := [s.cost_usd for s in ordered if s.cost_usd is not None]) else None,
        "metadata": _only({"prompt_as_sent": sent, "tools": tools}),
    }


def _root(ordered: Sequence[Step]) -> Step:
    known = {step.id for step in ordered}
    return next((step for step in ordered if step.parent not in known), ordered[0])


def _first_speaking(said: list[Said], role: str) -> Said:
    return next((one for one in said if one.last(role) is not None), said[0])


def _conversation(ordered: Sequence[Step], asked: Said, heard: Heard) -> tuple[list[dict[str, Json]], str | None]:
    """The messages, and the last user message as the model got it when the question had been packed into more text."""
    first = next((said.messages for said in heard.given if said.last("user")), [])
    question = asked.last("user") or next((step.query for step in ordered if step.query), None)
    own = asked.messages or ([{"role": "user", "content": question}] if question else [])
    last = max((place for place, message in enumerate(first) if message["role"] == "user"), default=None)
    if last is None or question is None:
        messages, sent = first or own, None
    elif question in (sent := text_of_message(first[last])):
        # Retrieved passages stand around the question; they are shown as documents.
        messages = (
            first if sent == question else [*first[:last], first[last] | {"content": question}, *first[last + 1 :]]
        )
    else:
        messages = own
    told = [said for said in (asked, *heard.given, *heard.gave) if said.last("system")]
    if told and all(message["role"] != "system" for message in messages):
        messages = [message for message in told[0].messages if message["role"] == "system"] + messages
    return messages, None if sent == question else sent


def _output(answered: Said, heard: Heard, *, failed_or_called: bool) -> str | None:
    """What the whole gave, else what the model said last, else the JSON it gave; None when that was calls only."""
    text = next((t for said in (answered, *reversed(heard.gave)) if (t := said.last("assistant"))), None)
    if text is not None or failed_or_called:
        return text
    left = [item for said in (answered, *heard.gave) for item in said.unread]
    return orjson.dumps(left[0], option=orjson.OPT_INDENT_2).decode() if left else None


def _error(root: Step, ordered: Sequence[Step], output: str | None) -> str | None:
    """The error of the whole; that of a step counts only where there is no answer: a tool may fail and be survived."""
    if root.error or output is not None:
        return root.error
    return next((step.error for step in reversed(ordered) if step.error), None)


def _tool_calls(ordered: Sequence[Step], gave: list[Said], given: list[Said]) -> list[dict[str, Json]]:
    """Each call once, in the order it was asked for, with its result or error."""
    found: dict[str, _Called] = {}
    for call in (call for said in (*gave, *given) for call in said.calls):
        found.setdefault(call.id or _key(call.name, call.arguments), _Called(call))
    called = list(found.values())
    names = {one.call.name for one in called}
    for step in ordered:
        if step.kind == "tool" or any(_named(step, name) for name in names):
            _carry_out(step, called)
    for result in (result for said in (*given, *gave) for result in said.results):
        _carry_back(result, called)
    return [
        {
            "name": one.call.name,
            "id": one.call.id,
            "arguments": one.call.arguments,
            "result": None if one.error else one.result,
            "error": one.error,
        }
        for one in called
    ]


def _carry_back(result: CallResult, called: list[_Called]) -> None:
    """Write what a tool's message says to its call, where no step has told it."""
    for one in called:
        meant = one.call.id == result.id if result.id else one.call.name == result.name
        if meant and one.step is None and one.result is None:
            one.result = result.value
            return


def _carry_out(step: Step, called: list[_Called]) -> None:
    """Write the step's outcome to the call it belongs to: by id, else by name and arguments, else by name alone."""
    free = [one for one in called if one.step is None and (step.call_id is None or one.call.id == step.call_id)]
    named = [one for one in free if step.call_id or _named(step, one.call.name)]
    arguments = _plain_arguments(step.given)
    same = [one for one in named if _key("", one.call.arguments) == _key("", arguments)]
    if named:
        one = (same or named)[0]
    elif step.kind == "tool":
        one = _Called(Call(name=step.name, id=step.call_id, arguments=arguments))
        called.append(one)
    else:
        return
    one.step, one.error = step, step.error
    one.result = readable(step.gave)
    if one.call.arguments is None:
        one.call = replace(one.call, arguments=arguments)


def _named(step: Step, name: str) -> bool:
    # "execute_tool find_copy", "tool.ByeTool"
    return step.name == name or step.name.endswith((f" {name}", f".{name}"))


def _plain_arguments(given: Json) -> Json:
    arguments = parsed(given)
    only = arguments.get("input") if isinstance(arguments, dict) and len(arguments) == 1 else None
    return only if isinstance(only, dict) else arguments


def _key(name: str, arguments: Json) -> str:
    return name + orjson.dumps(arguments or {}, option=orjson.OPT_SORT_KEYS).decode()


def _seconds(step: Step) -> float | None:
    return max(0.0, (step.end - step.start).total_seconds()) if step.start and step.end else None


def _only(values: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def calls_in(said: Said) -> list[dict[str, Json]]:
    """The tool calls of one conversation with their results, as the fields of trace.ToolCall."""
    return _tool_calls((), [said], [])
