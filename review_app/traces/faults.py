"""What is wrong with a record, as the Reject a person reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from review_app.tables import Reject
from review_app.traces.lines import reject
from review_app.traces.trace import Json, Trace, first_fault

_LARGEST = 2**63 - 1  # BIGINT of both stores, and what orjson writes


def rejected(path: Path, line: int, fault: Exception, raw: bytes = b"") -> Reject:
    """The Reject for a record that raised `fault`."""
    place, reason = first_fault(fault) if isinstance(fault, ValidationError) else ("record", str(fault))
    return reject(path, line, place, reason, raw)


def numbers_kept(trace: Trace) -> Trace:
    """The same trace. Raises ValueError when a number in its free parts could not be written back as it was read:
    NaN, an infinity (also as 1e400), or a whole number beyond 64 bits."""
    for place, value in _free_parts(trace):
        odd = odd_number(value)
        if odd is not None:
            raise ValueError(f"{place} holds the number {str(odd)[:40]}, which no JSON reader keeps; write it as text")
    return trace


def _free_parts(trace: Trace) -> Iterator[tuple[str, Json]]:
    if trace.metadata:
        yield "metadata", trace.metadata
    for number, call in enumerate(trace.tool_calls):
        yield f"tool_calls.{number}.arguments", call.arguments
        yield f"tool_calls.{number}.result", call.result
    for number, document in enumerate(trace.documents):
        if document.metadata:
            yield f"documents.{number}.metadata", document.metadata


def odd_number(value: Json, largest: float = _LARGEST) -> float | int | None:
    """The first number inside `value` that is not finite, or a whole one beyond `largest`."""
    if value is None or isinstance(value, str):
        return None
    if isinstance(value, float):
        return None if value - value == 0 else value
    if isinstance(value, int):
        return None if -largest <= value <= largest else value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if not isinstance(item, str) and (odd := odd_number(item, largest)) is not None:
            return odd
    return None
