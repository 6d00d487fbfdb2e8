"""A zip archive of JSON members, read one member at a time: stored, deflated or Zstandard (method 93).

Python's zipfile reads method 93 from 3.14 on only; pyarrow, which we have for Parquet, brings the same decompressor.
Nothing is ever written to disk, and a member's name is a name, never a path. What a member inflates to is bounded.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from review_app.errors import BadInput
from review_app.traces.lines import CAP

_ZSTANDARD = 93
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, _ZSTANDARD)
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of the name and of the extra field
_MOST_FOLD = 1_000
"""How many times larger a member may get. Logs of agents reach 50; deflate itself cannot go beyond 1,032."""
_SMALL = 1024 * 1024
_ENCRYPTED = 0x1
MOST_MEMBERS = 200_000


class BadMember(ValueError):
    """A member that cannot be read, or that is larger than any log."""


class ZipArchive:
    """An open archive. Raises BadInput when it is damaged, or its members lie inside each other. Use it in a `with`."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as fault:
            raise BadInput(f"Cannot read it: {fault.strerror}.", where=str(path), do="Check its rights.") from fault
        try:
            self._members = {one.filename: one for one in zipfile.ZipFile(self._file).infolist()}
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as fault:
            self._file.close()
            raise BadInput(f"This zip archive is damaged: {fault}.", where=str(path), do="Copy it again.") from fault
        if len(self._members) > MOST_MEMBERS:
            self._refuse(path, f"This zip archive has {len(self._members):,} members.")
        # Members that share their bytes make a small file inflate without end.
        if sum(one.compress_size for one in self._members.values()) > path.stat().st_size:
            self._refuse(path, "This zip archive is damaged: its members are larger than the file.")

    def __enter__(self) -> ZipArchive:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def names(self) -> Iterator[str]:
        """The names of the members, in their order."""
        yield from self._members

    def member(self, name: str) -> bytes:
        """What a member holds. Raises BadMember when it is damaged, encrypted, or inflates to more than CAP."""
        about = self._members[name]
        most = min(CAP, max(_SMALL, _MOST_FOLD * about.compress_size))
        if about.compress_type not in _METHODS or about.flag_bits & _ENCRYPTED:
            raise BadMember(f"is packed in a way we cannot read (method {about.compress_type}, or encrypted)")
        if about.file_size > most:
            raise BadMember(f"inflates to {about.file_size:,} bytes; {most:,} is the most we read")
        try:
            packed = self._packed(about)
            text = _inflated(packed, about.compress_type, about.file_size)
        except (zlib.error, OSError, EOFError, struct.error) as fault:
            raise BadMember(f"is damaged: {fault}") from fault
        if len(text) > about.file_size:
            raise BadMember(
                f"is damaged: it inflates to more than the {about.file_size:,} bytes that the directory says"
            )
        if zlib.crc32(text) != about.CRC:
            raise BadMember("is damaged: its checksum is wrong")
        return text

    def _packed(self, about: zipfile.ZipInfo) -> bytes:
        self._file.seek(about.header_offset)
        signature, name, extra = _LOCAL_HEADER.unpack(self._file.read(_LOCAL_HEADER.size))
        if signature != b"PK\x03\x04":
            raise BadMember("is damaged: it does not begin where the directory says")
        self._file.seek(name + extra, 1)
        return self._file.read(about.compress_size)

    def _refuse(self, path: Path, what: str) -> None:
        self._file.close()
        raise BadInput(what, where=str(path), do="Write the log again with the tool that made it.")


def _inflated(packed: bytes, method: int, most: int) -> bytes:
    """At most one byte more than `most`, so that the caller sees that there is more."""
    if method == zipfile.ZIP_STORED:
        return packed
    if method == zipfile.ZIP_DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most + 1)
    import pyarrow as pa

    try:
        with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
            return bytes(stream.read(most + 1))
    except pa.ArrowException as fault:
        raise OSError(str(fault)) from fault
