"""From two answers to one that somebody stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions
from review_app.errors import NotAllowed, WrongUsage
from review_app.review.adjudication import Settlement

from .desks import answer_all, shared_project

SETTLED = Settlement(criterion="good_enough", label="fail", note="It is rude.")


@pytest.fixture
def disputed(tmp_path: Path) -> Path:
    """ana and ben differ on t-001."""
    project = shared_project(tmp_path / "project")
    answer_all(project, "ana", bad=("t-001",))
    answer_all(project, "ben")
    return project


def the_one(project: Path) -> tuple[str, str]:
    row = actions.to_adjudicate(project, "lea").iloc[0]
    return row["trace_id"], row["rubric_version"]


def passed(project: Path) -> tuple[float, float]:
    """How many traces that judge-a passed people find bad, and good."""
    naive = actions.measure_agreement(project).judges[0].naive
    assert naive
    return naive.cells.passed_bad, naive.cells.passed_good


def test_what_differs_waits_for_the_lead(disputed: Path) -> None:
    waiting = actions.to_adjudicate(disputed, "lea")
    assert waiting[["trace_id", "criterion", "n_reviewers"]].to_numpy().tolist() == [["t-001", "good_enough", 2]]


def test_both_sides_are_shown_and_no_verdict(disputed: Path) -> None:
    found = actions.open_dispute(disputed, "lea", *the_one(disputed))
    assert [(one.reviewer, one.labels["good_enough"], one.note) for one in found.opinions] == [
        ("ana", "fail", "ana finds t-001 rude."),
        ("ben", "pass", ""),
    ]
    assert "It reads well." not in repr(found)


def test_a_settled_answer_reveals_the_judge_and_leaves_the_reviews_alone(disputed: Path) -> None:
    # The tie on t-001 counts half on either side; judge-a passes everything.
    assert passed(disputed) == (0.5, 2.5)
    reveal = actions.adjudicate(disputed, "lea", *the_one(disputed), [SETTLED])
    assert [verdict.rationale for verdict in reveal.verdicts] == ["It reads well."]
    assert actions.to_adjudicate(disputed, "lea").empty
    assert passed(disputed) == (1, 2)
    report = actions.measure_agreement(disputed).judges[0]
    assert [(one.count, one.unit) for one in report.excluded if "adjudicated" in one.reason] == [(2, "reviews")]
    done = actions.adjudicated(disputed, "odo")
    assert done[["trace_id", "label", "settled_by"]].to_numpy().tolist() == [["t-001", "fail", "lea"]]


@pytest.mark.parametrize(
    ("settlements", "fault"),
    [
        pytest.param([], "no settled answer yet", id="nothing"),
        pytest.param([Settlement(criterion="good_enough", label="perhaps")], "no label 'perhaps'", id="another label"),
        pytest.param([SETTLED, Settlement(criterion="reason", label="tone")], "Nobody differs on 'reason'", id="more"),
    ],
)
def test_an_incomplete_settlement_stores_nothing(disputed: Path, settlements: list[Settlement], fault: str) -> None:
    with pytest.raises(WrongUsage, match=fault):
        actions.adjudicate(disputed, "lea", *the_one(disputed), settlements)
    assert len(actions.to_adjudicate(disputed, "lea")) == 1
    assert actions.adjudicated(disputed, "lea").empty


def test_only_leads_settle(disputed: Path) -> None:
    for verb in (actions.to_adjudicate, actions.adjudicated):
        with pytest.raises(NotAllowed):
            verb(disputed, "ana")
    with pytest.raises(NotAllowed):
        actions.adjudicate(disputed, "ana", *the_one(disputed), [SETTLED])
    with pytest.raises(NotAllowed, match="nothing for lea"):
        actions.open_dispute(disputed, "lea", "t-000", the_one(disputed)[1])


def test_a_trace_that_may_still_come_to_the_lead_is_not_shown(disputed: Path) -> None:
    actions.send_to_queue(disputed, "lea", ["t-001"])
    assert actions.to_adjudicate(disputed, "lea").empty
    answer_all(disputed, "lea")
    assert list(actions.to_adjudicate(disputed, "lea")["n_reviewers"]) == [3]
