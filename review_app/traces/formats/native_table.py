"""Tables and JSON arrays whose columns are the fields of a trace: no mapping needed.

`messages`, `documents`, `tool_calls`, `user_feedback` and `metadata` are lists and objects, or JSON text of them;
`input` is the question as plain text; `tags` may be text with commas. Any other column goes into `metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from review_app.tables import Reject
from review_app.traces.columns import parsed, text_of
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.glimpse import Glimpse
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json, Trace, from_values

_NESTED = ("messages", "documents", "tool_calls", "user_feedback", "metadata", "tags")
_NUMBERS = ("cost_usd", "latency_s")
_KNOWN = {one.name for one in fields(Trace)}


@dataclass(frozen=True)
class NativeTable:
    """One of them: `kind` is what `glimpse` calls such a file."""

    NAME: str
    kind: str

    def looks_like(self, glimpse: Glimpse) -> bool:
        """A file of that kind with a column `trace_id`."""
        return glimpse.kind == self.kind and bool({"trace_id", "[].trace_id"} & glimpse.keys)

    def read(self, path: Path) -> Iterator[Trace | Reject]:
        """Each record as a Trace or a Reject, in file order."""
        for row in rows(path):
            if isinstance(row, Reject):
                yield row
                continue
            try:
                yield numbers_kept(from_values(_values(row[1])))
            except (ValueError, TypeError) as fault:
                yield rejected(path, row[0], fault, str(row[1]).encode(errors="replace"))


CSV = NativeTable("csv", "table")
JSON = NativeTable("json", "json")
PARQUET = NativeTable("parquet", "parquet")


def _values(record: dict[str, Json]) -> dict[str, Json]:
    given = {name: value for name, value in record.items() if value is not None}
    values = {name: _field(name, value) for name, value in given.items() if name in _KNOWN}
    if "input" in given and "messages" not in given:
        values["messages"] = [{"role": "user", "content": text_of(given.pop("input"))}]
    others = {name: value for name, value in given.items() if name not in _KNOWN}
    held = values.get("metadata", {})
    if not isinstance(held, dict):
        raise ValueError(f"metadata should be an object, got {str(held)[:80]!r}")
    return values | {"metadata": held | others}


def _field(name: str, value: Json) -> Json:
    if name == "tags" and isinstance(value, str) and not value.lstrip().startswith("["):
        return [tag.strip() for tag in value.split(",") if tag.strip()]
    if name in _NESTED:
        return parsed(value)
    # A number where text belongs is a column whose type was guessed by whoever wrote the file.
    return value if name in _NUMBERS or isinstance(value, str | dict | list) else text_of(value)
