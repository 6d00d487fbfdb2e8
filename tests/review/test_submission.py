"""What a submission may leave open, by outcome and by kind of question."""

from __future__ import annotations

import pytest

from review_app.review.answer import Outcome, Submission, faults
from review_app.review.rubric import Criterion, Label, Rubric

RUBRIC = Rubric(
    name="two kinds",
    criteria=(
        Criterion(name="claim", question="Claims?", kind="span", labels=(Label(value="x"), Label(value="y"))),
        Criterion(name="better", question="Better?", kind="pairwise", bad=("alternative",)),
    ),
)
BOTH = {"claim": "x,y", "better": "alternative"}


@pytest.mark.parametrize(
    ("outcome", "says"),
    [("cannot_judge", "cannot be judged"), ("wrong_context", "context shown"), ("skipped", "why you skip")],
)
def test_what_is_not_judged_needs_a_note_that_says_why(outcome: Outcome, says: str) -> None:
    (found,) = faults(Submission(slot_id="s", token="t", outcome=outcome), RUBRIC)
    assert says in found
    assert faults(Submission(slot_id="s", token="t", outcome=outcome, note="because"), RUBRIC) == []


def test_several_passages_and_a_bad_side_are_complete_without_a_note() -> None:
    # A note asked for on one side only would tell which side is the system's.
    assert faults(Submission(slot_id="s", token="t", answers=BOTH), RUBRIC) == []


def test_a_side_nobody_saw_is_refused() -> None:
    (found,) = faults(Submission(slot_id="s", token="t", answers=BOTH | {"better": "side output"}), RUBRIC)
    assert "has no label" in found


def test_a_word_on_an_unknown_question_is_refused() -> None:
    (found,) = faults(Submission(slot_id="s", token="t", answers=BOTH, notes={"tone": "rude"}), RUBRIC)
    assert "no criterion 'tone'" in found
