"""A release in files that stand alone: whoever opens one needs nothing else from us."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import orjson

from review_app.golden.release import Verified
from review_app.tables import spreadsheet_safe
from review_app.traces.trace import Trace, from_values

COLUMNS = (
    "release", "content_hash", "example_id", "trace_id", "layer", "reason", "route", "language", "input", "documents",
    "output", "labels", "note", "expected", "proposer", "approver",
)  # fmt: skip
"""The CSV's columns. `input` is the conversation, `documents` their ids and texts, `labels` criterion=label."""


def as_jsonl(release: Verified) -> bytes:
    """One case per line, each with the release it came from."""
    named = {"release": release.number, "content_hash": release.content_hash}
    return b"".join(orjson.dumps(named | example) + b"\n" for example in release.examples)


def as_csv(release: Verified) -> str:
    """One case per row, for people; cells that a spreadsheet would run as a formula are defused."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, quoting=csv.QUOTE_ALL)
    rows.writeheader()
    for example in release.examples:
        rows.writerow({name: spreadsheet_safe(value) for name, value in _row(release, example).items()})
    return out.getvalue()


def _row(release: Verified, example: Mapping[str, Any]) -> dict[str, object]:
    trace, review = from_values(example["trace"]), example["review"]
    plain = {name: example.get(name) for name in COLUMNS if name in example}
    return plain | {
        "release": release.number,
        "content_hash": release.content_hash,
        "route": trace.route,
        "language": trace.language,
        "input": _conversation(trace),
        "documents": "\n\n".join(f"[{document.id}] {document.text}" for document in trace.documents),
        "output": trace.output,
        "labels": ", ".join(f"{name}={label}" for name, label in review["labels"].items()),
        "note": review["note"],
    }


def _conversation(trace: Trace) -> str:
    return "\n\n".join(f"{message.role}: {message.text}" for message in trace.messages)
