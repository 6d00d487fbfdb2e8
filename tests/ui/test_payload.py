"""What the browser gets: enough to judge by, and nothing that was thought before."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from review_app.review.blind import BlindItem, Desk, Draft, Reveal, blind
from review_app.traces.trace import Feedback, Message, Part, ToolCall
from review_app.ui.review_pane import payload

from ..builders import RUBRIC, a_trace, a_verdict
from .projects import rich_trace


def desk(*names: str) -> Desk:
    items = tuple(
        BlindItem(slot_id=f"s-{name}", token=f"tok-{name}", trace=blind(rich_trace(name)), draft=Draft(note="half"))
        for name in names
    )
    return Desk(reviewer="ida", queue="main", rubric=RUBRIC, items=items, done=2, total=9)


def of(**changes: Any) -> dict[str, Any]:
    return payload.of_trace(blind(a_trace(**changes)))


def test_everything_is_json() -> None:
    made = payload.of_desk(desk("t-1", "t-2"), held=())
    assert orjson.loads(orjson.dumps(made))["order"] == ["s-t-1", "s-t-2"]
    assert (made["done"], made["total"]) == (2, 9)
    assert made["items"][0]["draft"]["note"] == "half"


def test_items_the_browser_holds_are_not_sent_again() -> None:
    made = payload.of_desk(desk("t-1", "t-2"), held={"tok-t-1"})
    assert [item["slot_id"] for item in made["items"]] == ["s-t-2"]
    assert made["order"] == ["s-t-1", "s-t-2"]


def test_nothing_known_about_a_trace_beyond_itself_is_sent() -> None:
    trace = a_trace(
        model="the-model",
        prompt_version="the-prompt",
        user_feedback=Feedback(rating=-1, comment="the-thumb"),
        correction="the-correction",
        tags=("the-tag",),
        metadata={"flag": "the-flag"},
    )
    sent = orjson.dumps(payload.of_trace(blind(trace))).decode()
    for secret in ("the-model", "the-prompt", "the-thumb", "the-correction", "the-tag", "the-flag"):
        assert secret not in sent


def test_a_system_prompt_is_folded_to_its_first_line() -> None:
    turn = of(messages=(Message(role="system", content="\n\nYou help.\nRule 1"),))["turns"][0]
    assert (turn["label"], turn["first"]) == ("System", "You help.")


def test_a_tool_call_stands_where_it_was_made_and_says_what_came_of_it() -> None:
    card = payload.of_trace(blind(rich_trace("t-1")))["turns"][2]["parts"][1]
    assert (card["name"], card["asked"], card["got"], card["failed"]) == (
        "find_order", "order: A-17", "status: shipped", False,
    )  # fmt: skip


def test_a_tool_call_no_message_names_is_shown_before_the_answer() -> None:
    made = of(tool_calls=(ToolCall(name="pay", error="timeout"),))
    assert made["turns"][-1]["role"] == "tools"
    assert made["turns"][-1]["parts"][0]["failed"]
    assert made["turns"][-1]["parts"][0]["result"] == {"key": "", "of": [{"key": "error", "text": "timeout"}]}


def test_a_picture_is_an_address_to_read() -> None:
    part = Part(type="image", url="https://evil.example/p.png", media_type="image/png")
    block = of(messages=(Message(role="user", content=(part,)),))["turns"][0]["parts"][0]
    assert block == {"kind": "chip", "label": "image/png", "text": "https://evil.example/p.png"}


@pytest.mark.parametrize(
    ("role", "label"),
    [
        ("user", "User"),
        ("assistant", "Assistant"),
        ("developer", "System"),
        ("critic", "Critic"),
        ("tool", "Tool result"),
    ],
)
def test_roles_in_words(role: str, label: str) -> None:
    assert of(messages=(Message(role=role, content="x"),))["turns"][0]["label"] == label


def test_an_answer_in_json_is_a_tree_with_the_exact_text_at_hand() -> None:
    block = of(output='{"total_price": 12}')["answer"][0]
    assert block == {
        "kind": "tree",
        "tree": {"key": "", "of": [{"key": "total price", "text": "12"}]},
        "exact": '{"total_price": 12}',
    }


def test_no_answer_is_told_from_an_empty_one() -> None:
    made = of(output=None, error="model overloaded")
    assert (made["answer"], made["output"], made["error"]) == ([], None, "model overloaded")


def test_documents_know_whether_they_were_cited() -> None:
    documents = payload.of_trace(blind(rich_trace("t-1")))["documents"]
    assert [(one["id"], one["cited"]) for one in documents] == [("kb-1", True), ("kb-2", False)]


def test_the_other_turns_of_a_session_come_short_and_in_order() -> None:
    said = [Message(role="user", content=text) for text in ("One?", "Two? " + "x" * 30_000, "Three?")]
    session = [a_trace(f"t-{n}", messages=(message,), output=f"{n}.") for n, message in enumerate(said)]
    earlier, later = payload.of_trace(blind(session[1], session))["session"]
    assert (earlier["later"], earlier["first"], earlier["long"]) == (False, "One?", False)
    assert (later["later"], later["first"]) == (True, "Three?")
    first = payload.of_trace(blind(session[0], session))["session"][0]
    assert first["long"]
    assert "more characters" in first["turns"][0]["parts"][0]["html"]


@pytest.mark.parametrize(
    ("own", "label", "same"),
    [("pass", "pass", True), ("pass", "fail", False), ("pass", None, None), (None, "pass", None)],
)
def test_a_reveal_says_whether_the_judge_agrees(own: str | None, label: str | None, same: bool | None) -> None:
    mine = {"good_enough": own} if own else {}
    shown = payload.of_reveal(
        Reveal(trace_id="t-1", own=mine, outcome="judged", verdicts=(a_verdict(label=label),)), RUBRIC
    )
    assert shown["verdicts"][0]["same"] is same
