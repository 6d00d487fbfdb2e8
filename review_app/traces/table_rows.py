"""Any table or pile of records as dicts: CSV, TSV, JSON lines, a JSON array, Parquet.

Nothing is guessed about values: a cell of text stays text ("007" stays "007"), and only an empty cell of a CSV, which
has no other way to say so, is missing.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic_core import from_json

from review_app.errors import BadInput
from review_app.tables import Reject
from review_app.traces.faults import odd_number, rejected
from review_app.traces.glimpse import Glimpse, glimpse, parquet_file
from review_app.traces.json_stream import BrokenJson, JsonStream
from review_app.traces.lines import BROKEN_FILE, CAP, json_lines, open_bytes, reject
from review_app.traces.trace import Json

if TYPE_CHECKING:  # most files are no Parquet
    from pyarrow.lib import RecordBatch

Row = tuple[int, dict[str, Json]]

MOST_CELLS = CAP // 4
"""The longest row of a table, in characters; Python's reader of tables takes four bytes for each."""
_BATCH = 64  # rows of a Parquet file held at once; a row with its documents may be a megabyte


def rows(path: Path, records: str | None = None) -> Iterator[Row | Reject]:
    """(line, record) for each record, in file order; for Parquet the line is the row, from 1.

    records: the dotted keys that lead to the array of records inside a JSON file, e.g. `data.items`.
    Raises BadInput when the file is none of these, or is empty."""
    seen = glimpse(path)
    if seen.kind in ("json", "json lines"):
        yield from _parsed(path, json_texts(seen, records))
    elif seen.kind == "table":
        yield from _table_rows(seen)
    elif seen.kind == "parquet":
        yield from _parquet_rows(path)
    else:
        raise BadInput(
            f"It is {seen.kind}, not CSV, TSV, JSON, JSON lines or Parquet.",
            where=str(path),
            do="Save it as UTF-8 text or as Parquet.",
        )


def json_texts(seen: Glimpse, records: str | None = None) -> Iterator[tuple[int, bytes] | Reject]:
    """(line, text) of each JSON record of a file: its lines, or the elements of its array, or the one value it is."""
    if seen.kind == "json lines" and not records:
        yield from json_lines(seen.path)
        return
    with open_bytes(seen.path) as file:
        try:
            yield from JsonStream(file).records(records.split(".") if records else ())
        except BrokenJson as fault:
            yield reject(seen.path, fault.line, "file", f"{fault}; nothing after it was read")
        except BROKEN_FILE as fault:
            yield reject(seen.path, 0, "file", f"the file is damaged, nothing more was read: {fault}")


def value_of(text: bytes) -> Json:
    """The JSON value of `text`, whole numbers exact. Raises ValueError, also for NaN and 1e400, which is no number."""
    value = from_json(text, allow_inf_nan=False)
    if (odd := odd_number(value, largest=math.inf)) is not None:
        raise ValueError(f"holds the number {odd}, which no JSON reader keeps")
    return value


def _parsed(path: Path, texts: Iterator[tuple[int, bytes] | Reject]) -> Iterator[Row | Reject]:
    for found in texts:
        if isinstance(found, Reject):
            yield found
            continue
        line, text = found
        try:
            record = value_of(text)
        except ValueError as fault:
            yield rejected(path, line, fault, text)
            continue
        if isinstance(record, dict):
            yield line, record
        else:
            yield reject(path, line, "record", "should be an object", text)


def _table_rows(seen: Glimpse) -> Iterator[Row | Reject]:
    # Documents and prompts stand in cells; the module's own limit is 128 kB.
    csv.field_size_limit(CAP)
    with open_bytes(seen.path) as file:
        text = _Text(io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline=""))
        reader = csv.reader(text, delimiter=seen.delimiter)
        header = _header(reader, seen)
        line, empty = reader.line_num + 1, True
        while True:
            try:
                text.read = 0
                cells = next(reader, None)
                if cells is None:
                    break
                empty = empty and not cells  # blank lines are no rows
                yield from _row(cells, header, seen.path, line)
            except _TooLong as fault:
                yield reject(seen.path, line, "record", f"{fault}; nothing after it was read")
                return
            except csv.Error as fault:
                empty = False
                yield reject(seen.path, line, "record", str(fault))
            except BROKEN_FILE as fault:
                yield reject(seen.path, line, "file", f"breaks off here, nothing after it was read: {fault}")
                return
            line = reader.line_num + 1
        if empty:
            yield reject(seen.path, 1, "file", "holds one line, which would be the names of its columns, and no row")


class _TooLong(ValueError):
    """A row of a table has more than MOST_CELLS characters."""


class _Text:
    """The lines of a table, as long as the row they belong to is no longer than MOST_CELLS. read: the characters of the
    row so far; whoever takes the rows begins again at 0."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self.read = text, 0

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(MOST_CELLS - self.read + 1):
            self.read += len(line)
            if self.read > MOST_CELLS:
                raise _TooLong(f"is longer than {MOST_CELLS // 1024**2} million characters")
            yield line


def _header(reader: Iterator[list[str]], seen: Glimpse) -> tuple[str, ...]:
    try:
        cells = next(filter(None, reader), [])  # blank lines may come first
    except (csv.Error, _TooLong, *BROKEN_FILE) as fault:
        raise BadInput(
            f"Its first line cannot be read: {fault}.", where=str(seen.path), do="Write it again."
        ) from fault
    names = tuple(name.strip() or f"column_{number}" for number, name in enumerate(cells, start=1))
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise BadInput(
            f"Two columns are called {twice[0]!r}.", where=f"{seen.path}:1", do="Give each column its own name."
        )
    return names


def _row(cells: Sequence[str], header: Sequence[str], path: Path, line: int) -> Iterator[Row | Reject]:
    raw = ",".join(cells)
    if not cells:  # a blank line
        return
    if len(cells) != len(header):
        reason = f"has {len(cells)} cells, the header has {len(header)}"
        yield reject(path, line, "record", reason, raw.encode(errors="replace"))
    elif any("\udc80" <= letter <= "\udcff" for letter in raw if not letter.isascii()):
        yield reject(path, line, "record", "is not UTF-8 text", raw.encode(errors="replace"))
    else:
        yield line, {name: cell or None for name, cell in zip(header, cells, strict=True)}


def _parquet_rows(path: Path) -> Iterator[Row | Reject]:
    from pyarrow.lib import ArrowException

    number = 0
    try:
        for batch in parquet_file(path).iter_batches(batch_size=_BATCH):
            for found in _records(batch):
                number += 1
                yield (number, found) if isinstance(found, dict) else reject(path, number, "record", str(found))
    except (ArrowException, OSError, ValueError) as fault:
        yield reject(path, number + 1, "file", f"the file is damaged, nothing more was read: {fault}")


def _records(batch: RecordBatch) -> Iterator[dict[str, Json] | Exception]:
    """Each row, or what is wrong with it: a date beyond the year 9999, which no Python value can hold. One at a time:
    a long text that all of them share is one text until then."""
    from pyarrow.lib import ArrowException

    for place in range(batch.num_rows):
        try:
            (record,) = batch.slice(place, 1).to_pylist()
        except (ArrowException, OverflowError, ValueError) as fault:
            yield fault
        else:
            yield {str(name): plain(value) for name, value in record.items()}


def plain(value: object) -> Json:
    """A Parquet value as a JSON value: times as ISO text, bytes as text, NaN (pandas' missing) as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)
