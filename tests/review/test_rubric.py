"""A rubric's version follows its content; a label's number follows its scale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from review_app.errors import BadInput
from review_app.review.rubric import Criterion, Label, Rubric

from ..builders import RUBRIC

SCALE = Criterion(name="d", question="?", kind="ordinal", labels=(Label(value="bad"), Label(value="ok")))


def test_the_version_changes_with_any_word() -> None:
    criterion = RUBRIC.criteria[0]
    versions = {
        RUBRIC.version,
        replace(RUBRIC, introduction="Read first.").version,
        replace(RUBRIC, criteria=(replace(criterion, question="Send?"),)).version,
        replace(RUBRIC, criteria=(replace(criterion, bad=("pass",)),)).version,
        replace(RUBRIC, note_required_on_bad=False).version,
    }
    assert len(versions) == 5
    assert RUBRIC.version == Rubric(name="send", criteria=RUBRIC.criteria).version


@pytest.mark.parametrize(
    ("criterion", "label", "expected"),
    [
        pytest.param(SCALE, "bad", 1.0, id="worst is 1"),
        pytest.param(SCALE, "ok", 2.0, id="next is 2"),
        pytest.param(SCALE, None, None, id="missing stays missing"),
        pytest.param(Criterion(name="n", question="?", kind="numeric"), "2.5", 2.5, id="a number is itself"),
        pytest.param(RUBRIC.criteria[0], "pass", None, id="a binary label is no number"),
    ],
)
def test_score(criterion: Criterion, label: str | None, expected: float | None) -> None:
    assert criterion.score(label) == expected


def test_asked_follows_the_other_answer() -> None:
    reason = Criterion(name="r", question="?", ask_when={"send": ("fail", "unsure")})
    assert [reason.asked({"send": label}) for label in ("fail", "unsure", "pass")] == [True, True, False]
    assert not reason.asked({})
    assert SCALE.asked({})


def test_an_unknown_criterion_is_told_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="good_enough"):
        RUBRIC.criterion("tone")
