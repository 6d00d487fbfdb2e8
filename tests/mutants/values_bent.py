"""Ways to bend what a file says: its JSON, the JSON in an archive, the columns of a table."""

from __future__ import annotations

import copy
import io
import json
import re
import zipfile
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Json = Any

PATHS = ("../../escaped", "/tmp/../etc/escaped", "..\\escaped", "a\0b", "C:\\escaped", "~", ".", "", " ", "x" * 600,
         "\ud800", "%2e%2e%2fescaped", "rejects/../../escaped", "\u202e", "t-1", "'; DROP TABLE trace; --")  # fmt: skip
TIMES: list[Json] = [
    2**64 - 1, str(2**64 - 1), 2**63, -1, 0, -(2**63), 1e300, 253402300800, "253402300800000000000",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "10000-01-01", "2026-02-30", "2026-09-01T10:00:00", "now",
    float("nan"), float("inf"), True, "1_000", "\u0661\u0662", None, [], {"seconds": 2**63},
]  # fmt: skip
ODD: list[Json] = [
    None, 0, -1, 2**70, 10**400, -(10**30), 1.5, -0.0, float("nan"), float("inf"), float("-inf"), "", "\0", "{", "[[",
    [], {}, [None], [[[]]], {"a": None}, {"": {}}, True, False, ["x", 1], "NaN", "null", "\ud800", "\udfff\ud800",
    "1e400",
    "\ufeff", "x" * 5_000, "[" * 3_000, '{"a": ' * 300 + "1" + "}" * 300, {"role": []}, {"type": 7}, [{"role": None}],
    {"key": None, "value": 3}, {"stringValue": 1}, {"intValue": "x"}, {"arrayValue": {"values": 1}}, "true", "0x10",
]  # fmt: skip
# What json.dumps cannot write; it stands for itself in the text and is replaced there.
RAW = {"@deep@": b"[" * 900 + b"]" * 900, "@open@": b"[" * 100_000, "@keys@": b'{"a":' * 150 + b"1" + b"}" * 150,
       "@huge@": b"9" * 5_000, "@1e400@": b"1e400", "@cut@": b'"\\ud8', "@nul@": b'"\\u0000"', "@half@": b'"\\udc00"',
       "@1e-400@": b"1e-400", "@-0@": b"-0", "@twice@": b'{"a": 1, "a": [2]}'}  # fmt: skip

_FIRST_KEY = re.compile(rb'\{("[a-z_A-Z]*")(?=:)')


def values(raw: bytes, chance: Random) -> bytes:
    """Some values, keys and elements of the JSON changed, gone or twice; as it is where it holds none."""
    found = _read(raw)
    if found is None:
        return raw
    records, lines = found
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        _bend(records, chance)
    return _twice(_written(records, lines), chance)


