"""The team page after an edit of the rubric, and what each person sees of their own work."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions

from ..actions.desks import answer_all
from .test_pages import opened, words
from .test_team_pages import press, team_page


def own_work_page() -> None:
    from review_app.ui.screens import own_work

    own_work.page()


def edit(disputed: Path) -> None:
    """The question that only who fails an answer is asked is reworded, and another one is added."""
    text = (disputed / "rubric.yaml").read_text()
    text = text.replace("What is wrong?", "What is wrong with it?")
    (disputed / "rubric.yaml").write_text(text + "  - {name: tone, question: 'Polite?', kind: text, required: false}\n")


def test_without_an_edit_the_page_says_so(disputed: Path) -> None:
    test = opened(team_page, "lea").run()
    assert not test.exception
    assert "All reviews that count answer the rubric in force" in words(test)
    assert not [button for button in test.button if button.label.startswith("Send")]


def test_an_edit_is_listed_and_sent_back(disputed: Path) -> None:
    edit(disputed)
    test = opened(team_page, "lea").run()
    assert not test.exception
    shown = words(test)
    assert "<td>What is wrong?</td><td>What is wrong with it?</td>" in shown
    assert "<td>tone</td><td>added</td><td>–</td><td>Polite?</td>" in shown
    assert '<td>ana</td><td class="num">3</td><td class="num">0</td><td class="num">3</td>' in shown
    assert list(test.multiselect[0].options) == ["reason", "tone"]
    # Only ana's fail of t-001 was asked what is wrong.
    test.multiselect[0].set_value(["reason"]).run()
    press(test, "Send 1 back")
    assert not test.exception
    assert "Sent back: 1." in words(test)
    assert '<td>ana</td><td class="num">3</td><td class="num">1</td><td class="num">2</td>' in words(test)
    assert [item.trace.trace_id for item in actions.desk(disputed, "ana").items] == ["t-001"]
    test.multiselect[0].set_value([]).run()
    press(test, "Send 5 back")
    assert next(button for button in test.button if button.label == "Send 0 back").disabled
    assert actions.desk(disputed, "ben").total == 6


def test_one_s_own_work_is_one_s_own(disputed: Path) -> None:
    test = opened(own_work_page, "ana").run()
    assert not test.exception
    shown = words(test)
    assert "3 done, 0 open to you." in shown
    # three reviews of 60 s each
    assert "1.0 minutes on average: 3 minutes for 3 timed reviews." in shown
    assert "None of your own traces came back" in shown
    assert "ben" not in shown


def test_agreement_with_oneself_is_shown_with_its_interval(disputed: Path) -> None:
    plan = disputed / "sampling.yaml"
    plan.write_text(plan.read_text() + "repeats: {share: 0.5, after_days: 0}\n")
    answer_all(disputed, "ana")  # one of three comes back: t-000, which passes again
    found = actions.own_work(disputed, "ana").consistency
    # 1 of 1: Wilson's interval starts at 1 / (1 + 1.96^2) = .2065
    assert found[["criterion", "n", "same"]].values.tolist() == [["good_enough", 1, 1]]
    assert found["low"].iloc[0] == pytest.approx(0.2065, abs=1e-4)
    assert actions.own_work(disputed, "ben").consistency.empty
    shown = words(opened(own_work_page, "ana").run())
    assert '<td>good enough</td><td class="num">1</td><td class="num">100%</td>' in shown
    assert "21% to 100%" in shown
