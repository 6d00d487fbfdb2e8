"""What of a foreign record had no field of its own: it stays in the trace's metadata, or beside the verdict or opinion,
and here it is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from review_app.tables import HumanOpinion, Verdict
from review_app.traces.trace import Json, Trace

_DEEPEST = 4  # below this a value is one thing of the customer's own


def kept_raw(item: Trace | Verdict | HumanOpinion) -> Counter[str]:
    """How often each name stands in the metadata; names are dotted, positions in lists are left out
    (`spans.attributes.gen_ai.usage.input_tokens`). Those of an answer begin with `verdict` or `opinion`."""
    if isinstance(item, Trace):
        return Counter(_names(item.metadata, "", 0))
    return Counter(_names(item.beside, "verdict" if isinstance(item, Verdict) else "opinion", 0))


def _names(value: Json, name: str, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value and depth < _DEEPEST:
        for key, inside in value.items():
            yield from _names(inside, f"{name}.{key}" if name else key, depth + 1)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value) and depth < _DEEPEST:
        for item in value:
            yield from _names(item, name, depth)
    elif value not in (None, "", [], {}):
        yield name
