"""Files of our formats, bent in a random place: what can be read is read, the rest is named, and nothing hangs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from review_app.errors import BadInput
from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.trace import Trace, encode

from ...shared_data import shared
from ..files import write
from ..test_mutations import _bytes_changed, _cut, _values_changed

SEEDS = 30  # for each file and kind of change
FILES = [
    ("deepeval", "deepeval/test_run_sample.json"),
    ("inspect", "generated/inspect_ai/edited_score.json"),
    ("inspect", "inspect_ai/log_tool_call_error.json"),
    ("langsmith", "generated/langsmith/ingest_requests.jsonl"),
    ("litellm", "generated/litellm/standard_logging_payloads.jsonl"),
    ("openai-batch", "generated/litellm/standard_logging_payloads.jsonl"),
    ("openai-chat", "generated/litellm/standard_logging_payloads.jsonl"),
    ("atif", "phoenix-client-atif/multi_tool_trajectory.json"),
    ("atif", "phoenix-client-atif/subagent_trajectories.json"),
    ("tau-bench", "phoenix-client-atif/simple_trajectory.json"),
]
ARCHIVES = ("generated/inspect_ai/edited_score.zstd.eval", "generated/inspect_ai/edited_score.deflate.eval")


@pytest.mark.parametrize(("form", "name"), FILES)
@pytest.mark.parametrize("change", [_bytes_changed, _cut, _values_changed])
def test_a_bent_file_never_breaks_a_reader(
    tmp_path: Path, form: str, name: str, change: Callable[[bytes, Random], bytes]
) -> None:
    raw = (shared("native-traces") / name).read_bytes()
    for seed in range(SEEDS):
        _read(write(tmp_path, change(raw, Random(seed))), form)


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("change", [_bytes_changed, _cut])
def test_a_bent_archive_never_breaks_a_reader(
    tmp_path: Path, name: str, change: Callable[[bytes, Random], bytes]
) -> None:
    raw = (shared("native-traces") / name).read_bytes()
    for seed in range(3 * SEEDS):
        _read(write(tmp_path, change(raw, Random(seed))), None)


def _read(path: Path, form: str | None) -> None:
    start = time.monotonic()
    for asked in (form, None):
        try:
            items = list(readers.read(path, format=asked))
        except BadInput:
            continue
        assert all(isinstance(item, Trace | Verdict | HumanOpinion | Reject) for item in items)
        # A trace that was taken can be written and read again.
        assert all(encode(item) for item in items if isinstance(item, Trace))
    assert time.monotonic() - start < 5
