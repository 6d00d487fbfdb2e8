"""What the desk's browser may say beyond an answer, and what it is told of pairs, passages and batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app import actions
from review_app.review.answer import Assertion
from review_app.review.batch import BATCH, BatchSummary, JudgeShift
from review_app.review.blind import BlindItem, Desk, blind
from review_app.review.rubric import Criterion, Label, Rubric
from review_app.review.spans import Span
from review_app.store import reviews
from review_app.store.engine import Store
from review_app.ui import outbox
from review_app.ui.outbox import Sitting
from review_app.ui.review_pane import messages, payload
from review_app.ui.review_pane.messages import Entry, Unreadable

from .projects import rich_trace
from .test_outbox import BOOT, entry, sent

MARK = {"criterion": "claim", "place": "output", "start": 0, "stop": 3, "quote": "Yes", "label": "x"}
SPANS = Criterion(name="claim", question="Mark", kind="span", labels=(Label(value="x"),))
PAIR = Criterion(name="better", question="Better?", kind="pairwise", bad=("alternative",))


def read(**changes: Any) -> Entry | Unreadable:
    base = {"seq": 1, "kind": "submit", "slot_id": "s", "token": "t", "trace_id": "x"}
    return messages.read({"boot": BOOT, "entries": [base | changes]}).entries[0]


def test_marks_words_and_claims_are_read() -> None:
    found = read(
        spans=[MARK], notes={"claim": "hm", "send": " "}, layer="edge_case", note="n", must=" a \n\nb", must_not="c"
    )
    assert isinstance(found, Entry)
    given = found.submission()
    assert given.spans == (Span(**MARK),)
    assert given.notes == {"claim": "hm"}
    assert given.promote is not None
    assert given.promote.assertions == (
        Assertion(kind="must", text="a"), Assertion(kind="must", text="b"), Assertion(kind="must_not", text="c"),
    )  # fmt: skip


def test_who_does_not_judge_marks_nothing() -> None:
    found = read(spans=[MARK], outcome="skipped", note="n")
    assert isinstance(found, Entry)
    assert found.submission().spans == ()
    assert found.draft().spans == (Span(**MARK),)


@pytest.mark.parametrize(
    "changes",
    [
        {"spans": [MARK | {"start": -1}]}, {"spans": [MARK | {"stop": 2**40}]}, {"spans": [MARK | {"more": 1}]},
        {"spans": [MARK] * 201}, {"spans": [MARK | {"quote": "x" * 20_001}]}, {"notes": {"a": 1}},
        {"must": "x" * 20_001}, {"written_at": -1}, {"kind": "amended"},
    ],
    ids=lambda changes: str(changes)[:40],
)  # fmt: skip
def test_a_mark_or_word_that_cannot_be_read_is_answered(changes: dict[str, Any]) -> None:
    found = read(**changes)
    assert isinstance(found, Unreadable)
    assert found.reason.startswith(next(iter(changes)))


def test_an_item_put_off_keeps_its_draft_and_goes_behind_the_others(project: Path) -> None:
    first = actions.desk(project, "ida").items[0]
    sitting = Sitting()
    box = sent(entry(1, first, kind="defer", note="half", outcome="cannot_judge", answers={}, written_at=7))
    outbox.settle(project, "ida", box, sitting)
    assert (sitting.acked, sitting.receipts) == ({BOOT: 1}, [])
    on_desk = actions.desk(project, "ida").items
    assert first.slot_id not in [item.slot_id for item in on_desk]
    # Sent once more, after a reconnect: no trouble, and no news.
    outbox.settle(project, "ida", box, Sitting())
    for item in actions.desk(project, "ida", want=5).items:
        outbox.settle(project, "ida", sent(entry(1, item)), Sitting())
    (last,) = actions.desk(project, "ida").items
    assert last.slot_id == first.slot_id
    assert last.draft is not None
    assert (last.draft.note, last.draft.outcome, last.draft.written_at) == ("half", "cannot_judge", 7)


def test_a_change_of_mind_sent_twice_is_stored_once(project: Path) -> None:
    item = actions.desk(project, "ida").items[0]
    box = sent(entry(1, item), entry(2, item, kind="amend", token="change-1", note="again"))
    outbox.settle(project, "ida", box, Sitting())
    after_restart = Sitting()
    outbox.settle(project, "ida", box, after_restart)
    assert [receipt["status"] for receipt in after_restart.receipts] == ["duplicate", "duplicate"]
    store = Store(project / "review.db")
    assert list(reviews.frame(store)["assisted"]) == [False, True]
    store.close()


def test_a_batch_that_is_asked_about_has_bounds() -> None:
    assert messages.read({"boot": BOOT, "batch": ["t"] * 60}).batch == ("t",) * 60
    assert messages.read({"boot": BOOT, "batch": ["t"] * 61}) == messages.Outbox()


def shown(rubric: Rubric, item: BlindItem) -> dict[str, Any]:
    made = payload.of_desk(Desk(reviewer="ida", queue="main", rubric=rubric, items=(item,), done=0, total=1), held=())
    assert orjson.dumps(made)
    return made


ITEM = BlindItem(slot_id="s", token="t", trace=blind(rich_trace("t-1")))


def test_exact_texts_go_out_only_where_passages_are_asked_for() -> None:
    made = shown(Rubric(name="r", criteria=(SPANS,)), ITEM)
    assert set(made["items"][0]["exact"]) == {"output", "document:kb-1", "document:kb-2"}
    assert shown(Rubric(name="r", criteria=(PAIR,)), ITEM)["items"][0]["exact"] == {}


def test_a_pair_goes_out_as_sides_and_nothing_names_the_systems() -> None:
    item = replace(ITEM, sides=("Two **days**.", "Three days."), trace=replace(ITEM.trace, output=None))
    made = shown(Rubric(name="r", criteria=(PAIR,)), item)
    assert [side[0]["kind"] for side in made["items"][0]["sides"]] == ["rich", "rich"]
    (question,) = made["rubric"]["criteria"]
    assert [label["value"] for label in question["labels"]] == ["A", "B", "equal"]
    assert question["bad"] == []
    assert b"alternative" not in orjson.dumps(made)


def test_a_batch_goes_out_with_its_traces() -> None:
    shift = JudgeShift(judge="a", judge_version="1", criterion="c", compared=2, missed=1, false_alarms=0)
    made = payload.of_batch(BatchSummary(reviews=2, judges=(shift,)), ("t-1", "t-2"))
    assert (made["traces"], made["judges"][0]["missed"]) == (["t-1", "t-2"], 1)
    assert shown(Rubric(name="r", criteria=(SPANS,)), ITEM)["batch"] == BATCH
