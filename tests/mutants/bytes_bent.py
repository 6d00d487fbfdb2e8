"""Ways to bend bytes, whatever they mean."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from random import Random

import pyarrow as pa

Bend = Callable[[bytes, Random], bytes]


def flipped(raw: bytes, chance: Random) -> bytes:
    """Up to twenty bytes changed."""
    found = bytearray(raw)
    for _ in range(chance.randint(1, 20)):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def cut(raw: bytes, chance: Random) -> bytes:
    """The end, or a piece, gone."""
    start = chance.randrange(len(raw))
    return raw[:start] + (raw[start + chance.randrange(200) :] if chance.random() < 0.5 else b"")


def repeated(raw: bytes, chance: Random) -> bytes:
    """A piece twice, or all of it: every id then comes twice."""
    if chance.random() < 0.4:
        return raw + raw
    start, end = sorted((chance.randrange(len(raw)), chance.randrange(len(raw))))
    return raw[:end] + raw[start:]


def stuffed(raw: bytes, chance: Random) -> bytes:
    """Something that no text expects, in the middle of it."""
    odd = [b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n", b'"', b"[" * 5_000,
           b'{"a":' * 5_000, b"\x1f\x8b", b"PK\x03\x04", b"PAR1", "\u2028".encode(), b"\x1a", b",",
           b"\\ud800", b"9" * 5_000]  # fmt: skip
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + chance.choice(odd) * chance.choice((1, 1, 3)) + raw[at:]


def line_ends(raw: bytes, chance: Random) -> bytes:
    """The ends of lines mixed, and blank lines between them."""
    return b"".join(line + chance.choice((b"\n", b"\r\n", b"\r", b"\n\n", b" \n")) for line in raw.splitlines())


def marked(raw: bytes, chance: Random) -> bytes:
    """A byte order mark, once or twice, or white space before everything."""
    return chance.choice((b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\r\n\t ", b"\xff\xfe")) + raw


def other_encoding(raw: bytes, chance: Random) -> bytes:
    """The same text as another machine may have saved it."""
    text = raw.decode(errors="replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252")), errors="replace")


def packed(raw: bytes, chance: Random) -> bytes:
    """Gzipped, whole or broken off, or packed with something we do not read."""
    kind = chance.randrange(4)
    if kind == 0:
        return bytes(pa.compress(raw, "zstd", asbytes=True))[: chance.choice((None, 20, -1))]
    found = gzip.compress(raw, 1, mtime=0)  # a case is made by its number alone, not by the clock
    if kind == 1:
        return found[: chance.randrange(len(found))]
    return flipped(found, chance) if kind == 2 else found + chance.choice((b"", b"\0" * 9, b"x", found))


def little(raw: bytes, chance: Random) -> bytes:
    """Almost nothing."""
    return chance.choice((b"", b"\0", b"\n", b" ", b"[]", b"{}", b"null", b"1", b'""', b"[null]", b"[[]]", raw[:1]))


BENDS: tuple[Bend, ...] = (
    flipped, cut, repeated, stuffed, line_ends, marked, other_encoding, packed, little,
)  # fmt: skip
