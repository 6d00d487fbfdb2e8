"""JSON Schema, without ever fetching one: a `$ref` to another address is an error."""

from __future__ import annotations

from typing import Any

from jsonschema import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry

from review_app.traces.trace import Json

_LONGEST = 200


def validator(schema: dict[str, Any]) -> Validator:
    """A validator for `schema`. Raises ValueError when it is no JSON Schema."""
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as fault:
        raise ValueError(f"is no JSON Schema: {fault.json_path}: {fault.message}") from fault
    return kind(schema, registry=Registry())


def faults(checked: Validator, value: Json) -> list[str]:
    """Each thing wrong with `value` with its place: ["$.items[0].price: 'free' is not of type 'number'"]."""
    found = sorted(checked.iter_errors(value), key=lambda fault: fault.json_path)
    return [f"{fault.json_path}: {_short(fault.message)}" for fault in found]


def _short(message: str) -> str:
    # The message repeats the value, and the value may be the whole output.
    return message if len(message) <= _LONGEST else message[:_LONGEST] + "…"
