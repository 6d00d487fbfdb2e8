"""Feedback on stored traces, and redaction on the way into the store."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.errors import BadInput
from review_app.store import traces

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
