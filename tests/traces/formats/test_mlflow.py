from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.trace import Trace

from ..files import write

SPANS: list[dict[str, Any]] = [
    {
        "trace_id": "L0AwiXXs5fV7ci2xKluuLw==",
        "span_id": "aVjzLizKTHA=",
        "parent_span_id": None,
        "name": "answer_question",
        "start_time_unix_nano": 1795458487276746558,
        "end_time_unix_nano": 1795458487376746558,
        "status": {"code": "STATUS_CODE_OK", "message": ""},
        "events": [],
        "attributes": {
            "mlflow.spanType": '"CHAIN"',
            "mlflow.spanInputs": '{"question": "How long?"}',
            "mlflow.spanOutputs": '{"answer": "21 days."}',
            "mlflow.spanLogLevel": "10",
        },
    },
    {
        "trace_id": "L0AwiXXs5fV7ci2xKluuLw==",
        "span_id": "YeqBOUHmL+w=",
        "parent_span_id": "aVjzLizKTHA=",
        "name": "vector_search",
        "start_time_unix_nano": 1795458487286746558,
        "attributes": {
            "mlflow.spanType": '"RETRIEVER"',
            "mlflow.spanOutputs": '[{"page_content": "Loans last 21 days.", '
            '"metadata": {"doc_uri": "p#2", "score": 0.8}}]',
        },
    },
]
INFO: dict[str, Any] = {
    "trace_id": "tr-1",
    "request_time": "2026-11-23T18:28:07.276Z",
    "state": "OK",
    "trace_metadata": {"mlflow.trace.session": "sess-1", "mlflow.traceInputs": '{"question": "How long?"}',
                       "mlflow.traceOutputs": '{"answer": "21 days."}'},
    "tags": {"mlflow.traceName": "answer_question", "app": "helpdesk"},
    "execution_duration_ms": 88,
    "assessments": [],
}  # fmt: skip


def test_a_trace_has_hex_ids_and_attributes_out_of_their_json(tmp_path: Path) -> None:
    path = write(tmp_path, orjson.dumps({"info": INFO, "data": {"spans": SPANS}}, option=orjson.OPT_INDENT_2))
    assert readers.detect(path) == "mlflow"
    (trace,) = readers.read(path)
    assert isinstance(trace, Trace)
    assert (trace.trace_id, trace.session_id, trace.route) == ("tr-1", "sess-1", "answer_question")
    assert ([message.text for message in trace.messages], trace.output) == (["How long?"], "21 days.")
    assert [(d.id, d.text, d.score) for d in trace.documents] == [("p#2", "Loans last 21 days.", 0.8)]
    assert trace.latency_s == pytest.approx(0.1, abs=2e-6)  # times are whole microseconds
    # base64 of 0x6958f32e2cca4c70
    assert [(s["id"], s["parent"]) for s in trace.metadata["spans"]] == [
        ("6958f32e2cca4c70", None), ("61ea813941e62fec", "6958f32e2cca4c70"),
    ]  # fmt: skip
    assert trace.metadata["spans"][0]["attributes"] == {"mlflow.spanType": "CHAIN", "mlflow.spanLogLevel": "10"}
    assert trace.metadata["info"]["tags"]["app"] == "helpdesk"


def test_the_frame_of_search_traces_is_the_same(tmp_path: Path) -> None:
    whole = {"info": INFO, "data": {"spans": SPANS}}
    columns = {key: value for key, value in INFO.items() if key != "execution_duration_ms"} | {"spans": SPANS}
    (expected,) = readers.read(write(tmp_path, orjson.dumps(whole), "trace"))
    for name, row in (("with trace", columns | {"trace": orjson.dumps(whole).decode()}), ("columns only", columns)):
        path = write(tmp_path, orjson.dumps(row) + b"\n", name)
        assert readers.detect(path) == "mlflow"
        (trace,) = readers.read(path)
        assert isinstance(trace, Trace)
        assert isinstance(expected, Trace)
        assert (trace.output, trace.documents, trace.session_id) == (
            expected.output, expected.documents, expected.session_id,
        )  # fmt: skip


