"""The page Blind spots, drawn and clicked without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from review_app import actions

from ..actions.test_auditing import SPOT, spotted_project
from .projects import make_project
from .test_pages import agreement_page, opened, words

SEND = "Send 20 fresh traces of this slice to the queue"
PROPOSE = "Propose its examples for the golden set"


def blind_spots_page() -> None:
    from review_app.ui.screens import blind_spots

    blind_spots.page()


@pytest.fixture
def spotted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = spotted_project(tmp_path)
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    return folder


def shown(person: str) -> AppTest:
    test = opened(blind_spots_page, person).run()
    assert not test.exception
    return test


def test_a_lead_reads_a_finding_and_sends_fresh_traces(spotted: Path) -> None:
    test = shown("lea")
    text = words(test)
    assert f"route = {SPOT}" in text
    assert "Hypothesis - confirm with a fresh top-up" in text
    assert "pulls figures of the whole frame slightly down" in text
    assert "/trace?reviewer=lea&amp;trace_id=t-" in text
    before = len(actions.draw_history(spotted, "lea").draws)
    next(button for button in test.button if button.label == SEND).click().run()
    assert not test.exception
    assert "fresh traces of this slice were added to the queue" in words(test)
    assert len(actions.draw_history(spotted, "lea").draws) == before + 1


@pytest.mark.usefixtures("spotted")
def test_agreement_counts_one_day_and_one_reviewer_in_words() -> None:
    test = opened(agreement_page, "lea").run()
    assert not test.exception
    assert "all 480 traces, 1 Sep 2026, weighted" in words(test)
    assert "1 reviewer on good_enough, rubric" in words(test)


def test_a_lead_proposes_the_examples_of_a_finding(spotted: Path) -> None:
    test = shown("lea")
    next(button for button in test.button if button.label == PROPOSE).click().run()
    assert not test.exception
    proposals = actions.golden_board(spotted).proposals
    assert 1 <= len(proposals) <= 5
    assert set(proposals["proposer"]) == {"lea"}
    assert set(proposals["layer"]) == {"known_failure"}
    assert proposals["reason"].str.startswith("Blind spot: ").all()


@pytest.mark.usefixtures("spotted")
def test_a_reviewer_reads_and_sends_nothing() -> None:
    test = shown("ben")
    assert f"route = {SPOT}" in words(test)
    assert [button.label for button in test.button if button.label in (SEND, PROPOSE)] == []


@pytest.mark.usefixtures("spotted")
def test_exploring_says_how_it_looked() -> None:
    test = shown("lea")
    assert "permutation max-T" in words(test)
    next(one for one in test.toggle if one.label.startswith("Explore")).set_value(True).run()
    assert not test.exception
    assert "Benjamini-Hochberg" in words(test)


def test_without_verdicts_and_reviews_it_says_what_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    actions.init(folder)
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    assert "Nothing to look at yet" in words(shown("ida"))


def test_too_few_labels_are_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(make_project(tmp_path / "few")))
    assert "bad answers people saw are needed" in words(shown("ida"))


@pytest.mark.usefixtures("spotted")
def test_the_agreement_page_shows_sentence_figures_and_people() -> None:
    test = opened(agreement_page, "lea").run()
    assert not test.exception
    text = words(test)
    assert "Misses 1 in 3 bad answers (95 %:" in text
    assert "Judge says" in text
    assert "Rests on" in text
    assert [one.label for one in test.expander][:1] == ["Figures as a table"]
