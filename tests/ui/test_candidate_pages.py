"""The pages Candidates and Gate, drawn and clicked without a browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from review_app import actions

from ..actions.two_runs import PAIRS, WORSE, two_runs
from .projects import needs_installed
from .test_pages import opened, words
from .test_team_pages import pick, press, sent

Made = tuple[Path, tuple[str, str]]


def candidates_page() -> None:
    from review_app.ui.screens import candidates

    candidates.page()


def gate_page() -> None:
    from review_app.ui.screens import gate

    gate.page()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return two_runs(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """A copy to change, named in the environment as `serve` does."""
    copied = shutil.copytree(made[0], tmp_path / "project")
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(copied))
    return copied, made[1]


def shown(page: object, person: str, **address: str) -> AppTest:
    test = opened(page, person)
    for name, value in address.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def side_by_side(runs: tuple[str, str], person: str = "lea", **more: str) -> AppTest:
    return shown(candidates_page, person, baseline=runs[0], candidate=runs[1], **more)


def test_the_runs_and_what_a_gate_would_say(project: Made) -> None:
    folder, (old, new) = project
    test = side_by_side((old, new))
    said = words(test)
    assert "A gate would say now: inconclusive" in said
    assert "mine: 0.750" in said
    assert "8 of 8 answers" in said
    first = sorted(actions.verify_golden(folder).example_ids()[:2])[0]
    assert f"baseline={old}&amp;candidate={new}&amp;case={first}" in said
    assert actions.gate_history(folder).empty


def test_the_approved_baseline_and_the_newest_other_run_are_proposed(project: Made) -> None:
    folder, (old, new) = project
    actions.approve_baseline(folder, "lea", old)
    test = shown(candidates_page, "ana")
    assert [box.value for box in test.selectbox] == [old, new]
    assert test.query_params["candidate"] in (new, [new])
    pick(test, "Candidate", old)
    assert "Choose two different runs." in words(test.run())


def test_who_does_not_lead_neither_sends_nor_approves(project: Made) -> None:
    assert [button.label for button in side_by_side(project[1], "ana").button] == []


def test_a_run_is_approved_with_a_note(project: Made) -> None:
    folder, runs = project
    test = side_by_side(runs)
    next(box for box in test.text_input if box.label == "Why this run").set_value("it ships")
    press(test, "Approve")
    assert [run.note for run in actions.run_summaries(folder, "lea")] == ["it ships", None]
    assert f"{runs[1]} is the baseline" in words(test)


def test_pairs_are_sent_and_results_kept_back(project: Made) -> None:
    folder, runs = project
    test = side_by_side(runs)
    press(test, "Send 2 cases")
    said = words(test)
    assert "Reviews asked for: 2." in said
    assert "kept back: 2 pairs may still come to you" in said
    assert "kept back until your own review is in" in said
    results = actions.pair_results(folder, "ben", runs)
    assert results is not None
    assert f"queue={results.queue}" in said


def test_without_a_question_about_pairs_the_page_says_what_to_add(project: Made) -> None:
    folder, runs = project
    rubric = (folder / "rubric.yaml").read_text()
    (folder / "rubric.yaml").write_text(rubric.replace(f"  {PAIRS}", ""))
    said = words(press(side_by_side(runs), "Send 2 cases"))
    assert "kind: pairwise" in said


def test_one_case_side_by_side(project: Made) -> None:
    needs_installed()
    folder, runs = project
    ids = actions.verify_golden(folder).example_ids()
    assert WORSE in sent(side_by_side(runs, case=ids[0]))
    assert "holds no case" in words(side_by_side(runs, case="<b>x</b>"))


def test_a_metric_that_no_run_has_is_explained(project: Made) -> None:
    folder, runs = project
    (folder / "gate.yaml").write_text("metrics: [{name: other, margin: 0.1}]\n")
    said = words(side_by_side(runs))
    assert "A gate would refuse these runs" in said
    assert "has no metric 'other'" in said
    assert "Changed cases" in said


def test_without_a_run_or_a_decision_the_pages_say_how_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.init(tmp_path)
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(tmp_path))
    assert "review-app run --name" in words(shown(candidates_page, "ida"))
    assert "decided nothing yet" in words(shown(gate_page, "ida"))


def test_a_stranger_sees_neither(project: Made) -> None:
    for page in (candidates_page, gate_page):
        assert "is not one of the people" in words(shown(page, "stranger"))


def test_a_decision_in_full_and_its_reports(project: Made) -> None:
    folder, (old, new) = project
    actions.gate_runs(folder, new, old)
    gate_id = actions.gate_history(folder)["gate_id"].iloc[0]
    history = shown(gate_page, "vera")
    assert f"decision={gate_id}" in words(history)
    assert not history.get("download_button")
    test = shown(gate_page, "vera", decision=gate_id)
    said = words(test)
    assert "Inconclusive: these cases cannot tell" in said
    assert "a loss of 20.0 points cannot be ruled out" in said
    assert f"baseline={old}&amp;candidate={new}&amp;case=" in said
    assert [one.proto.label for one in test.get("download_button")] == ["Markdown", "JSON", "JUnit", "HTML"]
    assert "There is no decision" in words(shown(gate_page, "vera", decision="x"))
