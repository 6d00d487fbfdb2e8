"""Our own JSONL: one trace per line, the fields of `trace.Trace` as keys. docs/trace_format.md describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from pydantic import ValidationError

from review_app.tables import Reject
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.glimpse import Glimpse
from review_app.traces.lines import json_lines
from review_app.traces.trace import Trace, decode

NAME = "jsonl"

_FIELDS = {field.name for field in fields(Trace)}


def looks_like(glimpse: Glimpse) -> bool:
    """JSON lines whose first record has a `trace_id`, and mostly fields of ours: others have that name for theirs."""
    top = {key for key in glimpse.keys if "." not in key}
    return glimpse.kind == "json lines" and "trace_id" in top and 2 * len(top & _FIELDS) >= len(top)


def read(path: Path) -> Iterator[Trace | Reject]:
    """Each line as a Trace or a Reject, in file order."""
    for found in json_lines(path):
        if isinstance(found, Reject):
            yield found
            continue
        line, text = found
        try:
            yield numbers_kept(decode(text))
        except (ValidationError, ValueError) as fault:
            yield rejected(path, line, fault, text)
