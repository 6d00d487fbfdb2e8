"""Behind each figure stand exactly the traces it counts, as far as the person may see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.errors import NotAllowed, WrongUsage
from review_app.store.blindness import unseen
from review_app.store.engine import Store

from .desks import answer_all, shared_project
from .test_auditing import SPOT, in_the_spot, is_bad, spotted_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About half of 480 traces are drawn and reviewed; the judge passes every bad answer of one route and no other."""
    return spotted_project(tmp_path_factory.mktemp("spotted"))


@pytest.fixture(scope="module")
def judge(project: Path) -> JudgeReport:
    return actions.measured_agreement(project).judges[0]


def of(judge: JudgeReport, /, **conditions: str) -> dict[str, str]:
    names = ("judge", "judge_version", "criterion", "rubric_version")
    return {name: getattr(judge, name) for name in names} | conditions


def listed(project: Path, figure: dict[str, str], person: str = "lea") -> list[str]:
    found = actions.traces_behind(project, person, figure)
    assert len(found.traces) + found.hidden == found.n
    return list(found.traces["trace_id"])


@pytest.mark.parametrize("said", ["flagged", "passed"])
@pytest.mark.parametrize("truth", ["bad", "good"])
def test_each_cell_holds_the_traces_that_were_planted(project: Path, judge: JudgeReport, said: str, truth: str) -> None:
    found = listed(project, of(judge, said=said, truth=truth))
    assert len(found) == getattr(judge.counts, f"{said}_{truth}")
    numbers = [int(one.removeprefix("t-")) for one in found]
    assert all(is_bad(n) is (truth == "bad") for n in numbers)
    assert all((is_bad(n) and not in_the_spot(n)) is (said == "flagged") for n in numbers)


def test_weeks_bins_and_the_whole_add_up(project: Path, judge: JudgeReport) -> None:
    assert len(listed(project, of(judge))) == judge.n
    assert judge.by_week
    assert judge.naive
    assert len(listed(project, of(judge, naive="1"))) == judge.naive.n
    for point in judge.by_week:
        assert len(listed(project, of(judge, week=point.part))) == point.n
    diagram = judge.calibration.diagram
    assert diagram
    for one in diagram.bins:
        assert len(listed(project, of(judge, least=repr(one.low), most=repr(one.high)))) == one.bad.n
    assert sum(one.bad.n for one in diagram.bins) == judge.calibration.n


def test_a_slice_lists_its_errors_and_its_answers(project: Path, judge: JudgeReport) -> None:
    assert judge.blind_spots
    spot = judge.blind_spots.found[0]
    where = actions.slice_text(spot.terms)
    assert actions.slice_words(where) == spot.where == f"route = {SPOT}"
    inside = of(judge, where=where, truth="clearly_bad")
    errors = listed(project, {**inside, "said": "passed"})
    assert (len(listed(project, inside)), len(errors)) == (spot.n, spot.events)
    assert set(spot.examples) <= set(errors)


def test_people_and_draws(project: Path) -> None:
    people = next(one for one in actions.measured_agreement(project).people if one.criterion == "good_enough")
    asked = {"criterion": people.criterion, "rubric_version": people.rubric_version, "people": "all"}
    for one in people.reliability.shares:
        assert len(listed(project, {**asked, "answer": str(one.category)})) == one.n_units
    assert len(listed(project, {**asked, "by": "ana"})) == people.reviewers.reviewers[0].n
    assert listed(project, {**asked, "twice": "2"}) == []
    (draw,) = actions.draw_history(project, "lea").draws
    assert len(listed(project, {"draw": draw.draw.draw_id})) == draw.progress.traces


def test_a_tie_counts_half_and_is_listed(tmp_path: Path) -> None:
    project = shared_project(tmp_path / "project")
    answer_all(project, "ana", bad=("t-001", "t-002"))
    answer_all(project, "ben", bad=("t-002",))
    (judge,) = actions.measured_agreement(project, audit=False).judges
    # judge-a passes all three; people tied on t-001: 1.5 missed, and as many rightly passed.
    found = actions.traces_behind(project, "lea", of(judge, naive="1", said="passed", truth="bad"))
    assert judge.naive
    assert (found.count, found.n) == (judge.naive.cells.passed_bad, 2) == (1.5, 2)
    assert list(found.traces["trace_id"]) == ["t-001", "t-002"]
    assert listed(project, of(judge, naive="1", truth="clearly_bad")) == ["t-002"]
    # No draw chose these, so they are in no weighted figure.
    assert listed(project, of(judge)) == []


