"""Which trace a span belongs to: some tools write an answer beside the span it is about, in a file without traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from review_app.tables import SPAN, HumanOpinion, Verdict
from review_app.traces.trace import Trace


def spans_of(trace: Trace) -> dict[str, str]:
    """Span id -> trace id, of the spans that a reader left in the trace's metadata."""
    spans = trace.metadata.get("spans")
    listed = spans if isinstance(spans, list) else []
    named = (span["id"] for span in listed if isinstance(span, Mapping) and isinstance(span.get("id"), str))
    return dict.fromkeys(named, trace.trace_id)


class SpanIds:
    """Span id -> trace id, for the traces that were noted; some 150 bytes for each span."""

    def __init__(self) -> None:
        self._trace: dict[str, str] = {}

    def note(self, spans: Mapping[str, str]) -> None:
        """Remember these spans, as `spans_of` gives them."""
        self._trace |= spans

    def learn(self, known: Mapping[str, str]) -> None:
        """Spans of traces that came in an earlier run; those of this run stay as they are."""
        self._trace = {**known, **self._trace}

    def resolved(self, item: Verdict | HumanOpinion) -> Verdict | HumanOpinion | None:
        """The item with its trace's id; unchanged where it names a trace, None where no noted trace has its span."""
        if not item.trace_id.startswith(SPAN):
            return item
        trace_id = self._trace.get(item.trace_id.removeprefix(SPAN))
        return replace(item, trace_id=trace_id) if trace_id else None
