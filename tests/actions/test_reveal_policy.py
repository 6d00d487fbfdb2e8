"""What a reviewer learns after answering, and what nobody learns before."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.errors import BadConfig, NotAllowed
from review_app.review.adjudication import Settlement
from review_app.review.answer import Submission
from review_app.review.blind import Draft
from review_app.settings import RevealPolicy, settings
from review_app.ui.review_pane import payload

from .desks import answer_all, shared_project
from .loop import answer, filled_project

SECRETS = ("ana finds", "It reads well.", "draft-of-ben", '"fail"')


def answer_one(project: Path, reviewer: str, trace_id: str) -> None:
    items = {item.trace.trace_id: item for item in actions.desk(project, reviewer, want=9).items}
    item = items[trace_id]
    given = Submission(slot_id=item.slot_id, token=item.token, answers={"good_enough": "pass"})
    assert actions.submit_review(project, reviewer, given).status == "saved"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """ana failed t-001 with a note and passed the rest; ben has answered t-000 and holds the rest, with a draft."""
    made = shared_project(tmp_path / "project")
    answer_all(made, "ana", bad=("t-001",))
    answer_one(made, "ben", "t-000")
    item = actions.desk(made, "ben", want=9).items[0]
    assert item.trace.trace_id == "t-001"
    actions.save_draft(made, "ben", item.slot_id, item.token, Draft(note="draft-of-ben"))
    return made


def policy(project: Path, text: str) -> None:
    with (project / "project.yaml").open("a") as file:
        file.write(f"reveal: {text}\n")


def others(project: Path, reviewer: str, trace_id: str) -> list[str] | None:
    found = actions.reveal(project, reviewer, trace_id).others
    return None if found is None else [one.reviewer for one in found]


@pytest.mark.parametrize(
    ("text", "whole", "waiting"),
    [
        pytest.param("", ["ben"], None, id="once nobody's review is to come"),
        pytest.param("{others: after_all}", ["ben"], None, id="the same, said"),
        # ben holds t-001: what he has typed is not shown, he is not even there.
        pytest.param("{others: at_once}", ["ben"], [], id="at once"),
        pytest.param("{others: never}", None, None, id="never"),
    ],
)
def test_when_colleagues_are_shown(
    project: Path, text: str, whole: list[str] | None, waiting: list[str] | None
) -> None:
    if text:
        policy(project, text)
    assert others(project, "ana", "t-000") == whole
    assert others(project, "ana", "t-001") == waiting


@pytest.mark.parametrize("text", ["{}", "{others: at_once}", "{others: at_once, verdicts: false}"])
def test_nothing_is_told_before_one_s_own_answer(project: Path, text: str) -> None:
    policy(project, text)
    with pytest.raises(NotAllowed):
        actions.reveal(project, "ben", "t-001")
    trace, reveal = actions.open_trace(project, "ben", "t-001")
    assert reveal is None
    desk = payload.of_desk(actions.desk(project, "ben"), held=())
    for item in desk["items"]:
        item.pop("draft")
    sent = orjson.dumps([payload.of_trace(trace), desk["items"]]).decode()
    assert [secret for secret in SECRETS if secret in sent] == []


def test_a_colleague_is_shown_with_label_and_words(project: Path) -> None:
    answer_one(project, "ben", "t-001")
    told = payload.of_reveal(actions.reveal(project, "ben", "t-001"), settings(project).rubric)
    assert [(one["reviewer"], one["note"]) for one in told["others"]] == [("ana", "ana finds t-001 rude.")]
    assert [one["label"] for one in told["others"][0]["labels"]] == ["Fail", "Tone, language or length"]
    assert not told["settled"]
    assert "draft-of-ben" not in orjson.dumps(told).decode()


def test_verdicts_can_be_withheld(project: Path) -> None:
    policy(project, "{verdicts: false}")
    told = payload.of_reveal(actions.reveal(project, "ana", "t-000"))
    assert told["verdicts"] is None
    assert "It reads well." not in orjson.dumps(told).decode()
    assert actions.sitting(project, "ana", ["t-000"]).judges == ()


def test_a_changed_mind_is_not_shown_as_an_opinion(project: Path) -> None:
    changed = Submission(
        slot_id="", token="tab-1", answers={"good_enough": "fail", "reason": "tone"}, note="Now I see."
    )
    assert actions.amend_review(project, "ben", "t-000", changed).status == "saved"
    found = actions.reveal(project, "ana", "t-000").others
    assert found is not None
    assert [(one.reviewer, dict(one.labels), one.note) for one in found] == [("ben", {"good_enough": "pass"}, "")]


def test_answers_to_another_rubric_are_not_shown(project: Path) -> None:
    text = (project / "rubric.yaml").read_text()
    (project / "rubric.yaml").write_text(text.replace("Good enough to send?", "Would you send it?"))
    answer_one(project, "ben", "t-002")
    assert others(project, "ana", "t-002") == []
    assert others(project, "ben", "t-002") == []


def test_what_an_adjudication_settled_is_called_so(project: Path) -> None:
    answer_one(project, "ben", "t-001")
    dispute = actions.to_adjudicate(project, "lea").iloc[0]
    given = [Settlement(criterion=dispute["criterion"], label="fail", note="It is rude.")]
    reveal = actions.adjudicate(project, "lea", "t-001", dispute["rubric_version"], given)
    assert payload.of_reveal(reveal)["settled"]


@pytest.mark.parametrize("text", ["{others: sometimes}", "{verdict: true}"])
def test_a_policy_that_is_none_is_refused(project: Path, text: str) -> None:
    policy(project, text)
    with pytest.raises(BadConfig):
        settings(project)


def test_the_defaults(project: Path) -> None:
    assert settings(project).project.reveal == RevealPolicy(verdicts=True, others="after_all")


@pytest.mark.parametrize(
    ("words", "listed", "people"),
    [
        pytest.param("{others: at_once}", True, True, id="all is told"),
        pytest.param("{others: never}", True, False, id="not what colleagues said"),
        pytest.param("{verdicts: false, others: at_once}", False, False, id="not what judges said"),
    ],
)
def test_the_list_of_disagreements_tells_no_more_than_the_desk(
    tmp_path: Path, words: str, listed: bool, people: bool
) -> None:
    project = filled_project(tmp_path / "project")
    policy(project, f"{words}\npeople: {{ana: reviewer, lea: lead}}")
    answer(project, "ana", 100)
    found = actions.disagreements(project, "ana")
    assert (len(found) > 0) is listed
    assert bool(found["human_label"].notna().any()) is people
    assert actions.disagreements(project, "lea")["human_label"].notna().all()