def test_who_may_still_be_asked_sees_a_count_and_no_trace(tmp_path: Path) -> None:
    project = spotted_project(tmp_path, 150)
    (judge,) = actions.measured_agreement(project, audit=False).judges
    missed = of(judge, said="passed", truth="bad")
    example = listed(project, missed)[0]
    actions.send_to_queue(project, "lea", [example])
    store = Store(project / "review.db")
    assert example in unseen(store, "lea")
    store.close()
    for person, may in (("ana", False), ("lea", False), ("odo", False)):
        found = actions.traces_behind(project, person, missed)
        assert found.n == judge.counts.passed_bad
        # ana gave her review, but who does not lead reads no colleague's answer while another is to come.
        assert (example in set(found.traces["trace_id"])) is may


@pytest.mark.parametrize(("reveal", "seen"), [("{verdicts: false}", False), ("{others: never}", False), ("{}", True)])
def test_a_reviewer_learns_no_more_than_at_the_desk(tmp_path: Path, reveal: str, seen: bool) -> None:
    project = spotted_project(tmp_path)
    with (project / "project.yaml").open("a") as file:
        file.write(f"reveal: {reveal}\n")
    (judge,) = actions.measured_agreement(project, audit=False).judges
    missed = of(judge, said="passed", truth="bad")
    n = int(judge.counts.passed_bad)
    found = actions.traces_behind(project, "ana", missed)
    assert (found.n, len(found.traces)) == (n, n if seen else 0)
    assert len(actions.traces_behind(project, "lea", missed).traces) == n


@pytest.mark.parametrize("conditions", [{"by": "ben"}, {"by": "ana", "beside": "ben"}])
def test_others_are_listed_by_name_for_who_leads(project: Path, judge: JudgeReport, conditions: dict[str, str]) -> None:
    asked = {"criterion": judge.criterion, "rubric_version": judge.rubric_version, "people": "all"} | conditions
    with pytest.raises(NotAllowed):
        actions.traces_behind(project, "ana", asked)
    assert actions.traces_behind(project, "lea", asked).n == 0


def test_draws_are_for_who_leads_and_the_page_is_for_nobody_else(project: Path) -> None:
    (draw,) = actions.draw_history(project, "lea").draws
    for person in ("ana", "mallory"):
        with pytest.raises(NotAllowed):
            actions.traces_behind(project, person, {"draw": draw.draw.draw_id})


@pytest.mark.parametrize(
    "wrong",
    [
        {"said": "maybe"},
        {"truth": "x"},
        {"least": "much"},
        {"where": "no json"},
        {"where": "[]"},
        {"where": '[{"column": "no_such", "value": "x"}]'},
        {"where": '[{"colour": "red"}]'},
        {"rubric_version": "gone"},
        {"criterion": "gone"},
        {"by": "ana"},
        {"shoe_size": "44"},
    ],
)
def test_an_address_that_was_tampered_with_is_refused_in_words(
    project: Path, judge: JudgeReport, wrong: dict[str, str]
) -> None:
    with pytest.raises(WrongUsage):
        actions.traces_behind(project, "lea", of(judge) | wrong)


def test_no_figure_is_refused(project: Path) -> None:
    with pytest.raises(WrongUsage, match="names no figure"):
        actions.traces_behind(project, "lea", {"criterion": "good_enough"})


def test_the_notes_no_criterion_caught(tmp_path: Path) -> None:
    """Codes lead to their traces: ana notes on t-000 to t-002; ben fails t-001, and notes on t-000 too."""
    made = shared_project(tmp_path / "project")
    answer_all(made, "ana", noted=("t-000", "t-001", "t-002"))
    answer_all(made, "ben", bad=("t-001",), noted=("t-000",))
    notes = actions.coding_board(made, "lea").notes
    actions.code_notes(made, "lea", notes.loc[notes["trace_id"] == "t-002", "review_id"].tolist(), "curt")
    found = actions.measured_agreement(made).uncaught
    assert found
    assert [(one.code, one.notes, one.traces) for one in found.codes] == [("curt", 1, 1), ("(no code yet)", 2, 1)]
    assert [listed(made, {"uncaught": one.code}) for one in found.codes] == [["t-002"], ["t-000"]]
    assert listed(made, {"uncaught": "no such code"}) == []
    with pytest.raises(WrongUsage, match="counted by 'said'"):
        actions.traces_behind(made, "lea", {"uncaught": "curt", "said": "passed"})
