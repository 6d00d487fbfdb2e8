"""A project with a queue, as pages need one."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from review_app import actions
from review_app.review.answer import Submission
from review_app.store import verdicts
from review_app.store.engine import Store
from review_app.traces.trace import Document, Message, Part, ToolCall, Trace

from ..builders import a_trace, a_verdict, fill_queue, keep

RATIONALE = "the-rationale-nobody-may-see-early"


def rich_trace(trace_id: str) -> Trace:
    """A conversation of several turns with a tool call, two documents and a citation."""
    return a_trace(
        trace_id,
        messages=(
            Message(role="system", content="You help customers of a kettle shop.\nNever promise dates."),
            Message(role="user", content=f"Is order A-17 on its way? ({trace_id})"),
            Message(role="assistant", content=(Part(type="text", text="I look."), Part(type="tool_call", id="c1"))),
            Message(role="user", content="And can I still return it?"),
        ),
        documents=(
            Document(id="kb-1", title="Returns", text="Used kettles can be returned within 30 days.", source="kb/1.md"),
            Document(id="kb-2", title="Delivery", text="Two days."),
        ),
        tool_calls=(ToolCall(name="find_order", id="c1", arguments={"order": "A-17"}, result={"status": "shipped"}),),
        output=f"Yes, within 30 days [kb-1]. Answer for {trace_id}.",
    )


def make_project(folder: Path, n: int = 6, reviews_per_trace: int = 1, every: tuple[Trace, ...] = ()) -> Path:
    """A project whose queue holds t-000, t-001, ... (`every` instead of them, if given), each with two verdicts."""
    actions.init(folder)
    store = Store(folder / "review.db")
    fill_queue(store, len(every) or n, reviews_per_trace)
    found = every or tuple(rich_trace(f"t-{number:03d}") for number in range(n))
    keep(store, list(found))
    opinions = [("judge-a", "pass"), ("judge-b", "fail")]
    verdicts.save(
        store,
        [
            a_verdict(one.trace_id, label, judge=judge, rationale=RATIONALE)
            for one in found
            for judge, label in opinions
        ],
    )
    store.close()
    return folder


def review(project: Path, reviewer: str, label: str = "pass", note: str = "") -> str:
    """Answer the next item; its trace."""
    item = actions.desk(project, reviewer).items[0]
    answers = {"good_enough": label} | ({"reason": "tone"} if label == "fail" else {})
    given = Submission(slot_id=item.slot_id, token=item.token, answers=answers, note=note)
    assert actions.submit_review(project, reviewer, given).status == "saved"
    return item.trace.trace_id


def needs_installed() -> None:
    """The pane's files are found through the installed package: skip, saying so, where there is none."""
    try:
        distribution("review-app")
    except PackageNotFoundError:
        pytest.skip("review-app is not installed here: pip install -e .")
