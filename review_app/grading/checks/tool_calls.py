"""Whether the tools that were called are those that were expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError

from review_app.grading.checks.comparison import same
from review_app.grading.checks.expected import CALLS, Places, expected
from review_app.grading.checks.finding import TASK, Finding, judged
from review_app.grading.checks.json_answer import parse
from review_app.traces.trace import Json, ToolCall, Trace


@dataclass(frozen=True, kw_only=True)
class ExpectedCall:
    """One call. arguments: what it has to be called with; None: whatever."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    arguments: dict[str, Any] | None = None


_CALLS = TypeAdapter(tuple[ExpectedCall, ...])


@dataclass(frozen=True, kw_only=True)
class ToolCalls:
    """The expected tools were called, and nothing else unless `extra`.

    calls: what is expected of every trace; without it, the trace says it (`expected`: a list of names, or of objects
    with name and arguments). order: `same` or `any`. arguments: `named`, those that are expected have their value and
    others may be there; `all`, they are exactly those; `ignore`."""

    LAYER: ClassVar[str] = TASK
    VERSION: ClassVar[int] = 1
    calls: tuple[ExpectedCall, ...] | None = None
    order: Literal["same", "any"] = "same"
    arguments: Literal["named", "all", "ignore"] = "named"
    extra: bool = False
    expected: Places = CALLS

    def run(self, trace: Trace) -> Finding:
        """Fails with each expected call that is missing and each that nobody expected."""
        wanted = self.calls if self.calls is not None else _read(expected(trace, self.expected))
        fits = [[self._fits(call, goal) for goal in wanted] for call in trace.tool_calls]
        matched = _in_order(fits, len(wanted)) if self.order == "same" else _in_any_order(fits, len(wanted))
        faults = [f"missing: {_told(goal)}" for number, goal in enumerate(wanted) if number not in matched.values()]
        if not self.extra or faults:
            # Beside a missing call, the one that was made in its place says what went wrong.
            faults += [
                f"call {number + 1} was not expected: {_called(call)}"
                for number, call in enumerate(trace.tool_calls)
                if number not in matched
            ]
        return judged(faults)

    def _fits(self, call: ToolCall, goal: ExpectedCall) -> bool:
        if call.name != goal.name:
            return False
        if goal.arguments is None or self.arguments == "ignore":
            return True
        given = _arguments(call)
        if not isinstance(given, dict) or (self.arguments == "all" and given.keys() != goal.arguments.keys()):
            return False
        return all(key in given and same(given[key], value) for key, value in goal.arguments.items())


def _read(value: Json) -> tuple[ExpectedCall, ...]:
    if isinstance(value, str):
        value = parse(value)
    if isinstance(value, list):
        value = [{"name": item} if isinstance(item, str) else item for item in value]
    try:
        return _CALLS.validate_python(value)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ValueError(
            f"the expected calls are no list of names or {{name, arguments}}: {place} {first['msg']}"
        ) from None


def _in_order(fits: Sequence[Sequence[bool]], wanted: int) -> dict[int, int]:
    """call -> expected call: the longest series that is in the same order on both sides."""
    made = len(fits)
    best = [[0] * (wanted + 1) for _ in range(made + 1)]
    for call in reversed(range(made)):
        for goal in reversed(range(wanted)):
            with_both = best[call + 1][goal + 1] + 1 if fits[call][goal] else 0
            best[call][goal] = max(with_both, best[call + 1][goal], best[call][goal + 1])
    matched, call, goal = {}, 0, 0
    while call < made and goal < wanted:
        if fits[call][goal] and best[call][goal] == best[call + 1][goal + 1] + 1:
            matched[call] = goal
            call, goal = call + 1, goal + 1
        elif best[call + 1][goal] >= best[call][goal + 1]:
            call += 1
        else:
            goal += 1
    return matched


def _in_any_order(fits: Sequence[Sequence[bool]], wanted: int) -> dict[int, int]:
    """call -> expected call, as many as can be paired (augmenting paths; Kuhn 1955)."""
    taken: dict[int, int] = {}

    def pair(call: int, tried: set[int]) -> bool:
        for goal in range(wanted):
            if fits[call][goal] and goal not in tried:
                tried.add(goal)
                if goal not in taken or pair(taken[goal], tried):
                    taken[goal] = call
                    return True
        return False

    for call in range(len(fits)):
        pair(call, set())
    return {call: goal for goal, call in taken.items()}


def _arguments(call: ToolCall) -> Json:
    if not isinstance(call.arguments, str):
        return {} if call.arguments is None else call.arguments
    try:
        return parse(call.arguments or "{}")
    except ValueError:
        return call.arguments


def _told(goal: ExpectedCall) -> str:
    return goal.name if goal.arguments is None else f"{goal.name} {_short(goal.arguments)}"


def _called(call: ToolCall) -> str:
    return f"{call.name} {_short(_arguments(call))}"


def _short(value: Json, most: int = 160) -> str:
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= most else text[:most] + "…"