def test_version_2_is_read(tmp_path: Path) -> None:
    span = {
        "name": "chat",
        "context": {"span_id": "0x1", "trace_id": "0x2"},
        "parent_id": None,
        "start_time": 1795458487276746558,
        "end_time": 1795458487376746558,
        "status_code": "ERROR",
        "status_message": "RateLimitError: 429",
        "attributes": {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.spanInputs": '{"messages": [{"role": "user", "content": "Hi"}]}',
        },
        "events": [],
    }
    info = {
        "request_id": "r-1",
        "timestamp_ms": 1795458487276,
        "execution_time_ms": 7,
        "status": "ERROR",
        "request_metadata": {},
    }
    (trace,) = readers.read(write(tmp_path, orjson.dumps({"info": info, "data": {"spans": [span]}})))
    assert isinstance(trace, Trace)
    assert (trace.trace_id, trace.messages[0].text, trace.output, trace.error) == (
        "r-1",
        "Hi",
        None,
        "RateLimitError: 429",
    )


def test_a_trace_without_spans_is_what_its_info_tells(tmp_path: Path) -> None:
    (trace,) = readers.read(write(tmp_path, orjson.dumps({"info": INFO, "data": {"spans": []}})))
    assert isinstance(trace, Trace)
    assert (trace.messages[0].text, trace.output, trace.route) == ("How long?", "21 days.", "answer_question")
    assert trace.latency_s == 0.088
    assert trace.at is not None


@pytest.mark.parametrize(
    ("feedback", "metadata", "expected"),
    [
        pytest.param({"value": "faithful"}, {"score": "1.0"}, ("ok", "faithful", 1.0), id="label, its number beside"),
        pytest.param({"value": 4.0}, {"score": "9"}, ("ok", None, 4.0), id="a number is the score"),
        pytest.param({"value": True}, {}, ("ok", "true", None), id="yes or no"),
        pytest.param({"value": None, "error": {"error_code": "PARSE", "error_message": "no JSON"}}, {},
                     ("error", None, None), id="the judge failed"),
        pytest.param({"value": None}, {}, ("missing", None, None), id="nothing"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("source", ["LLM_JUDGE", "AI_JUDGE", "CODE"])
def test_a_judges_feedback_is_a_verdict(
    tmp_path: Path, feedback: dict[str, Any], metadata: dict[str, str], expected: tuple[object, ...], source: str
) -> None:
    _, verdict = _with(tmp_path, _assessment(source, feedback=feedback, metadata=metadata))
    assert isinstance(verdict, Verdict)
    assert (verdict.status, verdict.label, verdict.score) == expected
    assert (verdict.judge, verdict.judge_version, verdict.criterion) == ("who-1", "unknown", "faithfulness")


def test_a_persons_feedback_is_an_opinion(tmp_path: Path) -> None:
    one = _assessment("HUMAN", feedback={"value": "faithful"}, metadata={"score": "1.0"}, rationale="fine")
    _, opinion = _with(tmp_path, one)
    assert isinstance(opinion, HumanOpinion)
    assert (opinion.author, opinion.criterion, opinion.label, opinion.score, opinion.note, opinion.source) == (
        "who-1", "faithfulness", "faithful", 1.0, "fine", "mlflow",
    )  # fmt: skip


def test_what_was_taken_back_and_what_is_no_answer_stay_in_the_metadata(tmp_path: Path) -> None:
    taken_back = _assessment("HUMAN", feedback={"value": "unfaithful"}, valid=False)
    facts = _assessment("HUMAN", expectation={"value": ["21 days"]}, assessment_name="expected_facts")
    idea = _assessment("LLM_JUDGE", expectation={"value": "21"}, assessment_name="expected_response")
    answer = _assessment("HUMAN", expectation={"value": "For 21 days."}, assessment_name="expected_response")
    (trace,) = _with(tmp_path, taken_back, facts, idea, answer)
    assert isinstance(trace, Trace)
    assert trace.correction == "For 21 days."
    assert trace.metadata["assessments"] == [taken_back, facts, idea, answer]  # the last says who wrote it


def test_what_is_no_trace_is_rejected_and_the_next_one_kept(tmp_path: Path) -> None:
    whole = {"info": INFO, "data": {"spans": SPANS}}
    broken: list[Any] = [copy.deepcopy(whole) for _ in range(2)]
    del broken[0]["info"]["trace_id"]
    broken[1]["info"] = "none"
    *faults, trace = readers.read(write(tmp_path, orjson.dumps([*broken, whole])), format="mlflow")
    assert [type(fault) for fault in faults] == [Reject, Reject]
    assert isinstance(trace, Trace)


def _assessment(source: str, **own: Any) -> dict[str, Any]:
    return {"assessment_name": "faithfulness", "source": {"source_type": source, "source_id": "who-1"}} | own


def _with(folder: Path, *assessments: dict[str, Any]) -> list[readers.Item]:
    whole = {"info": INFO | {"assessments": assessments}, "data": {"spans": SPANS}}
    return list(readers.read(write(folder, orjson.dumps(whole))))
