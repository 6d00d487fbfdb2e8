"""One JSON value after the other off a stream, without holding more than one of them.

We cut a file into records by counting brackets and leave the parsing of each to the caller: one bad number or half a
surrogate then costs one record, not the rest of the file. (ijson stops at the first such number, writes `?` for a lone
surrogate, and took all memory for 100 kB of opening brackets.)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO

from pydantic_core import from_json

from review_app.traces.lines import BOM, CAP

_CHUNK = 1024 * 1024
_DEEPEST = 10_000  # brackets still open at the end of a chunk; no parser takes a value that deep
_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING = rb'"(?:[^"\\]++|\\.)*+"'  # possessive: nothing to try again, so no memory per escape
_STEP = re.compile(_STRING + rb'|[{}\[\]"]', re.DOTALL)
_SCALAR = re.compile(_STRING + rb'|[^\s"{}\[\],:]+', re.DOTALL)


class BrokenJson(ValueError):
    """The text stops being JSON at `line`; nothing after it can be read."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


class JsonStream:
    """A cursor in a file of JSON. `line` is the line it stands in, from 1."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        # Grown in place: a copy of a long record would be as long again.
        self._text = bytearray(file.read(_CHUNK).removeprefix(BOM))
        self._at = 0
        self.line = 1

    def records(self, path: Sequence[str] = ()) -> Iterator[tuple[int, bytes]]:
        """(line, text) of each element of the array at `path`, a list of keys; any other value there is one record."""
        for key in path:
            self._enter(key)
        if self.peek() != b"[":
            yield self.line, self.value()
        else:
            yield from self._elements()
        if not path and self.peek():
            raise self._broken("something follows the end of the JSON")

    def members(self, path: Sequence[str], records: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """(key, text of its value) of the object at `path`; arrays called one of `records` are passed over."""
        for key in path:
            self._enter(key)
        self._take(b"{")
        while self.peek() == b'"':
            key = self._key()
            self._take(b":")
            if key in records and self.peek() == b"[":
                for _ in self._elements():
                    pass
            else:
                yield key, self.value()
            if self.peek() == b",":
                self._take(b",")

    def peek(self) -> bytes:
        """The next byte that is not white space; empty at the end of the file."""
        while True:
            found = _SPACE.match(self._text, self._at)
            end = found.end() if found else self._at
            found = None  # it holds the text, which then could not grow
            self._advance(end)
            if self._at < len(self._text) or not self._more():
                return bytes(self._text[self._at : self._at + 1])

    def value(self) -> bytes:
        """The text of the next value, the cursor behind it."""
        start = self.peek()
        if not start or start in b"]},:":
            raise self._broken(f"a value is missing, found {start.decode() or 'the end of the file'}")
        end = self._nested_end() if start in b"[{" else self._scalar_end()
        with memoryview(self._text) as text:
            found = bytes(text[self._at : end])
        self._advance(end)
        return found

    def _elements(self) -> Iterator[tuple[int, bytes]]:
        self._take(b"[")
        while self.peek() != b"]":
            line = self.line  # peek has moved to the first line of the record
            yield line, self.value()
            if self.peek() != b"]":
                self._take(b",")
        self._take(b"]")

    def _enter(self, wanted: str) -> None:
        self._take(b"{")
        while self.peek() == b'"':
            key = self._key()
            self._take(b":")
            if key == wanted:
                return
            self.value()
            if self.peek() == b",":
                self._take(b",")
        raise self._broken(f"there is no key {wanted!r} on the way to the records")

    def _key(self) -> str:
        try:
            return str(from_json(self.value()))
        except ValueError as fault:
            raise self._broken(f"a key is no text: {fault}") from fault

    def _take(self, wanted: bytes) -> None:
        found = self.peek()
        if found != wanted:
            raise self._broken(f"expected {wanted.decode()}, found {found.decode(errors='replace') or 'the end'}")
        self._advance(self._at + 1)

    def _nested_end(self) -> int:
        depth, seen = 0, 0  # `seen` counts from the cursor, which stays where the value starts
        while True:
            depth, end = self._stepped(depth, self._at + seen)
            if not depth:
                return end
            seen = end - self._at
            if depth > _DEEPEST:
                raise self._broken(f"a record is nested more than {_DEEPEST:,} deep")
            self._grow("an object or array is never closed")

    def _stepped(self, depth: int, start: int) -> tuple[int, int]:
        """(how many brackets are open, up to where the text was read) once all are closed or the text ends."""
        end = start
        for step in _STEP.finditer(self._text, start):
            if step.group() == b'"':  # a string that goes on in the next chunk
                break
            end = step.end()
            if step.group() in (b"{", b"["):
                depth += 1
            elif step.group() in (b"}", b"]"):
                depth -= 1
                if not depth:
                    break
        return depth, end

    def _scalar_end(self) -> int:
        while True:
            found = _SCALAR.match(self._text, self._at)
            end = found.end() - self._at if found else 0
            found = None  # it holds the text, which then could not grow
            if end and (self._at + end < len(self._text) or not self._more()):
                return self._at + end
            if not end:
                self._grow("a string is never closed")

    def _grow(self, reason: str) -> None:
        if len(self._text) - self._at > CAP:
            raise self._broken(f"a record is longer than {CAP // 1024**2} MiB")
        if not self._more():
            raise self._broken(reason)

    def _more(self) -> bool:
        # A long string is read again from its start, so each step takes a good part of what there is already.
        piece = self._file.read(max(_CHUNK, (len(self._text) - self._at) // 4))
        del self._text[: self._at]
        self._text += piece
        self._at = 0
        return bool(piece)

    def _advance(self, to: int) -> None:
        self.line += self._text.count(b"\n", self._at, to)
        self._at = to

    def _broken(self, reason: str) -> BrokenJson:
        return BrokenJson(reason, self.line)
