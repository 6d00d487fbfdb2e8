"""A trace as it is stored: made of text alone, without the store, so that a process of its own can do it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from review_app.store.clock import microseconds
from review_app.traces.trace import Trace, content_hash, encode, utc


class Prepared(NamedTuple):
    """A trace ready to be stored. row: the values of store.traces._COLUMNS but the last three."""

    trace_id: str
    row: tuple[str | float | None, ...]
    body: str
    content_hash: str


def prepare(trace: Trace) -> Prepared:
    """What is stored of a trace. A reader that prepares each one as it comes keeps no object per message alive, which
    Python's garbage collector would visit again and again."""
    encoded = encode(trace)
    row = (
        trace.trace_id,
        microseconds(utc(trace.at)),
        trace.session_id,
        trace.route,
        trace.model,
        trace.prompt_version,
        trace.retrieval_version,
        trace.language,
        trace.n_turns,
        len(trace.documents),
        len(trace.tool_calls),
        None if trace.output is None else len(trace.output),
        trace.user_feedback.rating if trace.user_feedback else None,
        trace.cost_usd,
        trace.latency_s,
        ",".join(trace.tags),
        joined(call.name for call in trace.tool_calls),
    )
    return Prepared(trace.trace_id, row, encoded.decode(), content_hash(encoded))


def joined(tools: Iterable[str]) -> str:
    """Names of tools as the column `tools` has them: sorted, each once, joined by a comma; empty for none."""
    return ",".join(sorted(set(tools)))
