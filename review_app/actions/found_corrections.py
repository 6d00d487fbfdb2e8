"""Corrections that people left with another tool, found apart from their trace or beside another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from review_app.actions.redacting import Redacting
from review_app.tables import HumanOpinion
from review_app.traces.redact.placeholders import numberless
from review_app.traces.trace import Json, Trace, encode


def corrects(opinion: HumanOpinion) -> bool:
    """Whether it is the answer somebody would have wanted, and no answer to a question."""
    return opinion.criterion is None and bool(opinion.correction)


def correcting(opinion: HumanOpinion, redacting: Redacting) -> Callable[[Trace], Trace]:
    """What makes a trace carry a correction, redacted: as its own where it has none, and with its author and source in
    the metadata's `corrections`. One that stands there changes nothing.

    opinion: as it was read, not redacted."""

    def corrected(trace: Trace) -> Trace:
        texts = [opinion.correction or "", opinion.note or ""]
        correction, note = redacting.feedback(encode(trace).decode(), texts)
        told = {
            "author": opinion.author,
            "source": opinion.source,
            "at": opinion.at.isoformat() if opinion.at else None,
            "correction": correction,
            "note": note or None,
        }
        held = trace.metadata.get("corrections")
        known: list[Json] = held if isinstance(held, list) else []
        # What a placeholder stands for is not stored, so the same words get other numbers.
        if any(numberless(str(one)) == numberless(str(told)) for one in known):
            return trace
        own = correction if trace.correction is None else trace.correction
        return replace(trace, correction=own, metadata=trace.metadata | {"corrections": [*known, told]})

    return corrected
