"""Who may find what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from review_app import actions
from review_app.errors import NotAllowed, WrongUsage

from .desks import answer_all, shared_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shared_project(tmp_path / "project")


def test_a_reviewer_finds_traces_and_no_opinion(project: Path) -> None:
    found = actions.find_traces(project, "ana", '"answer 1"')
    assert list(found["trace_id"]) == ["t-001"]
    assert not {"verdicts", "failed_checks", "model", "prompt_version"} & set(found.columns)
    assert set(actions.trace_choices(project, "ana").metadata) == {"route", "language"}
    for name in ("model", "prompt_version", "failed_check", "judge", "label"):
        with pytest.raises(NotAllowed):
            actions.find_traces(project, "ana", filters={name: "aster-1"})


def test_a_lead_sees_opinions_once_nobody_is_asked_any_more(project: Path) -> None:
    passed = {"judge": "judge-a", "label": "pass"}
    assert actions.find_traces(project, "lea")["verdicts"].isna().all()
    assert actions.find_traces(project, "lea", filters=passed).empty
    answer_all(project, "ana")
    assert actions.find_traces(project, "lea", filters=passed).empty
    answer_all(project, "ben")
    assert set(actions.find_traces(project, "lea", filters=passed)["verdicts"]) == {"judge-a good_enough: pass"}
    assert actions.find_traces(project, "lea", filters={**passed, "label": "fail"}).empty


def test_a_failed_check_can_be_looked_for(project: Path) -> None:
    (project / "checks.yaml").write_text("checks:\n  - {name: short, type: length, max_chars: 3}\n")
    actions.run_checks(project)
    answer_all(project, "ana")
    answer_all(project, "ben")
    found = actions.find_traces(project, "lea", filters={"failed_check": "short"})
    assert list(found["failed_checks"]) == ["short"] * 3
    assert actions.trace_choices(project, "lea").checks == ("short",)


@pytest.mark.parametrize(
    "filters",
    [
        pytest.param({"colour": "red"}, id="no such filter"),
        pytest.param({"judge": "judge-a"}, id="a judge without a label"),
        pytest.param({"failed_check": "nothing"}, id="no such check"),
        pytest.param({"since": datetime(2026, 1, 1)}, id="a time without a zone"),  # noqa: DTZ001
    ],
)
def test_a_filter_there_is_not_is_said(project: Path, filters: dict[str, object]) -> None:
    with pytest.raises(WrongUsage):
        actions.find_traces(project, "lea", filters=filters)


def test_what_is_sent_by_hand_comes_to_the_desk(project: Path) -> None:
    answer_all(project, "ana")
    answer_all(project, "ben")
    assert not actions.desk(project, "lea").items
    assert (
        actions.send_to_queue(project, "lea", list(actions.find_traces(project, "lea", '"answer 2"')["trace_id"])) == 1
    )
    assert [item.trace.trace_id for item in actions.desk(project, "lea").items] == ["t-002"]
    assert actions.find_traces(project, "lea", '"answer 2"')["verdicts"].isna().all()
