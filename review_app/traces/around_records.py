"""What a JSON file says around the array of its records."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pydantic_core import from_json

from review_app.traces.json_stream import JsonStream
from review_app.traces.lines import BROKEN_FILE, open_bytes
from review_app.traces.trace import Json


def around(path: Path, place: Sequence[str], records: Collection[str]) -> dict[str, Json]:
    """The other keys of the object at `place`, a list of keys, where the arrays `records` stand. Of a file that breaks
    off, those before the break: reading its records says so. A value that is no JSON is left out."""
    return {name: value for name, text in _texts(path, place, records) if (value := _value(text)) is not None}


def finite(value: Json) -> Json:
    """The JSON value, an infinity and a NaN (Inspect's "not scored") as text, which is what a trace can keep."""
    if isinstance(value, float) and value - value != 0:
        return str(value)
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list) else value


def _texts(path: Path, place: Sequence[str], records: Collection[str]) -> Iterator[tuple[str, bytes]]:
    with open_bytes(path) as file:
        try:
            yield from JsonStream(file).members(place, records)
        except (ValueError, *BROKEN_FILE):
            return


def _value(text: bytes) -> Json:
    try:
        return finite(from_json(text))
    except ValueError:
        return None
