"""Whether the output is JSON, and the JSON that was asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, NoReturn

from jsonschema.protocols import Validator

from review_app.grading.checks import schema as json_schema
from review_app.grading.checks.finding import FORMATTING, NO_OUTPUT, PASSED, Finding, failed, judged
from review_app.grading.checks.json_path import MISSING, reached, steps
from review_app.traces.trace import Json, Trace

Type = Literal["string", "number", "integer", "boolean", "array", "object", "null", "any"]
_KINDS: dict[Type, tuple[type[Any], ...]] = {
    "string": (str,), "number": (int, float), "integer": (int,), "boolean": (bool,), "array": (list,),
    "object": (dict,), "null": (type(None),), "any": (object,),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ValidJson:
    """The whole output parses as JSON; NaN and a ``` fence around it are no JSON."""

    LAYER: ClassVar[str] = FORMATTING
    VERSION: ClassVar[int] = 1

    def run(self, trace: Trace) -> Finding:
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

    LAYER: ClassVar[str] = FORMATTING
    VERSION: ClassVar[int] = 1
    schema: dict[str, Any]

    def __post_init__(self) -> None:
        json_schema.validator(self.schema)

    @cached_property
    def _validator(self) -> Validator:
        return json_schema.validator(self.schema)

    def run(self, trace: Trace) -> Finding:
        """Fails with the path of each fault."""
        if trace.output is None:
            return NO_OUTPUT
        try:
            value = parse(trace.output)
        except ValueError as fault:
            return failed(f"not JSON: {fault}")
        return judged(json_schema.faults(self._validator, value))


@dataclass(frozen=True, kw_only=True)
class JsonFields:
    """The output is a JSON object that has these fields, each of its type: a short form of a schema.

    fields: path -> string, number, integer, boolean, array, object, null or any; `items.0.price` is the price of the
    first item. 3.0 is an integer, true is no number."""

    LAYER: ClassVar[str] = FORMATTING
    VERSION: ClassVar[int] = 1
    fields: Mapping[str, Type]

    def __post_init__(self) -> None:
        if not self.fields:
            raise ValueError("needs at least one field")

    def run(self, trace: Trace) -> Finding:
        """Fails with each field that is missing or of another type."""
        if trace.output is None:
            return NO_OUTPUT
        try:
            value = parse(trace.output)
        except ValueError as fault:
            return failed(f"not JSON: {fault}")
        return judged(list(filter(None, (_misfit(value, path, kind) for path, kind in self.fields.items()))))


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


def _misfit(value: Json, path: str, kind: Type) -> str:
    found = reached(value, steps(path))
    if found is MISSING:
        return f"{path} is missing"
    whole = kind == "integer" and isinstance(found, float) and found.is_integer()
    flag = isinstance(found, bool) and kind in ("number", "integer")
    if whole or (isinstance(found, _KINDS[kind]) and not flag):
        return ""
    return f"{path} is {_name(found)}, not {kind}"


def _name(value: Json) -> str:
    """A value's own type, a bool before it counts as a number."""
    order: tuple[Type, ...] = ("boolean", "integer", "number", "string", "array", "object", "null")
    return next(kind for kind in order if isinstance(value, _KINDS[kind]))
