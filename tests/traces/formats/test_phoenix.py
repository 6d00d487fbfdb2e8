from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.span_ids import SpanIds, spans_of
from review_app.traces.trace import Trace

from ..files import write

NUMBERED = {
    "llm.model_name": "m",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "Is it in at Mölln?",
    "llm.input_messages.1.message.role": "assistant",
    "llm.input_messages.1.message.tool_calls.0.tool_call.id": "c1",
    "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "find",
    "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments": '{"title": "x"}',
    "llm.input_messages.2.message.role": "tool",
    "llm.input_messages.2.message.tool_call_id": "c1",
    "llm.input_messages.2.message.content": "one copy",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "Yes 📚",
    "retrieval.documents.0.document.id": "p1",
    "retrieval.documents.0.document.content": "A passage.",
    "retrieval.documents.0.document.score": 0.83,
    "retrieval.documents.0.document.metadata": '{"source": "p.md"}',
}
FOLDED: dict[str, Any] = {
    "llm.model_name": "m",
    "llm.input_messages": [
        {"message.role": "user", "message.content": "Is it in at Mölln?", "message.tool_calls": None},
        {
            "message.role": "assistant",
            "message.tool_calls": [
                {"tool_call.id": "c1", "tool_call.function.name": "find",
                 "tool_call.function.arguments": '{"title": "x"}'}
            ],
        },
        {"message.role": "tool", "message.tool_call_id": "c1", "message.content": "one copy"},
    ],
    "llm.output_messages": [{"message.role": "assistant", "message.content": "Yes 📚"}],
    "retrieval.documents": [
        {"document.id": "p1", "document.content": "A passage.", "document.score": 0.83,
         "document.metadata": {"source": "p.md"}}
    ],
    "llm.tools": None,
}  # fmt: skip
SPAN: dict[str, Any] = {
    "name": "chat",
    "span_kind": "LLM",
    "parent_id": None,
    "start_time": "2026-11-23T18:32:54+00:00",
    "end_time": "2026-11-23T18:32:55+00:00",
    "status_code": "OK",
    "status_message": "",
    "events": [],
}
REST = SPAN | {"id": "U3Bhbjo5", "context": {"trace_id": "a", "span_id": "s1"}, "attributes": NUMBERED}
ROW = SPAN | {"context.trace_id": "a", "context.span_id": "s1"} | {f"attributes.{k}": v for k, v in FOLDED.items()}
ANNOTATION: dict[str, Any] = {
    "id": "n1",
    "created_at": "2026-11-23T18:32:42+00:00",
    "name": "faithfulness",
    "annotator_kind": "HUMAN",
    "result": {"label": "faithful", "score": 1.0, "explanation": "fine"},
    "metadata": {},
    "identifier": "ben",
    "user_id": None,
    "span_id": "s1",
}


@pytest.mark.parametrize("form", ["page", "json lines", "frame as json lines", "frame as parquet"])
def test_numbered_keys_and_folded_lists_are_the_same_trace(tmp_path: Path, form: str) -> None:
    path = tmp_path / "file"
    if form == "page":
        path.write_bytes(orjson.dumps({"data": [REST], "next_cursor": None}))
    elif form == "frame as parquet":
        pq.write_table(pa.Table.from_pylist([ROW]), path)
    else:
        path.write_bytes(orjson.dumps(REST if form == "json lines" else ROW) + b"\n")
    assert readers.detect(path) == "phoenix"
    (trace,) = readers.read(path)
    assert isinstance(trace, Trace)
    said = [message.text for message in trace.messages]
    assert (trace.trace_id, said, trace.output, trace.model) == ("a", ["Is it in at Mölln?"], "Yes 📚", "m")
    assert [(c.id, c.name, c.arguments, c.result) for c in trace.tool_calls] == [
        ("c1", "find", {"title": "x"}, "one copy")
    ]
    assert [(d.id, d.text, d.score, d.source) for d in trace.documents] == [("p1", "A passage.", 0.83, "p.md")]
    assert trace.metadata["spans"][0]["attributes"] == {"llm.model_name": "m", "openinference.span.kind": "LLM"}
    assert trace.latency_s == 1.0


