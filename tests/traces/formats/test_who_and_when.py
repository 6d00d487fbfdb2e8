"""A public set of agents' failures, read through a mapping: each turn and each word of blame comes along."""

from __future__ import annotations

from pathlib import Path

import orjson

from review_app.traces import mapping, readers
from review_app.traces.trace import Trace

from ...shared_data import shared

MAP = Path(__file__).parents[1] / "maps" / "who_and_when.yaml"


def test_every_turn_of_every_file_is_there() -> None:
    described, ids = mapping.load(MAP), set()
    for path in sorted(shared("who-and-when").glob("*/*.json")):
        told = orjson.loads(path.read_bytes())
        (trace,) = readers.read(path, mapping=described)
        assert isinstance(trace, Trace)
        said = sum(bool(turn["content"].strip()) for turn in told["history"])
        after = trace.metadata.get("messages_after_output", [])
        assert len(trace.messages) + (trace.output is not None) + len(after) == said
        assert trace.metadata["mistake_step"] == told["mistake_step"]
        assert trace.metadata["mistake_reason"] == told["mistake_reason"]
        ids.add(trace.trace_id)
    assert len(ids) == 126 + 58
