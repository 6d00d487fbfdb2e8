"""What kind of file this is, from its first bytes. Formats are told apart by content; a file's name proves nothing."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic_core import from_json

from review_app.errors import BadInput
from review_app.traces.lines import BOM, BROKEN_FILE, CAP, open_bytes
from review_app.traces.zip_archive import ZipArchive

if TYPE_CHECKING:  # most files are no Parquet
    import pyarrow.parquet as pq

Kind = Literal["json lines", "json", "table", "parquet", "empty", "utf-16", "zip", "binary"]

_HEAD = 256 * 1024
_SMALL = 1024 * 1024
_MOST_FOLD = 200
"""How many times larger Parquet gets where its rows differ; text reaches 20."""
_DEPTH = 4  # foreign formats are told apart by keys no deeper than this
_KEY_OR_BRACKET = re.compile(rb'("(?:[^"\\]++|\\.)*+")(\s*:)?|[{}\[\]"]', re.DOTALL)
_DELIMITERS = "\t,;"


@dataclass(frozen=True, kw_only=True)
class Glimpse:
    """The first look at a file. keys: the keys of its first JSON value, dotted, an array's element as `[]`
    (`data.[].traceId`), the column names of a table, or the names in an archive. delimiter: what separates the cells of
    a table."""

    path: Path
    kind: Kind
    keys: frozenset[str] = frozenset()
    delimiter: str = ","

    def has(self, *keys: str) -> bool:
        """Whether each of `keys` was seen at the top, in an array's elements, or in those of an array `data`."""
        return any(all(prefix + key in self.keys for key in keys) for prefix in ("", "[].", "data.[]."))


def glimpse(path: Path) -> Glimpse:
    """A look at the first 256 kB. Raises BadInput when the file cannot be opened."""
    head = _head(path)
    if head.startswith(b"PAR1"):
        return Glimpse(path=path, kind="parquet", keys=frozenset(parquet_file(path).schema_arrow.names))
    if head.startswith(b"PK\x03\x04"):
        with ZipArchive(path) as archive:
            return Glimpse(path=path, kind="zip", keys=frozenset(archive.names()))
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Glimpse(path=path, kind="utf-16")
    text = head.removeprefix(BOM).lstrip()
    if not text:
        return Glimpse(path=path, kind="empty")
    if text[:1] in (b"{", b"["):
        return Glimpse(path=path, kind=_json_kind(text), keys=_keys(text))
    header = text.splitlines()[0].decode(errors="replace")
    if "\N{REPLACEMENT CHARACTER}" in header or any(letter < " " and letter != "\t" for letter in header):
        return Glimpse(path=path, kind="binary")
    delimiter = max(_DELIMITERS, key=header.count)
    columns = next(csv.reader([header], delimiter=delimiter), [])
    return Glimpse(path=path, kind="table", keys=frozenset(columns), delimiter=delimiter)


def parquet_file(path: Path) -> pq.ParquetFile:
    """The opened Parquet file. A text that many rows share is held once. Raises BadInput when the file is damaged, or
    unpacks to far more than it is long."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        unpacked = _largest_row(file.metadata)
        if unpacked <= CAP:
            texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
            return pq.ParquetFile(path, read_dictionary=texts)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise BadInput(
            f"This Parquet file is damaged: {str(fault).splitlines()[0]}", where=str(path), do="Write it again."
        ) from fault
    raise BadInput(
        f"A row of this Parquet file may be {unpacked:,} bytes long; {CAP:,} is the most we read.",
        where=str(path),
        do="Write it again without what is no part of a trace.",
    )


def _largest_row(about: pq.FileMetaData) -> int:
    """How long a row may be, in bytes: as long as the rows beside it, unless they were packed beyond belief, which only
    one value without end can be."""
    longest = 0
    for number in range(about.num_row_groups):
        group = about.row_group(number)
        packed = sum(group.column(place).total_compressed_size for place in range(group.num_columns))
        alike = group.total_byte_size <= max(_SMALL, _MOST_FOLD * packed)
        longest = max(longest, group.total_byte_size // (max(group.num_rows, 1) if alike else 1))
    return longest


def _head(path: Path) -> bytes:
    with open_bytes(path) as file:
        try:
            return file.read(_HEAD)
        except BROKEN_FILE as fault:
            raise BadInput(f"This .gz file is damaged: {fault}.", where=str(path), do="Copy it again.") from fault


def _json_kind(text: bytes) -> Kind:
    first, newline, rest = text.partition(b"\n")
    if text.startswith(b"["):
        return "json"
    if not newline or _parses(first):
        return "json lines"
    # A broken first line among JSON lines still ends its object and is followed by the next one.
    return "json lines" if first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{") else "json"


def _parses(text: bytes) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True


def _keys(text: bytes) -> frozenset[str]:
    """The dotted keys of the first JSON value in `text`, down to _DEPTH."""
    open_at: list[tuple[str, bool]] = []  # of each open bracket: what its keys start with, whether it is an array
    key, found = "", set()
    for step in _KEY_OR_BRACKET.finditer(text):
        prefix, in_array = open_at[-1] if open_at else ("", False)
        if step.group(2):
            key = step.group(1)[1:-1].decode(errors="replace")
            if len(open_at) <= _DEPTH:
                found.add(prefix + key)
        elif step.group() in (b"{", b"["):
            inner = "" if not open_at else prefix + ("[]." if in_array else key + ".")
            open_at.append((inner if len(open_at) < _DEPTH else prefix, step.group() == b"["))
        elif step.group() in (b"}", b"]"):
            del open_at[-1:]
            if not open_at:
                break
        elif step.group() == b'"':  # a string that goes on behind the head
            break
    return frozenset(found)
