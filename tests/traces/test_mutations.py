"""Files that were bent in a random place: whatever happens to them, what can be read is read and the rest is named."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from review_app.errors import BadInput
from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import guess, readers
from review_app.traces.trace import Json, Trace, encode

from ..shared_data import shared
from .files import write

SEEDS = 40  # for each file and kind of change
ODD: list[Json] = [None, 0, -1, 2**70, 1.5, "", "\0", "{", "[[", [], {}, [None], {"a": None}, True, ["x", 1], "NaN"]


def _bytes_changed(raw: bytes, chance: random.Random) -> bytes:
    found = bytearray(raw)
    for _ in range(chance.randint(1, 20)):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def _cut(raw: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(raw))
    return raw[:start] + raw[start + chance.randrange(200) :] if chance.random() < 0.5 else raw[:start]


def _values_changed(raw: bytes, chance: random.Random) -> bytes:
    try:
        value = json.loads(raw)
    except json.JSONDecodeError:
        value = [json.loads(line) for line in raw.splitlines()]
    for _ in range(chance.randint(1, 8)):
        _change(value, chance)
    return "\n".join(map(json.dumps, value if isinstance(value, list) else [value])).encode()


def _change(value: Json, chance: random.Random) -> None:
    """Put something odd at a random place inside `value`."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        inside = value[key]
        if not isinstance(inside, dict | list) or not inside or chance.random() < 0.15:
            value[key] = copy.deepcopy(chance.choice(ODD))
            return
        value = inside


# Each file with the format it is in.
FILES = [
    ("langfuse/claude-agent-2025-12-22.trace.json", "langfuse"),
    ("langfuse/langgraph-python-2025-08-22.trace.json", "langfuse"),
    ("langfuse/openai-agents-2025-09-30.trace.json", "langfuse"),
    ("langfuse/pydantic-ai-2025-06-06.trace.json", "langfuse"),
    ("generated/mlflow/trace_2.json", "mlflow"),
    ("generated/mlflow/search_traces.jsonl", "mlflow"),
    ("generated/opentelemetry/console_span_exporter.genai.jsonl", "otel-sdk"),
    ("openinference/vercel-v6-spans/ai-generateText.json", "otel-sdk"),
    ("generated/opentelemetry/otlp_json_file.genai.jsonl", "otlp-json"),
    ("generated/phoenix/rest_spans_otlpv1.json", "otlp-json"),
    ("generated/opentelemetry/otlp_http_export_request.genai.pb", "otlp-protobuf"),
    ("generated/phoenix/rest_spans.json", "phoenix"),
    ("generated/phoenix/spans_dataframe.jsonl", "phoenix"),
    ("generated/phoenix/spans_dataframe.parquet", "phoenix"),
    ("generated/phoenix/rest_span_annotations.json", "phoenix-annotations"),
    ("generated/phoenix/span_annotations_dataframe.jsonl", "phoenix-annotations"),
]


@pytest.mark.parametrize(("name", "form"), FILES)
@pytest.mark.parametrize("change", [_bytes_changed, _cut, _values_changed])
def test_a_bent_file_never_breaks_a_reader(
    tmp_path: Path, name: str, form: str, change: Callable[[bytes, random.Random], bytes]
) -> None:
    if change is _values_changed and name.endswith((".pb", ".parquet")):
        return  # there is no JSON in it to change
    raw = (shared("native-traces") / name).read_bytes()
    for seed in range(SEEDS):
        path = write(tmp_path, change(raw, random.Random(seed)))
        for asked in (form, None):
            try:
                items = list(readers.read(path, format=asked))
            except BadInput:
                continue
            assert all(isinstance(item, Trace | Verdict | HumanOpinion | Reject) for item in items)
            # A trace that was taken can be written and read again.
            assert all(encode(item) for item in items if isinstance(item, Trace))
        try:
            guess.guess(path)
        except BadInput:
            continue
