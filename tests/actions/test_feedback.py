"""Feedback on stored traces, and redaction on the way into the store."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.errors import BadInput
from review_app.store import traces

from ..builders import NOON

KEY = "sk-" + "proj-" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9b"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path / "project")
    with (tmp_path / "project" / "project.yaml").open("a") as file:
        file.write("\nredaction:\n  personal: [email]\n")
    return tmp_path / "project"


def one_trace(tmp_path: Path, **fields: object) -> Path:
    path = tmp_path / "traces.jsonl"
    path.write_bytes(orjson.dumps({"trace_id": "t", "output": "ask ana@example.org"} | fields) + b"\n")
    return path


def test_feedback_is_a_version_redacted_and_said_twice_stored_once(project: Path, tmp_path: Path) -> None:
    actions.ingest(project, [one_trace(tmp_path)])
    done = actions.attach_feedback(project, "t", rating=-1, comment="no, ben@example.org")
    assert (done.version, done.changed) == (2, True)
    again = actions.attach_feedback(project, "t", rating=-1, comment="no, ben@example.org")
    assert (again.version, again.changed) == (2, False)
    stored = traces.body(opened(project).store, "t")
    assert stored.user_feedback is not None
    # <EMAIL_1> is ana; of ben nobody knows whether he is the same.
    assert stored.user_feedback.comment == "no, <EMAIL_2>"
    more = actions.attach_feedback(project, "t", correction="ask nobody")
    stored = traces.body(opened(project).store, "t")
    assert (more.changed, stored.correction, stored.user_feedback.rating) == (True, "ask nobody", -1)  # type: ignore[union-attr]


def test_a_file_read_again_does_not_undo_feedback(project: Path, tmp_path: Path) -> None:
    path = one_trace(tmp_path)
    actions.ingest(project, [path])
    actions.attach_feedback(project, "t", rating=0.5)
    assert actions.ingest(project, [path]).saved.same == 1
    assert traces.body(opened(project).store, "t").user_feedback is not None


@pytest.mark.parametrize(
    "said", [{}, {"rating": 2.0}, {"rating": float("nan")}], ids=["nothing", "too good", "no number"]
)
def test_feedback_that_says_nothing_is_refused(project: Path, tmp_path: Path, said: dict[str, float]) -> None:
    actions.ingest(project, [one_trace(tmp_path)])
    with pytest.raises(BadInput):
        actions.attach_feedback(project, "t", **said)  # type: ignore[arg-type]


def test_feedback_on_an_unknown_trace_is_refused(project: Path) -> None:
    with pytest.raises(BadInput, match="no trace 'nobody'"):
        actions.attach_feedback(project, "nobody", rating=1)


def test_nothing_of_a_secret_is_stored_or_listed(project: Path, tmp_path: Path) -> None:
    path = one_trace(tmp_path, metadata={"env": KEY})
    with path.open("ab") as file:
        file.write(orjson.dumps({"trace_id": "u", "odd": f"{KEY} ana@example.org"}) + b"\n")
        # cut in the middle of the key: what is left of it has no shape any more
        file.write(orjson.dumps({"trace_id": "v", "odd": "x" * 255 + " " + KEY}) + b"\n")
    done = actions.ingest(project, [path])
    assert done.rejects is not None
    assert done.redacted["api_key"] >= 2
    everything = b"".join(file.read_bytes() for file in project.rglob("*") if file.is_file())
    assert KEY[:14].encode() not in everything
    assert b"ana@example.org" not in everything


def test_what_is_said_before_its_trace_is_here_waits_for_it(project: Path, tmp_path: Path) -> None:
    early = {"trace_id": "t", "rating": -1, "comment": "no, ben@example.org"}
    assert actions.take_feedback(project, [early, early], NOON).waiting == 2
    assert b"ben@example.org" not in b"".join(file.read_bytes() for file in project.rglob("*") if file.is_file())
    assert actions.attach_waiting(project, NOON) == 0
    actions.ingest(project, [one_trace(tmp_path)])
    assert actions.attach_waiting(project, NOON) == 1
    stored = traces.body(opened(project).store, "t").user_feedback
    assert stored is not None
    # <EMAIL_1> is ana, in the trace.
    assert (stored.rating, stored.comment) == (-1, "no, <EMAIL_2>")
    assert actions.take_feedback(project, [early], NOON).same == 1


def test_what_was_said_first_does_not_win_over_what_was_said_last(project: Path, tmp_path: Path) -> None:
    actions.take_feedback(project, [{"trace_id": "t", "rating": -1}], NOON)
    actions.ingest(project, [one_trace(tmp_path)])
    assert actions.take_feedback(project, [{"trace_id": "t", "rating": 1}], NOON).stored == 1
    actions.attach_waiting(project, NOON)
    stored = traces.body(opened(project).store, "t").user_feedback
    assert stored is not None
    assert stored.rating == 1


@pytest.mark.parametrize(
    ("item", "what"),
    [
        pytest.param("up", "It should be an object.", id="no object"),
        pytest.param({"rating": 1}, "trace_id is required.", id="no trace"),
        pytest.param({"trace_id": ""}, "trace_id should have at least 1 character.", id="empty"),
        pytest.param({"trace_id": "t", "score": 1}, "score is no field of feedback.", id="unknown field"),
        pytest.param({"trace_id": "t", "rating": 2}, "rating should be less than or equal to 1.", id="too good"),
        pytest.param({"trace_id": "t", "rating": True}, "rating should be a valid number.", id="no number"),
        pytest.param({"trace_id": "t", "comment": 5}, "comment should be a valid string.", id="no text"),
        pytest.param({"trace_id": "t"}, "There is no feedback in it.", id="nothing"),
    ],
)
def test_good_feedback_beside_bad_is_kept(project: Path, tmp_path: Path, item: object, what: str) -> None:
    actions.ingest(project, [one_trace(tmp_path)])
    done = actions.take_feedback(project, [item, {"trace_id": "t", "rating": 1}], NOON)
    assert (done.stored, [(place, fault.message) for place, fault in done.refused]) == (1, [(0, what)])
    assert done.refused[0][1].do
