"""What of a foreign record had no field of its own: it stays in the trace's metadata, and here it is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from review_app.traces.trace import Json, Trace

_DEEPEST = 4  # below this a value is one thing of the customer's own


def kept_raw(trace: Trace) -> Counter[str]:
    """How often each name stands in the metadata; names are dotted, positions in lists are left out
    (`spans.attributes.gen_ai.usage.input_tokens`)."""
    return Counter(_names(trace.metadata, "", 0))


def _names(value: Json, name: str, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value and depth < _DEEPEST:
        for key, inside in value.items():
            yield from _names(inside, f"{name}.{key}" if name else key, depth + 1)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value) and depth < _DEEPEST:
        for item in value:
            yield from _names(item, name, depth)
    elif value not in (None, "", [], {}):
        yield name
