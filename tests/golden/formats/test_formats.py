"""Each format holds every case, names its release, and keeps hostile text from doing anything there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import orjson
import pandas as pd
import pytest

from review_app.golden.formats.eval_tools import plain
from review_app.golden.formats.flat_files import COLUMNS
from review_app.golden.formats.registry import FORMATS, by_suffix
from review_app.golden.release import Verified

from .releases import NASTY, a_release


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    return a_release(tmp_path_factory.mktemp("golden"))


def rows(content: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in content.splitlines()]


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


PACKED = {"huggingface", "parquet"}  # their bytes are compressed: read below


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"openai-evals"} - PACKED))
def test_every_case_and_the_hash_are_there(name: str, made: Verified) -> None:
    content = b"".join(FORMATS[name].files(made).values())
    for example in made.examples:
        assert example["example_id"].encode() in content
    assert made.content_hash.encode() in content


def test_without_a_right_answer_there_is_nothing_to_match(made: Verified) -> None:
    found = rows(FORMATS["openai-evals"].files(made)[""])
    assert {row["id"] for row in found} == {e["example_id"] for e in made.examples if e["expected"] is not None}
    assert len(found) == 2


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_columns(name: str, made: Verified) -> None:
    content = io.BytesIO(FORMATS[name].files(made)[""])
    frame = pd.read_csv(content) if name == "csv" else pd.read_parquet(content)
    assert tuple(frame.columns) == COLUMNS
    assert set(frame["split"]) == {"dev", "test"}
    claims = frame.set_index("trace_id")["claims"]
    assert claims["t-2"] == "must: name the deadline\nmust_not: {{promise}} money"


def test_a_spreadsheet_runs_nothing(made: Verified) -> None:
    found = csv.DictReader(io.StringIO(FORMATS["csv"].files(made)[""].decode()))
    cells = [cell for row in found for cell in row.values()]
    assert "'=seen before" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_parquet_keeps_every_text(made: Verified) -> None:
    frame = pd.read_parquet(io.BytesIO(FORMATS["parquet"].files(made)[""])).set_index("trace_id")
    assert NASTY in frame.loc["t-2", "input"]
    assert frame.loc["t-2", "reason"] == "=seen before"
    assert pd.isna(frame.loc["t-3", "expected"])


def test_promptfoo_fills_in_and_fetches_nothing(made: Verified) -> None:
    tests = orjson.loads(FORMATS["promptfoo"].files(made)[""])
    every = list(texts(tests))
    assert not [text for text in every if text.startswith(("file://", "http://", "https://"))]
    for sign in ("{{ env", "{% raw", "{# no", "{{promise"):
        assert not [text for text in every if sign in text]
    (asserted,) = (test["assert"] for test in tests if test["assert"])
    assert [one["type"] for one in asserted] == ["llm-rubric", "llm-rubric"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ x }}", "{{ '{{' }} x }}"),
        ("{% if %}", "{{ '{%' }} if %}"),
        ("file:///etc/passwd", " file:///etc/passwd"),
        ("see file://x", "see file://x"),
        ("plain { text }", "plain { text }"),
    ],
    ids=["a variable", "a tag", "an address", "an address inside", "nothing"],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("suffix", "name"), [(".csv", "csv"), (".jsonl", "jsonl"), (".parquet", "parquet"), (".json", None), ("", None)]
)
def test_a_format_by_its_ending(suffix: str, name: str | None) -> None:
    assert by_suffix(suffix) == name
