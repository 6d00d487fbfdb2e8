"""What of a session is shown beside the turn to judge: each thing once, and nothing anybody thought."""

from __future__ import annotations

import pytest

from review_app.review.blind import blind
from review_app.traces.trace import Feedback, Message, Trace

SYSTEM = Message(role="system", content="Help.")


def said(role: str, text: str) -> Message:
    return Message(role=role, content=text)


def turn(number: int, *messages: Message) -> Trace:
    return Trace(
        trace_id=f"t-{number}",
        session_id="s",
        messages=messages,
        output=f"answer {number}",
        correction="the-correction",
        user_feedback=Feedback(rating=-1.0),
        tags=("the-tag",),
        metadata={"flag": "the-flag"},
    )


APART = tuple(turn(n, SYSTEM, said("user", f"question {n}")) for n in range(3))
# Each trace carries the whole conversation so far, as most chat systems log it.
_TOLD = [m for n in range(3) for m in (said("user", f"question {n}"), said("assistant", f"answer {n}"))]
GROWING = tuple(turn(n, SYSTEM, *_TOLD[: 2 * n + 1]) for n in range(3))


@pytest.mark.parametrize(
    ("session", "judged", "shown"),
    [
        pytest.param(APART, 1, [("t-0", ["Help.", "question 0"]), ("t-2", ["question 2"])], id="traces of one turn"),
        pytest.param(GROWING, 2, [], id="the judged one repeats all that was said"),
        pytest.param(GROWING, 0, [("t-1", ["question 1"]), ("t-2", ["question 2"])], id="later ones repeat it"),
        pytest.param((), 0, [], id="alone"),
    ],
)
def test_each_turn_shows_what_is_new_in_it(
    session: tuple[Trace, ...], judged: int, shown: list[tuple[str, list[str]]]
) -> None:
    trace = session[judged] if session else APART[0]
    found = blind(trace, session).session
    assert [(one.trace_id, [message.text for message in one.messages]) for one in found] == shown
    assert [one.later for one in found] == [one.trace_id > trace.trace_id for one in found]


def test_nothing_anybody_thought_of_another_turn_is_taken() -> None:
    shown = repr(blind(APART[1], APART))
    assert "answer 0" in shown
    for secret in ("the-correction", "the-tag", "the-flag", "rating"):
        assert secret not in shown
