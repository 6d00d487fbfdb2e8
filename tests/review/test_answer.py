"""When an answer is complete, and what it says when not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from review_app.review.answer import LAYERS, Promotion, Submission, faults, is_bad
from review_app.review.rubric import Criterion, Label, Rubric

RUBRIC = Rubric(
    name="all kinds",
    criteria=(
        Criterion(name="send", question="Send it?", labels=(Label(value="pass"), Label(value="fail")), bad=("fail",)),
        Criterion(
            name="reason", question="What is wrong?", kind="categorical", multiple=True,
            labels=(Label(value="tone"), Label(value="fact")), ask_when={"send": ("fail",)},
        ),
        Criterion(
            name="depth", question="How deep?", kind="ordinal", required=False,
            labels=(Label(value="1"), Label(value="2"), Label(value="3")),
        ),
        Criterion(name="errors", question="How many errors?", kind="numeric", required=False),
        Criterion(name="free", question="Anything else?", kind="text", required=False),
    ),
)  # fmt: skip

COMPLETE = {"send": "pass"}


@pytest.mark.parametrize(
    ("answers", "note", "expected"),
    [
        pytest.param(COMPLETE, "", [], id="the required one is enough"),
        pytest.param({}, "", ["“Send it?” has no answer yet."], id="nothing answered"),
        pytest.param({"send": "fail", "reason": "tone"}, "rude", [], id="a fail with reason and note"),
        pytest.param({"send": "fail", "reason": "tone,fact"}, "x", [], id="several reasons"),
        pytest.param({"send": "fail"}, "x", ["“What is wrong?” has no answer yet."], id="asked only on fail"),
        pytest.param({"send": "fail", "reason": "tone"}, "  ", ["Say in the note what is wrong."], id="a blank note"),
        pytest.param({"send": "perhaps"}, "", ["“Send it?” has no label 'perhaps'."], id="unknown label"),
        pytest.param(
            {"send": "pass,fail", "reason": "tone"}, "x", ["“Send it?” takes one label, not 2."], id="two where one"
        ),
        pytest.param(
            COMPLETE | {"errors": "two"}, "", ["“How many errors?” needs a number, not 'two'."], id="no number"
        ),
        pytest.param(COMPLETE | {"errors": "nan"}, "", ["“How many errors?” needs a number, not 'nan'."], id="nan"),
        pytest.param(COMPLETE | {"errors": "2.5", "free": "a,b", "depth": "3"}, "", [], id="all kinds"),
        pytest.param(COMPLETE | {"other": "x"}, "", ["The rubric has no criterion 'other'."], id="unknown criterion"),
    ],
)
def test_faults(answers: Mapping[str, str], note: str, expected: list[str]) -> None:
    found = faults(Submission(slot_id="s", token="t", answers=answers, note=note), RUBRIC)
    assert found == expected


def test_what_cannot_be_judged_needs_a_word_why_and_no_answer() -> None:
    unsure = Submission(slot_id="s", token="t", outcome="cannot_judge")
    assert faults(unsure, RUBRIC) == ["Say in the note why this cannot be judged."]
    assert faults(Submission(slot_id="s", token="t", outcome="cannot_judge", note="no order shown"), RUBRIC) == []


def test_a_promotion_needs_a_known_layer() -> None:
    wrong = Submission(slot_id="s", token="t", answers=COMPLETE, promote=Promotion(layer="best", reason="x"))
    assert LAYERS[0] in faults(wrong, RUBRIC)[0]


@pytest.mark.parametrize(
    ("reason", "note", "expected"),
    [("seen twice", "", []), ("", "seen twice", []), (" ", "", ["Say why this case must be kept."])],
    ids=["its own reason", "the note says it", "neither"],
)
def test_a_promotion_needs_a_reason(reason: str, note: str, expected: list[str]) -> None:
    promote = Promotion(layer="edge_case", reason=reason)
    assert faults(Submission(slot_id="s", token="t", answers=COMPLETE, note=note, promote=promote), RUBRIC) == expected


def test_a_rubric_may_do_without_notes() -> None:
    lax = Rubric(name="lax", criteria=RUBRIC.criteria, note_required_on_bad=False)
    assert faults(Submission(slot_id="s", token="t", answers={"send": "fail", "reason": "tone"}), lax) == []


@pytest.mark.parametrize(("label", "bad"), [("pass", False), ("fail", True), ("", False)])
def test_is_bad(label: str, bad: bool) -> None:
    assert is_bad({"send": label}, RUBRIC) is bad