def test_a_span_without_a_trace_is_rejected(tmp_path: Path) -> None:
    trace, fault = sorted(
        readers.read(write(tmp_path, orjson.dumps({"data": [REST | {"context": {}}, REST]}))), key=str, reverse=True
    )
    assert isinstance(trace, Trace)
    assert isinstance(fault, Reject)
    assert fault.field == "context.trace_id"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, ("ben", "faithfulness", "faithful", 1.0, "fine"), id="a person"),
        pytest.param(
            {"result": {"label": None, "score": 4.0, "explanation": None}},
            ("ben", "faithfulness", None, 4.0, None),
            id="a score without a label",
        ),
        pytest.param(
            {"name": "note", "identifier": "px-span-note:06b5", "result": {"explanation": "corrected: x"}},
            ("unknown", None, None, None, "corrected: x"),
            id="a note is no answer",
        ),
        pytest.param(
            {"identifier": "", "user_id": "u7"}, ("u7", "faithfulness", "faithful", 1.0, "fine"), id="in the app"
        ),
    ],
)
def test_what_a_person_said_is_an_opinion(
    tmp_path: Path, changed: dict[str, Any], expected: tuple[object, ...]
) -> None:
    path = write(tmp_path, orjson.dumps({"data": [ANNOTATION | changed], "next_cursor": None}))
    assert readers.detect(path) == "phoenix-annotations"
    (opinion,) = readers.read(path)
    assert isinstance(opinion, HumanOpinion)
    assert (opinion.author, opinion.criterion, opinion.label, opinion.score, opinion.note) == expected
    assert (opinion.trace_id, opinion.source) == ("span:s1", "phoenix")


@pytest.mark.parametrize(
    ("result", "status", "label"),
    [
        pytest.param({"label": "faithful", "score": 1}, "ok", "faithful", id="answered"),
        pytest.param({"label": "NOT_PARSABLE", "score": 0}, "unparsable", None, id="not parsed"),
        pytest.param({"label": None, "score": None, "explanation": "?"}, "missing", None, id="no answer"),
    ],
)
@pytest.mark.parametrize("kind", ["LLM", "CODE"])
def test_what_a_judge_said_is_a_verdict_and_a_failure_stays_one(
    tmp_path: Path, result: dict[str, Any], status: str, label: str | None, kind: str
) -> None:
    row = ANNOTATION | {"annotator_kind": kind, "identifier": "judge-1", "metadata": {"version": 3}, "result": result}
    (verdict,) = readers.read(write(tmp_path, orjson.dumps([row])))
    assert isinstance(verdict, Verdict)
    assert (verdict.judge, verdict.judge_version, verdict.criterion) == ("judge-1", "3", "faithfulness")
    assert (verdict.status, verdict.label, verdict.score) == (status, label, 1.0 if status == "ok" else None)


def test_the_frame_of_annotations_is_the_same(tmp_path: Path) -> None:
    flat = {f"result.{key}": value for key, value in ANNOTATION["result"].items()}
    row = {key: value for key, value in ANNOTATION.items() if key not in ("result", "name")}
    path = write(tmp_path, orjson.dumps(row | flat | {"annotation_name": "faithfulness"}) + b"\n", "frame")
    assert list(readers.read(path)) == list(readers.read(write(tmp_path, orjson.dumps([ANNOTATION]), "rest")))


def test_an_annotation_of_a_trace_names_it(tmp_path: Path) -> None:
    row = {key: value for key, value in ANNOTATION.items() if key != "span_id"} | {"trace_id": "a"}
    (opinion,) = readers.read(write(tmp_path, orjson.dumps([row])))
    assert isinstance(opinion, HumanOpinion)
    assert opinion.trace_id == "a"


@pytest.mark.parametrize("lacks", ["name", "span_id"])
def test_an_annotation_of_nothing_is_rejected(tmp_path: Path, lacks: str) -> None:
    row = {key: value for key, value in ANNOTATION.items() if key != lacks}
    (fault,) = readers.read(write(tmp_path, orjson.dumps([row])))
    assert isinstance(fault, Reject)
    assert fault.field == lacks


def test_a_span_leads_to_its_trace(tmp_path: Path) -> None:
    (trace,) = readers.read(write(tmp_path, orjson.dumps([REST]), "spans"))
    opinion, stray = readers.read(
        write(tmp_path, orjson.dumps([ANNOTATION, ANNOTATION | {"span_id": "s9"}]), "annotations")
    )
    assert isinstance(trace, Trace)
    assert isinstance(opinion, HumanOpinion)
    assert isinstance(stray, HumanOpinion)
    ids = SpanIds()
    ids.note(spans_of(trace))
    known = ids.resolved(opinion)
    assert known is not None
    assert known.trace_id == "a"
    assert ids.resolved(known) is known  # what names a trace needs no span
    assert ids.resolved(stray) is None


def test_a_number_that_nobody_keeps_costs_an_answer_nothing(tmp_path: Path) -> None:
    odd = orjson.dumps([ANNOTATION | {"metadata": {"n": 7}}]).replace(b":7}", b":" + b"9" * 30 + b"}")
    (opinion,) = readers.read(write(tmp_path, odd))
    assert isinstance(opinion, HumanOpinion)
    assert opinion.beside is not None
    assert opinion.beside["metadata"] == {"n": "9" * 30}
