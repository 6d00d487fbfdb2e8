"""ATIF, the Agent Trajectory Interchange Format (v1.0 to 1.6): what an agent was asked, did, saw, and said.

A file holds one trajectory, a list of them, or an object of them (a parent and its sub-agents). Each is a trace; those
of sub-agents belong to the session of the one that called them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from review_app.tables import Reject
from review_app.traces.columns import text_of, time_of
from review_app.traces.dialogue import conversation
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.glimpse import Glimpse
from review_app.traces.scores import cost
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json, Trace, from_values

NAME = "atif"

Fields = Mapping[str, Json]

_ROLES = {"agent": "assistant", "user": "user", "system": "system"}
_SAID = ("source", "message", "tool_calls")
_CALL = ("function_name", "arguments")
_EMPTY: tuple[Json, ...] = (None, "", [], {})
_DEEPEST = 20  # trajectories inside trajectories


def looks_like(glimpse: Glimpse) -> bool:
    """A trajectory: a schema version, an agent and steps; at the top or one level down."""
    top = {key.rpartition(".")[0] for key in glimpse.keys if key.split(".")[-1] == "schema_version"}
    wanted = ("steps.[].source", "agent.name")
    return any(all((f"{place}." if place else "") + key in glimpse.keys for key in wanted) for place in top)


def read(path: Path) -> Iterator[Trace | Reject]:
    """Each trajectory, a parent before its sub-agents."""
    for row in rows(path):
        if isinstance(row, Reject):
            yield row
            continue
        line, record = row
        found = list(_trajectories(record, None, 0))
        if not found:
            yield rejected(path, line, ValueError("holds no trajectory"), str(record).encode(errors="replace"))
        callers = _callers(one for one, _ in found)
        for trajectory, inside in found:
            try:
                yield _trace(trajectory, callers.get(str(trajectory.get("session_id"))) or inside)
            except (ValueError, TypeError, AttributeError, OverflowError) as fault:
                yield rejected(path, line, fault, str(trajectory).encode(errors="replace"))


def _trajectories(record: Fields, caller: str | None, depth: int) -> Iterator[tuple[Fields, str | None]]:
    """(trajectory, session of the one it stands inside), out of an object of any of them."""
    if "steps" in record:
        yield record, caller
        caller = caller or text_of(record.get("session_id"))
        nested = record.get("subagent_trajectories")
        inside: list[Json] = nested if isinstance(nested, list) else []
    else:
        inside = list(record.values())
    for held in inside if depth < _DEEPEST else ():
        if isinstance(held, Mapping) and ("steps" in held or depth == 0):
            yield from _trajectories(held, caller, depth + 1)


def _callers(trajectories: Iterator[Fields]) -> dict[str, str]:
    """Session of a sub-agent -> session of the agent that called it."""
    found: dict[str, str] = {}
    for trajectory in trajectories:
        for step in _dicts(trajectory.get("steps")):
            for result in _results(step):
                for called in _dicts(result.get("subagent_trajectory_ref")):
                    found[str(called.get("session_id"))] = str(trajectory.get("session_id"))
    return found


def _trace(trajectory: Fields, caller: str | None) -> Trace:
    name = text_of(trajectory.get("trajectory_id")) or text_of(trajectory.get("session_id"))
    if name is None:
        raise ValueError("the trajectory has no session_id")
    steps, held = _dicts(trajectory.get("steps")), trajectory.get("agent")
    agent = held if isinstance(held, Mapping) else {}
    values = conversation([turn for step in steps for turn in _turns(step)])
    times = [at for step in steps if (at := time_of(step.get("timestamp"), "UTC"))]
    own = {
        "trace_id": name,
        "at": min(times).isoformat() if times else None,
        "latency_s": (max(times) - min(times)).total_seconds() if times else None,
        "session_id": caller or text_of(trajectory.get("session_id")),
        "route": text_of(agent.get("name")),
        "model": text_of(agent.get("model_name")) or _model(steps),
        "prompt_version": text_of(agent.get("version")),
        "cost_usd": _cost(trajectory, steps),
        "metadata": values["metadata"] | _rest(trajectory, steps),
    }
    return numbers_kept(from_values(values | own))


def _turns(step: Fields) -> Iterator[dict[str, Json]]:
    """What a step says as messages: itself with its calls, then what came back."""
    source = str(step.get("source"))
    calls = [
        {
            "type": "function",
            "id": call.get("tool_call_id"),
            "function": {"name": call.get("function_name"), "arguments": call.get("arguments")},
        }
        for call in _dicts(step.get("tool_calls"))
    ]
    said = {"role": _ROLES.get(source, source), "content": _content(step.get("message"))}
    yield said | ({"tool_calls": calls} if calls else {})
    for result in _results(step):
        answer = {"role": "tool", "tool_call_id": result.get("source_call_id"), "content": result.get("content")}
        # Without a call it is what the agent saw of its surroundings, which it did not ask for.
        yield answer if result.get("source_call_id") else answer | {"name": "observation"}


def _content(message: Json) -> Json:
    """A picture's path stands inside its source; the rest is as everywhere."""
    if not isinstance(message, list):
        return message
    return [
        {"type": "image", "url": part["source"].get("path"), "media_type": part["source"].get("media_type")}
        if isinstance(part, Mapping) and isinstance(part.get("source"), Mapping)
        else part
        for part in message
    ]


def _rest(trajectory: Fields, steps: list[Fields]) -> dict[str, Json]:
    """All but what was said: of the agent, of the whole, and of each step (thoughts, counts, references)."""
    inside = ("steps", "subagent_trajectories")
    rest = {name: value for name, value in trajectory.items() if name not in inside and value not in _EMPTY}
    left = [_step_left(step) for step in steps]
    return rest | ({"steps": left} if left else {})


def _step_left(step: Fields) -> dict[str, Json]:
    around = step.get("observation")
    seen = [{key: value for key, value in result.items() if key != "content"} for result in _results(step)]
    calls = [{k: v for k, v in call.items() if k not in _CALL} for call in _dicts(step.get("tool_calls"))]
    beside = {
        "observation": [one for one in seen if set(one) - {"source_call_id"}],
        "observation_fields": {k: v for k, v in around.items() if k != "results"}
        if isinstance(around, Mapping)
        else around,
        "tool_calls": [one for one in calls if set(one) - {"tool_call_id"}],
    }
    fields = {name: value for name, value in step.items() if name not in (*_SAID, "observation")}
    return fields | {name: value for name, value in beside.items() if value not in _EMPTY}


def _cost(trajectory: Fields, steps: list[Fields]) -> float | None:
    final = trajectory.get("final_metrics")
    total = cost(final.get("total_cost_usd")) if isinstance(final, Mapping) else None
    metrics = [step["metrics"] for step in steps if isinstance(step.get("metrics"), Mapping)]
    each = [paid for one in metrics if (paid := cost(one.get("cost_usd"))) is not None]
    return total if total is not None else sum(each) if each else None


def _model(steps: list[Fields]) -> str | None:
    return next((named for step in reversed(steps) if (named := text_of(step.get("model_name")))), None)


def _results(step: Fields) -> list[Fields]:
    seen = step.get("observation")
    return _dicts(seen.get("results")) if isinstance(seen, Mapping) else []


def _dicts(value: Json) -> list[Fields]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
