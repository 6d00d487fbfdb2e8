"""Whether the output is JSON, and the JSON that was asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NoReturn

from jsonschema.protocols import Validator

from review_app.grading.checks import schema as json_schema
from review_app.grading.checks.finding import NO_OUTPUT, PASSED, Finding, failed
from review_app.traces.trace import Json, Trace


@dataclass(frozen=True, kw_only=True)
class ValidJson:
    """The whole output parses as JSON; NaN and a ``` fence around it are no JSON."""

    VERSION: ClassVar[int] = 1

    def result(self, trace: Trace) -> Finding:
        """Fails with the line and what stands there."""
        if trace.output is None:
            return NO_OUTPUT
        try:
            parse(trace.output)
        except ValueError as fault:
            return failed(str(fault))
        return PASSED


@dataclass(frozen=True, kw_only=True)
class MatchesSchema:
    """The output is JSON that fits `schema`."""

    VERSION: ClassVar[int] = 1
    schema: dict[str, Any]

    def __post_init__(self) -> None:
        json_schema.validator(self.schema)

    @cached_property
    def _validator(self) -> Validator:
        return json_schema.validator(self.schema)

    def result(self, trace: Trace) -> Finding:
        """Fails with the path of each fault."""
        if trace.output is None:
            return NO_OUTPUT
        try:
            value = parse(trace.output)
        except ValueError as fault:
            return failed(f"not JSON: {fault}")
        faults = json_schema.faults(self._validator, value)
        return failed(*faults) if faults else PASSED


def parse(text: str) -> Json:
    """The JSON value of `text`. Raises ValueError: "line 3: Expecting ',' delimiter, at '}'"."""
    try:
        return json.loads(text, parse_constant=_no_json)
    except json.JSONDecodeError as fault:
        start = fault.doc[fault.pos : fault.pos + 30].split("\n")[0]
        raise ValueError(f"line {fault.lineno}: {fault.msg}" + (f", at {start!r}" if start else "")) from fault
    except RecursionError:
        raise ValueError("it is nested too deeply to be read") from None


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
