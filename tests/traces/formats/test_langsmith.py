from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.trace import Trace

from ..files import write

POST = {
    "id": "r-1",
    "trace_id": "r-1",
    "name": "answer",
    "run_type": "chain",
    "start_time": "2026-11-23T18:39:40.1",
    "inputs": {"question": "When do you close?"},
    "outputs": {},
    "extra": {"metadata": {"session_id": "s-1"}},
    "tags": ["desk"],
}
PATCH = {"end_time": "2026-11-23T18:39:42.1", "outputs": {"answer": "At eight."}, "extra": {}, "tags": []}


def _file(folder: Path, *records: object, name: str = "x.jsonl") -> Path:
    return write(folder, b"\n".join(map(orjson.dumps, records)), name)


def _request(path: str, body: object) -> dict[str, object]:
    return {"path": path, "body": body}


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([_request("/runs", POST), _request("/runs/r-1", PATCH | {"id": "r-1"})], id="post, patch"),
        pytest.param([_request("/runs/r-1", PATCH | {"id": "r-1"}), _request("/runs", POST)], id="patch first"),
        pytest.param([_request("/runs", POST), _request("/runs/r-1", PATCH)], id="id in the path only"),
        pytest.param([_request("/runs/batch", {"post": [POST], "patch": [PATCH | {"id": "r-1"}]})], id="batch"),
        pytest.param([POST | PATCH | {"extra": POST["extra"], "tags": ["desk"]}], id="an exported run"),
    ],
)
def test_a_run_is_joined_from_wherever_its_parts_are(tmp_path: Path, records: list[object]) -> None:
    path = _file(tmp_path, *records)
    assert readers.detect(path) == "langsmith"
    (trace,) = readers.read(path)
    assert isinstance(trace, Trace)
    assert (trace.trace_id, trace.output, trace.session_id, trace.tags) == ("r-1", "At eight.", "s-1", ("desk",))
    assert trace.latency_s == 2.0
    assert trace.messages[0].text == "When do you close?"


def test_traces_that_lie_in_between_each_other_are_kept_apart(tmp_path: Path) -> None:
    other = POST | {"id": "r-2", "trace_id": "r-2"}
    patches = [_request(f"/runs/r-{n}", {"id": f"r-{n}", "outputs": {"answer": f"answer {n}"}}) for n in (1, 2)]
    path = _file(tmp_path, _request("/runs", POST), _request("/runs", other), *patches)
    traces = [item for item in readers.read(path) if isinstance(item, Trace)]
    assert [(trace.trace_id, trace.output) for trace in traces] == [("r-1", "answer 1"), ("r-2", "answer 2")]


def test_a_parquet_export_with_json_in_its_cells_is_read(tmp_path: Path) -> None:
    run = POST | {"inputs": '{"question": "When?"}', "outputs": '{"answer": "At eight."}', "extra": "{}"}
    pq.write_table(pa.Table.from_pylist([run]), tmp_path / "runs.parquet")
    (trace,) = readers.read(tmp_path / "runs.parquet")
    assert isinstance(trace, Trace)
    assert (trace.messages[0].text, trace.output) == ("When?", "At eight.")


def _feedback(**fields: object) -> dict[str, object]:
    return _request("/feedback", {"id": "f", "run_id": "r-1", "key": "tone", **fields})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"feedback_source": {"type": "model"}, "score": 0.5}, ("langsmith:tone", None, 0.5, "ok"), id="judge"
        ),
        pytest.param(
            {"feedback_source": {"type": "auto_eval", "metadata": {"annotator": "j"}}, "value": "bad"},
            ("j", "bad", None, "ok"),
            id="named judge",
        ),
        pytest.param({"feedback_source": {"type": "model"}}, ("langsmith:tone", None, None, "missing"), id="no answer"),
    ],
)
def test_what_a_machine_says_is_a_verdict(tmp_path: Path, fields: dict[str, object], expected: object) -> None:
    _, verdict = readers.read(_file(tmp_path, _request("/runs", POST), _feedback(**fields)))
    assert isinstance(verdict, Verdict)
    assert (verdict.judge, verdict.label, verdict.score, verdict.status) == expected
    assert verdict.trace_id == "r-1"  # through the run, as the feedback names no trace


def test_what_a_person_says_is_an_opinion_also_without_a_label(tmp_path: Path) -> None:
    source = {"type": "app", "user_id": "u-7"}
    _, said = readers.read(_file(tmp_path, _request("/runs", POST), _feedback(feedback_source=source, score=4)))
    assert isinstance(said, HumanOpinion)
    assert (said.author, said.criterion, said.label, said.score, said.source) == ("u-7", "tone", None, 4.0, "langsmith")


def test_a_second_correction_is_not_lost(tmp_path: Path) -> None:
    given = [
        _feedback(key="correction", correction={"answer": text}, feedback_source={"metadata": {"annotator": who}})
        for who, text in (("ana", "At nine."), ("ben", "At ten."))
    ]
    trace, second = readers.read(_file(tmp_path, _request("/runs", POST), *given))
    assert isinstance(trace, Trace)
    assert isinstance(second, HumanOpinion)
    assert (trace.correction, second.correction, second.author, second.criterion) == (
        "At nine.",
        "At ten.",
        "ben",
        None,
    )
    assert len(trace.metadata["feedback"]) == 2


def test_feedback_on_a_run_nobody_knows_is_rejected(tmp_path: Path) -> None:
    (fault,) = readers.read(_file(tmp_path, _feedback(score=1, feedback_source={})))
    assert isinstance(fault, Reject)
    assert "no run in the file" in fault.reason