def archive(raw: bytes, chance: Random) -> bytes:
    """The members of a zip bent, renamed, gone or twice."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(into, "w") as new:
        for about in old.infolist():
            text = _member(old, about)
            name = (
                chance.choice((*PATHS[:3], "samples/../../escaped.json")) if chance.random() < 0.1 else about.filename
            )
            if chance.random() < 0.9:
                text = values(text, chance) if chance.random() < 0.6 else text
                new.writestr(
                    zipfile.ZipInfo(name),
                    text,
                    chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2)),
                )
    return into.getvalue()


def table(raw: bytes, chance: Random) -> bytes:
    """The columns of a Parquet file renamed, gone, or of another type."""
    found = pq.read_table(io.BytesIO(raw))
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(found.num_columns)
        if chance.random() < 0.3 and found.num_columns > 1:
            found = found.remove_column(place)
        else:
            name = chance.choice((found.column_names[place], found.column_names[place], *PATHS[:3], "metadata", "tags"))
            found = found.set_column(place, name, [_column(found.num_rows, chance)])
    into = io.BytesIO()
    pq.write_table(found, into, compression=chance.choice(("zstd", "gzip", "snappy", "none")))
    return into.getvalue()


def _column(rows: int, chance: Random) -> pa.Array:
    big = [2**63 - 1, -(2**63), 0]
    return chance.choice(
        (
            pa.array([chance.choice(big) for _ in range(rows)]),
            pa.array([2**64 - 1] * rows, pa.uint64()),
            pa.array([chance.choice([1.5, float("nan"), float("inf")]) for _ in range(rows)]),
            pa.array([chance.choice([b"\xff\0", b"x", None]) for _ in range(rows)]),
            pa.array([chance.choice(big) for _ in range(rows)], pa.timestamp(chance.choice(("ms", "us", "ns")))),
            pa.array([chance.choice([2**31 - 1, -(2**31)]) for _ in range(rows)], pa.date32()),
            pa.array([[{"role": 1, "content": None}]] * rows),
            pa.array([[("a", 1), ("a", 2)]] * rows, pa.map_(pa.string(), pa.int64())),
            pa.array([chance.choice(["", "{", '{"a": NaN}', "[1e400]", "a\0b", None]) for _ in range(rows)]),
            pa.array([2**40] * rows, pa.duration("ns")),
            pa.nulls(rows),
        )
    )


def _member(archive: zipfile.ZipFile, about: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(about)
    except (NotImplementedError, zipfile.BadZipFile):  # Zstandard, which this zipfile may not know
        return b"{}"


def _read(raw: bytes) -> tuple[list[Json], bool] | None:
    """(the values, whether they stand in lines)."""
    try:
        return [json.loads(raw)], False
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in raw.splitlines() if line.strip()], True
    except ValueError:
        return None


def _written(records: list[Json], lines: bool) -> bytes:
    text = "\n".join(json.dumps(one) for one in records).encode() + (b"\n" if lines else b"")
    for name, odd in RAW.items():
        text = text.replace(f'"{name}"'.encode(), odd)
    return text


def _twice(text: bytes, chance: Random) -> bytes:
    """Now and then a key that stands in its object twice."""
    keys = list(_FIRST_KEY.finditer(text)) if chance.random() < 0.1 else []
    if not keys:
        return text
    key = chance.choice(keys)
    again = key.group(1) + b": " + json.dumps(chance.choice(ODD)).encode() + b", "
    return text[: key.start(1)] + again + text[key.start(1) :]


def _bend(inside: Json, chance: Random) -> None:
    """Change something at a random place inside."""
    while True:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        if not keys:
            return
        key = chance.choice(keys)
        deeper = inside[key]
        if isinstance(deeper, str) and chance.random() < 0.7 and (within := _within(deeper)):
            _bend(within, chance)
            inside[key] = json.dumps(within)
            return
        if not isinstance(deeper, dict | list) or not deeper or chance.random() < 0.15:
            _change(inside, key, chance)
            return
        inside = deeper


def _within(text: str) -> Json:
    """The list or object that a text holds as JSON: half of all formats write messages like that. None for others."""
    if text[:1] not in ("[", "{"):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _change(holder: Json, key: Json, chance: Random) -> None:
    kind = chance.random()
    if kind < 0.12:
        del holder[key]
    elif kind < 0.2 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif kind < 0.25 and isinstance(holder, dict):
        holder[chance.choice((*PATHS, "trace_id", "id", "metadata", "messages"))] = holder.pop(key)
    elif kind < 0.4:
        holder[key] = chance.choice(list(RAW))
    elif kind < 0.5:  # something sound that belongs elsewhere
        holder[key] = copy.deepcopy(chance.choice(list(holder.values()) if isinstance(holder, dict) else holder))
    elif kind < 0.6:
        holder[key] = {str(key): holder[key]} if chance.random() < 0.5 else [holder[key], holder[key]]
    else:
        holder[key] = copy.deepcopy(chance.choice(_fitting(str(key))))


def _fitting(key: str) -> list[Json]:
    """What hurts most behind such a key."""
    word = key.lower()
    if word.endswith(("id", "name", "key")):
        return [*PATHS, *ODD]
    return TIMES + ODD if any(part in word for part in ("time", "_at", "start", "end", "created", "date")) else ODD
