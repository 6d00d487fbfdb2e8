"""rubric.yaml is edited: what the lead sees, who is asked again, and that no figure mixes two versions."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from review_app import actions
from review_app.errors import NotAllowed, WrongUsage
from review_app.review.answer import Submission

from .desks import answer_all, shared_project
from .loop import answer, filled_project


def edit(project: Path, old: str = "Good enough to send?", new: str = "Would you have sent it?") -> None:
    text = (project / "rubric.yaml").read_text()
    assert old in text
    (project / "rubric.yaml").write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """ana and ben answered t-000 to t-002; ana failed t-001. Then the first question was reworded."""
    made = shared_project(tmp_path / "project")
    answer_all(made, "ana", bad=("t-001",))
    answer_all(made, "ben")
    edit(made)
    return made


def test_without_an_edit_there_is_nothing(tmp_path: Path) -> None:
    made = shared_project(tmp_path / "project")
    answer_all(made, "ana")
    found = actions.rubric_changes(made, "lea")
    assert found.affected.empty
    assert found.changes.empty
    assert found.versions[["reviews", "current"]].values.tolist() == [[3, True]]


def test_the_lead_sees_what_changed_and_whom_it_affects(project: Path) -> None:
    found = actions.rubric_changes(project, "lea")
    assert found.changes[["criterion", "what", "before", "after"]].values.tolist() == [
        ["good_enough", "wording", "Good enough to send?", "Would you have sent it?"]
    ]
    assert found.versions[["reviews", "current"]].values.tolist() == [[6, False], [0, True]]
    assert found.affected.groupby("reviewer").size().to_dict() == {"ana": 3, "ben": 3}
    assert set(found.affected["criteria"]) == {"good_enough"}
    assert not found.affected["sent_back"].any()
    assert found.affected["may_answer"].all()


def test_who_gave_it_is_asked_again_blind_and_both_stay(project: Path, tmp_path: Path) -> None:
    mine = actions.rubric_changes(project, "lea").affected.query("reviewer == 'ana' and trace_id == 't-001'")
    assert actions.reveal(project, "ana", "t-001").own == {"good_enough": "fail", "reason": "tone"}
    assert actions.send_back(project, "lea", list(mine["review_id"])) == 1
    assert actions.send_back(project, "lea", list(mine["review_id"])) == 0
    with pytest.raises(NotAllowed):
        actions.reveal(project, "ana", "t-001")
    assert actions.open_trace(project, "ana", "t-001")[1] is None
    assert actions.desk(project, "ben").items == ()
    desk = actions.desk(project, "ana")
    assert (len(desk.items), desk.done, desk.total) == (1, 3, 4)
    assert desk.items[0].draft is None
    assert desk.rubric.criteria[0].question == "Would you have sent it?"
    # What was said before is nowhere in what reaches the page.
    assert "rude" not in repr(desk.items)
    answer_all(project, "ana")
    assert actions.reveal(project, "ana", "t-001").own == {"good_enough": "pass"}
    assert actions.export_reviews(project, tmp_path / "out.csv") == 8
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    mine_now = [row for row in rows if (row["reviewer"], row["trace_id"]) == ("ana", "t-001")]
    assert len({row["rubric_version"] for row in mine_now}) == 2
    assert {row["repeat_of"] for row in mine_now} == {""}


def test_no_figure_mixes_two_versions(tmp_path: Path) -> None:
    """Everything drawn is answered, three of those once more, under the new wording."""
    made = filled_project(tmp_path, traces=60, budget=20)
    n = len(answer(made, "ana", 999))
    before = actions.measure_agreement(made)
    edit(made)
    old = actions.rubric_changes(made, "ana").affected
    assert len(old) == n
    assert actions.send_back(made, "ana", list(old["review_id"][:3])) == 3
    again = [one for one in answer(made, "ana", 999) if one.status == "saved"]
    assert len(again) == 3
    report = actions.measure_agreement(made)
    assert {judge.rubric_version: judge.n for judge in report.judges} == {
        before.judges[0].rubric_version: n, actions.rubric_changes(made, "ana").version: 3,
    }  # fmt: skip
    assert next(judge for judge in report.judges if judge.n == n).counts == before.judges[0].counts


def test_disputes_belong_to_the_version_they_arose_under(project: Path) -> None:
    old = actions.rubric_changes(project, "lea").affected
    actions.send_back(project, "lea", list(old.query("trace_id == 't-001'")["review_id"]))
    assert actions.to_adjudicate(project, "lea").empty  # two people are to answer it once more
    answer_all(project, "ana")
    answer_all(project, "ben")
    # Under the new wording ana no longer fails it; under the old one they still differ.
    disputes = actions.to_adjudicate(project, "lea")
    assert disputes["rubric_version"].tolist() == [old["rubric_version"].iloc[0]]


def test_what_is_sent_back_is_marked(project: Path) -> None:
    old = actions.rubric_changes(project, "lea").affected
    actions.send_back(project, "lea", list(old.query("reviewer == 'ben'")["review_id"]))
    found = actions.rubric_changes(project, "lea").affected
    assert found.groupby("reviewer")["sent_back"].sum().to_dict() == {"ana": 0, "ben": 3}
    answer_all(project, "ben")
    assert set(actions.rubric_changes(project, "lea").affected["reviewer"]) == {"ana"}


def test_a_second_edit_while_it_waits_asks_once(project: Path) -> None:
    old = list(actions.rubric_changes(project, "lea").affected.query("reviewer == 'ana'")["review_id"])
    assert actions.send_back(project, "lea", old) == 3
    edit(project, "Would you have sent it?", "Would you send it now?")
    assert actions.rubric_changes(project, "lea").affected.query("reviewer == 'ana'")["sent_back"].all()
    assert actions.send_back(project, "lea", old) == 0
    answer_all(project, "ana")
    assert set(actions.rubric_changes(project, "lea").affected["reviewer"]) == {"ben"}


def test_a_review_that_is_not_affected_sends_nothing(project: Path) -> None:
    old = list(actions.rubric_changes(project, "lea").affected["review_id"])
    with pytest.raises(WrongUsage, match="1 of 2 reviews were not given under an earlier rubric: nobody's"):
        actions.send_back(project, "lea", [old[0], "nobody's"])
    assert not actions.rubric_changes(project, "lea").affected["sent_back"].any()


def test_who_has_left_is_not_asked(project: Path) -> None:
    yaml = (project / "project.yaml").read_text()
    (project / "project.yaml").write_text(yaml.replace("ben: reviewer", "ben: auditor"))
    found = actions.rubric_changes(project, "lea").affected
    assert found.groupby("reviewer")["may_answer"].all().to_dict() == {"ana": True, "ben": False}
    with pytest.raises(NotAllowed, match="ben has the role auditor"):
        actions.send_back(project, "lea", list(found["review_id"]))


def test_a_batch_counts_the_new_answer(project: Path) -> None:
    old = actions.rubric_changes(project, "lea").affected.query("reviewer == 'ana' and trace_id == 't-001'")
    actions.send_back(project, "lea", list(old["review_id"]))
    assert actions.sitting(project, "ana", ["t-000", "t-001"]).reviews == 1
    item = actions.desk(project, "ana").items[0]
    given = Submission(slot_id=item.slot_id, token=item.token, answers={"good_enough": "pass"})
    assert actions.submit_review(project, "ana", given).status == "saved"
    found = actions.sitting(project, "ana", ["t-000", "t-001"])
    assert (found.reviews, found.bad) == (2, 0)
