"""OpenTelemetry's GenAI conventions: what was said, in span attributes, in events and in log records; in today's form
and in the two before it (`gen_ai.prompt`, and an event for each message)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from review_app.traces.columns import parsed, text_of
from review_app.traces.trace import Json

EVALUATION = "gen_ai.evaluation.result"
DETAILS = "gen_ai.client.inference.operation.details"  # what was said, as an event instead of span attributes
_SPOKEN = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
_CHOICE = "gen_ai.choice"
SPEAKING = {DETAILS, _CHOICE, *_SPOKEN}
"""The names of events and log records that say what went into a model and what came out."""

INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"


def event_name(fields: Mapping[str, Json], attributes: Mapping[str, Json]) -> str | None:
    """What a log record is about: its event's name, which older exporters wrote in an attribute or as the body."""
    named = fields.get("eventName") or fields.get("event_name") or attributes.get("event.name")
    body = fields.get("body")
    inside = (
        next((value for value in body.values() if isinstance(value, str)), None) if isinstance(body, dict) else body
    )
    return text_of(named or (inside if isinstance(inside, str) else None))


def said_in_events(events: Iterable[tuple[str, Mapping[str, Json]]]) -> dict[str, Json]:
    """Events as the span attributes that say the same. events: (name, attributes, a log's body among them)."""
    given: list[Json] = []
    gave: list[Json] = []
    found: dict[str, Json] = {}
    for name, inside in events:
        if name == DETAILS:
            found |= {key: value for key, value in inside.items() if key != "event.name"}
        elif name in _SPOKEN:
            given.append({"role": _SPOKEN[name], **_plain(inside)})
        elif name == _CHOICE:
            message = parsed(inside.get("message"))
            held = message if isinstance(message, Mapping) else {"content": message} if message else {}
            gave.append({"role": "assistant", **_plain(inside), **held})
    return ({INPUT: given} if given else {}) | ({OUTPUT: gave} if gave else {}) | found


def given(attributes: Mapping[str, Json]) -> Json:
    """What a model was given; None where no convention says it."""
    spoken = parsed(attributes.get(INPUT)) or parsed(attributes.get("gen_ai.prompt")) or _gathered(attributes, "prompt")
    if not spoken:
        return None
    return {"system": parsed(attributes.get("gen_ai.system_instructions")), "messages": spoken}


def gave(attributes: Mapping[str, Json]) -> Json:
    """What a model answered; None where no convention says it."""
    return (
        parsed(attributes.get(OUTPUT))
        or parsed(attributes.get("gen_ai.completion"))
        or _gathered(attributes, "completion")
        or None
    )


def numbered(attributes: Mapping[str, Json], prefix: str) -> list[dict[str, Json]]:
    """prefix.0.a, prefix.0.b, prefix.1.a … as [{a, b}, {a}]; a list that stands at `prefix` itself, as it is.

    The numbers only sort: a key that ends in .999999999 makes a list of one."""
    folded = parsed(attributes.get(prefix))
    if isinstance(folded, list):
        return [dict(item) for item in folded if isinstance(item, Mapping)]
    gathered: dict[int, dict[str, Json]] = {}
    dotted = prefix + "."
    for key in attributes:
        if key.startswith(dotted):
            number, _, rest = key[len(dotted) :].partition(".")
            if number.isdecimal() and len(number) < 10:
                gathered.setdefault(int(number), {})[rest] = attributes[key]
    return [gathered[number] for number in sorted(gathered)]


def _gathered(attributes: Mapping[str, Json], which: str) -> list[Json]:
    """OpenLLMetry's flattened form: gen_ai.prompt.0.role, gen_ai.completion.0.tool_calls.0.name."""
    return [
        {
            "role": flat.get("role") or ("user" if which == "prompt" else "assistant"),
            "content": flat.get("content"),
            "tool_calls": numbered(flat, "tool_calls"),
            "tool_call_id": flat.get("tool_call_id"),
        }
        for flat in numbered(attributes, f"gen_ai.{which}")
    ]


def _plain(inside: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in inside.items() if key not in ("event.name", "message")}
