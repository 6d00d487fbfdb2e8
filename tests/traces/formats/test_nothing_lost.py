"""What a file says is in what comes out of it: in a trace, beside a verdict or an opinion, or in a reject."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from review_app.tables import Reject
from review_app.traces import readers
from review_app.traces.chat import unquoted
from review_app.traces.columns import parsed
from review_app.traces.trace import Json, Trace, encode
from review_app.traces.zip_archive import ZipArchive

from ...mutants.seeds import seeds
from ...shared_data import shared
from ..files import write

# Where an unknown field is not looked for, by format: the shape around values (OTLP writes every value into an object
# of its own), a part that the file holds twice or says anew later, and figures over a whole file.
SHAPE = {
    "deepeval": r"metricsScores",
    "inspect": r"(results|reductions)|output\.choices\.message$",
    "langfuse": r"^$|trace\.observations",
    "atif": r"^$",
    "langsmith": r"^$|^body\.(outputs|extra)",
    "mlflow": r"^$|^(spans|assessments|request|response|tags|trace_metadata)\b",
    "otel-sdk": r"^status$",
    "otlp-json": r"value|attributes$|^$|(resource|scope)(Spans|Logs)$|status$",
    "phoenix": r"value|attributes$|^$|^(data\.?)?(context|status)?$|^data\.status$",
    "phoenix-annotations": r"^$",
}
# What the trace says in another form: ids in hex, instants in UTC and to the microsecond, a role by the place of what
# was said, a path by the run it leads to.
FORM = re.compile(
    r"(role|status[._]?code|path|(span|trace|parent)_?id|time(_?unix_?nano)?|timestamp|(created|started)_at)$", re.I
)
SUMMARY = re.compile(
    r"^(metricsScores|results|reductions|summaries\.json|_journal|header\.json\.results)\b|attributes\.key$"
)
MADE = {"UNSET", "gen_ai.evaluation.result", "tool_call_response", "assistant", "user", "tool"}


@pytest.mark.parametrize("name", [name for name in seeds() if name not in ("jsonl", "csv", "parquet", "json")])
def test_a_field_that_nobody_knows_is_kept_wherever_it_stands(tmp_path: Path, name: str) -> None:
    """Native files are strict instead: there it is a reject."""
    numbers, lost, kept = count(), [], 0
    for raw in seeds()[name]:
        if (records := _records(raw)) is None:
            continue
        put: dict[str, str] = {}
        odd = b"\n".join(orjson.dumps(_odd(record, "", put, numbers)) for record in records)
        said = "\n".join(_texts(list(readers.read(write(tmp_path, odd, f"{next(numbers)}.json"), name))))
        lost += [place for needle, place in put.items() if needle not in said]
        kept += sum(needle in said for needle in put)
    assert {place for place in lost if not re.search(SHAPE.get(name, "^never$"), place)} == set()
    assert kept or name == "otlp-protobuf"


def test_every_word_and_number_of_the_shared_files_is_kept() -> None:
    lost = {}
    for path in sorted(shared("native-traces").rglob("*.*")):
        found = _of_a_format(path)
        values = {str(value) for item in found for value in _leaves(item)} | {
            key for item in found for key in _keys(item)
        }
        text = "\0".join(values)
        for record in _content(path) if found else ():
            for place, value in _placed(record, ""):
                if FORM.search(place) or SUMMARY.search(place) or value in MADE:
                    continue
                if str(value) not in values and not (isinstance(value, str) and value in text):
                    lost[path.name, place] = value
    assert lost == {}


def _odd(value: Json, place: str, put: dict[str, str], numbers: count[int]) -> Json:
    """The value with an unknown field in each of its objects; `put`: what it says, and where it stands."""
    if isinstance(value, list):
        return [_odd(one, place, put, numbers) for one in value]
    if not isinstance(value, dict):
        return value
    inside = {key: _odd(one, f"{place}.{key}".lstrip("."), put, numbers) for key, one in value.items()}
    needle = f"needle-{next(numbers)}-"
    put[needle] = place
    return inside | {f"odd_{needle}": needle}


def _records(raw: bytes) -> list[Json] | None:
    try:
        return [orjson.loads(raw)]
    except orjson.JSONDecodeError:
        pass
    try:
        return [orjson.loads(line) for line in raw.splitlines()]
    except orjson.JSONDecodeError:
        return None  # an archive, or protobuf


def _texts(items: list[readers.Item]) -> Iterator[str]:
    for item in items:
        if not isinstance(item, Reject):
            yield (encode(item) if isinstance(item, Trace) else orjson.dumps(asdict(item))).decode()


def _of_a_format(path: Path) -> list[Json]:
    """What was read of a file, as JSON; nothing where it is in no format."""
    try:
        readers.detect(path)
    except readers.BadInput:
        return []
    return [orjson.loads(text) for text in _texts(list(readers.read(path)))]


def _content(path: Path) -> Iterator[Json]:
    raw = path.read_bytes()
    if raw.startswith(b"PK"):
        with ZipArchive(path) as archive:
            for name in archive.names():
                yield {name.removeprefix("samples/"): orjson.loads(archive.member(name))}
    elif raw.startswith(b"PAR1"):
        yield from pq.read_table(path).to_pylist()
    else:
        yield from _records(raw) or ()


def _placed(value: Json, place: str) -> Iterator[tuple[str, Any]]:
    """(place, value) of every text and number that is not blank, JSON written as text looked into."""
    found = value
    while isinstance(found, str) and (inside := parsed(unquoted(found))) != found:
        found = inside
    if isinstance(found, dict):
        for key, one in found.items():
            yield from _placed(one, f"{place}.{key}".lstrip("."))
    elif isinstance(found, list):
        for one in found:
            yield from _placed(one, place)
    elif found not in (None, "") and not isinstance(found, bool):
        yield place, float(found) if isinstance(found, int) else found


def _leaves(value: Json) -> Iterator[Any]:
    return (found for _, found in _placed(value, ""))


def _keys(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(one)
