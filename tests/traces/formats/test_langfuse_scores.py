from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.trace import Feedback, Trace

from ..files import write

SCORE: dict[str, Any] = {
    "id": "s-1", "traceId": "t-1", "name": "tone", "value": 1, "stringValue": None, "dataType": "NUMERIC",
    "source": "EVAL", "comment": "why", "authorUserId": None, "timestamp": "2026-11-02T09:00:00Z",
}  # fmt: skip
CORRECTION = SCORE | {
    "source": "ANNOTATION", "dataType": "CORRECTION", "name": "output", "value": 0, "authorUserId": "ana",
    "longStringValue": "In three days.", "comment": None,
}  # fmt: skip


@pytest.mark.parametrize("source", ["EVAL", "API"])
def test_an_evaluators_score_is_a_verdict(tmp_path: Path, source: str) -> None:
    _, verdict = _read(tmp_path, SCORE | {"source": source})
    assert isinstance(verdict, Verdict)
    assert (verdict.trace_id, verdict.judge, verdict.judge_version) == ("t-1", "langfuse:tone", "unknown")
    assert (verdict.score, verdict.rationale, verdict.status) == (1.0, "why", "ok")


@pytest.mark.parametrize("source", ["ANNOTATION", "API"])
def test_a_score_with_its_author_is_an_opinion(tmp_path: Path, source: str) -> None:
    one = SCORE | {"source": source, "authorUserId": "ana", "dataType": "CATEGORICAL", "value": 0, "stringValue": "bad"}
    _, opinion = _read(tmp_path, one)
    assert isinstance(opinion, HumanOpinion)
    # 0 is what Langfuse writes for a category that has no number.
    assert (opinion.author, opinion.criterion, opinion.label, opinion.score, opinion.note) == (
        "ana",
        "tone",
        "bad",
        None,
        "why",
    )
    assert opinion.source == "langfuse"


def test_the_first_correction_is_the_traces_and_every_other_an_opinion(tmp_path: Path) -> None:
    second = CORRECTION | {"id": "s-2", "authorUserId": "ben", "longStringValue": "Tomorrow."}
    trace, opinion = _read(tmp_path, CORRECTION, second)
    assert isinstance(trace, Trace)
    assert trace.correction == "In three days."
    assert trace.metadata["human_scores"][0]["authorUserId"] == "ana"
    assert isinstance(opinion, HumanOpinion)
    assert (opinion.author, opinion.correction, opinion.criterion) == ("ben", "Tomorrow.", None)


@pytest.mark.parametrize(
    ("kind", "value", "rating"),
    [
        pytest.param("BOOLEAN", 0, -1, id="no"),
        pytest.param("BOOLEAN", 1, 1, id="yes"),
        pytest.param("NUMERIC", -1, -1, id="minus one"),
        pytest.param("NUMERIC", 0, None, id="nobody knows which scale"),
        pytest.param("NUMERIC", 4, None, id="stars"),
    ],
)
def test_the_users_thumb_is_the_traces_feedback(tmp_path: Path, kind: str, value: int, rating: int | None) -> None:
    (trace,) = _read(tmp_path, SCORE | {"name": "user-feedback", "source": "API", "dataType": kind, "value": value})
    assert isinstance(trace, Trace)
    assert trace.user_feedback == Feedback(rating=rating, comment="why")
    assert trace.metadata["human_scores"][0]["value"] == value


def test_scores_alone_name_their_trace(tmp_path: Path) -> None:
    path = write(tmp_path, orjson.dumps({"data": [SCORE, CORRECTION, SCORE | {"traceId": None}], "meta": {"page": 1}}))
    assert readers.detect(path) == "langfuse"
    verdict, correction, fault = readers.read(path)
    assert isinstance(verdict, Verdict)
    assert isinstance(correction, HumanOpinion)
    assert (verdict.trace_id, correction.trace_id, correction.correction) == ("t-1", "t-1", "In three days.")
    assert isinstance(fault, Reject)
    assert "names no trace" in fault.reason


def _read(folder: Path, *scores: dict[str, Any]) -> list[readers.Item]:
    trace = {
        "id": "t-1",
        "projectId": "p",
        "timestamp": "2026-11-02T09:00:00Z",
        "input": "When will it come?",
        "output": "In two days.",
        "observations": [],
        "scores": scores,
    }
    return list(readers.read(write(folder, orjson.dumps({"trace": trace}))))
