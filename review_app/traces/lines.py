"""Files as bytes: opened whether or not they are gzipped, and cut into lines that cannot eat the memory."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from review_app.errors import BadInput
from review_app.tables import Reject

CAP = 32 * 1024 * 1024
"""The longest record we read, in bytes. The longest trace in public sets is about 4 MB; a longer one is no chat."""

BOM = b"\xef\xbb\xbf"
_BUFFER = 256 * 1024  # a line of some kB is read at once
_PIECE = 1024 * 1024  # bytes of a line read at once
_NUL = "\N{SYMBOL FOR NULL}"
SHOWN = 300  # characters of a rejected record that are kept for a person to recognise it by

BROKEN_FILE = (EOFError, OSError, zlib.error)  # what reading a cut or damaged .gz raises


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked when they are gzip. Raises BadInput when the file cannot be opened."""
    try:
        file = io.BufferedReader(path.open("rb", buffering=0), _BUFFER)
    except OSError as fault:
        raise BadInput(
            f"Cannot read it: {fault.strerror}.", where=str(path), do="Check the path and its rights."
        ) from fault
    with file:
        if file.peek(2)[:2] == b"\x1f\x8b":
            with gzip.open(file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file


def json_lines(path: Path) -> Iterator[tuple[int, bytes] | Reject]:
    """(line number from 1, line) for each line that is not blank; a line over CAP is a Reject."""
    with open_bytes(path) as file:
        number = 0
        try:
            while line := file.readline(_PIECE):
                number += 1
                if len(line) == _PIECE and not line.endswith(b"\n"):
                    start, line = line, _rest(file, line)
                    if not line:
                        yield reject(path, number, "record", f"is longer than {CAP // 1024**2} MiB", start)
                        continue
                line = line.removeprefix(BOM) if number == 1 else line
                if text := line.strip():
                    yield number, text
        except BROKEN_FILE as fault:
            yield reject(path, number + 1, "file", f"breaks off here, nothing after it was read: {fault}")


def reject(path: Path, line: int, field: str, reason: str, raw: bytes = b"") -> Reject:
    """A Reject with `raw` cut to what a person can read."""
    return Reject(file=str(path), line=line, field=field, reason=reason.replace("\0", _NUL), raw=shown(raw))


def shown(raw: bytes) -> str:
    """The beginning of a record as text that any store can hold."""
    return raw[: SHOWN * 4].decode(errors="replace")[:SHOWN].replace("\0", _NUL)


def _rest(file: BinaryIO, start: bytes) -> bytes:
    """The whole line that begins with `start`; nothing where it is longer than CAP, and then it is passed over."""
    line = bytearray(start)
    while piece := file.readline(_PIECE):
        if len(line) <= CAP:
            line += piece
        if piece.endswith(b"\n"):
            break
    return bytes(line) if len(line) <= CAP else b""
