"""Whether tools were called the way they are declared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from jsonschema.protocols import Validator

from review_app.grading.checks import schema as json_schema
from review_app.grading.checks.finding import FORMATTING, Finding, judged, not_applicable
from review_app.grading.checks.json_answer import parse
from review_app.traces.trace import ToolCall, Trace


@dataclass(frozen=True, kw_only=True)
class ToolArguments:
    """The arguments of each call fit the JSON Schema of its tool. tools: tool -> schema. Arguments may be an object or
    its text; none at all are the empty object. A call of a tool without a schema is not looked at."""

    LAYER: ClassVar[str] = FORMATTING
    VERSION: ClassVar[int] = 1
    tools: dict[str, dict[str, Any]]

    def __post_init__(self) -> None:
        for name, schema in self.tools.items():
            try:
                json_schema.validator(schema)
            except ValueError as fault:
                raise ValueError(f"{name}: {fault}") from fault

    @cached_property
    def _validators(self) -> dict[str, Validator]:
        return {name: json_schema.validator(schema) for name, schema in self.tools.items()}

    def run(self, trace: Trace) -> Finding:
        """Fails with the number and name of the call, and the path: "call 2, find_copy: $.branch: 7 is not ...\""""
        if not trace.tool_calls:
            return not_applicable("no tool was called")
        known = [(number, call) for number, call in enumerate(trace.tool_calls, start=1) if call.name in self.tools]
        if not known:
            return not_applicable(f"no schema for {', '.join(sorted({call.name for call in trace.tool_calls}))}")
        faults = [f"call {number}, {call.name}: {fault}" for number, call in known for fault in self._faults(call)]
        return judged(faults)

    def _faults(self, call: ToolCall) -> list[str]:
        arguments = call.arguments
        if isinstance(arguments, str):
            try:
                arguments = parse(arguments or "{}")
            except ValueError as fault:
                return [f"arguments are not JSON: {fault}"]
        return json_schema.faults(self._validators[call.name], {} if arguments is None else arguments)
