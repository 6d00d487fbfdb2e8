"""An outbox may come once or ten times: each answer is stored once, and acknowledged only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from review_app import actions
from review_app.review.blind import BlindItem
from review_app.ui import outbox
from review_app.ui.outbox import Sitting
from review_app.ui.review_pane import messages

BOOT = "12345678-1"


def sent(*entries: dict[str, Any]) -> messages.Outbox:
    return messages.read({"boot": BOOT, "entries": list(entries)})


def entry(seq: int, item: BlindItem, **changes: Any) -> dict[str, Any]:
    base = {"seq": seq, "kind": "submit", "slot_id": item.slot_id, "token": item.token, "trace_id": item.trace.trace_id}
    return base | {"answers": {"good_enough": "pass"}} | changes


def reviews(project: Path) -> int:
    return actions.project_overview(project).counts["reviews"]


def test_all_answers_are_stored_in_order_and_acknowledged(project: Path) -> None:
    first, second, _ = actions.desk(project, "ida").items
    sitting = Sitting()
    outbox.settle(project, "ida", sent(entry(1, first), entry(2, second)), sitting)
    assert sitting.acked == {BOOT: 2}
    assert [receipt["status"] for receipt in sitting.receipts] == ["saved", "saved"]
    assert sitting.last == second.trace.trace_id
    assert reviews(project) == 2


def test_the_same_outbox_again_adds_nothing(project: Path) -> None:
    item = actions.desk(project, "ida").items[0]
    box, sitting = sent(entry(1, item)), Sitting()
    outbox.settle(project, "ida", box, sitting)
    outbox.settle(project, "ida", box, sitting)
    after_restart = Sitting()
    outbox.settle(project, "ida", box, after_restart)
    assert after_restart.receipts[0]["status"] == "duplicate"
    assert after_restart.acked == {BOOT: 1}
    assert reviews(project) == 1


def test_a_refused_answer_is_told_and_holds_nobody_up(project: Path) -> None:
    first, second, _ = actions.desk(project, "ida").items
    bad = entry(1, first, answers={"good_enough": "fail", "reason": "tone"}, note="")
    lost = entry(2, first, token="someone-else's")
    sitting = Sitting()
    outbox.settle(project, "ida", sent(bad, lost, entry(3, second)), sitting)
    assert [receipt["status"] for receipt in sitting.receipts] == ["refused", "refused", "saved"]
    assert "what is wrong" in sitting.receipts[0]["message"]
    assert sitting.acked == {BOOT: 3}
    assert reviews(project) == 1


def test_an_unreadable_entry_is_refused(project: Path) -> None:
    item = actions.desk(project, "ida").items[0]
    sitting = Sitting()
    outbox.settle(project, "ida", sent(entry(1, item, outcome="great")), sitting)
    assert sitting.receipts[0]["status"] == "refused"
    assert reviews(project) == 0


def test_a_draft_comes_back_with_the_desk(project: Path) -> None:
    item = actions.desk(project, "ida").items[0]
    sitting = Sitting()
    outbox.settle(project, "ida", sent(entry(1, item, kind="draft", note="half a thou")), sitting)
    assert (sitting.acked, sitting.receipts, sitting.last) == ({BOOT: 1}, [], None)
    draft = actions.desk(project, "ida").items[0].draft
    assert draft is not None
    assert (draft.note, draft.answers) == ("half a thou", {"good_enough": "pass"})


def test_a_late_draft_is_no_trouble(project: Path) -> None:
    item = actions.desk(project, "ida").items[0]
    sitting = Sitting()
    outbox.settle(project, "ida", sent(entry(1, item), entry(2, item, kind="draft")), sitting)
    assert sitting.acked == {BOOT: 2}


def test_nobody_answers_in_anothers_name(project: Path) -> None:
    item = actions.desk(project, "ida").items[0]
    sitting = Sitting()
    outbox.settle(project, "mallory", sent(entry(1, item)), sitting)
    assert sitting.receipts[0]["status"] == "refused"
    assert reviews(project) == 0


def test_a_refused_change_of_mind_is_told_to_the_browser_that_keeps_its_text(project: Path) -> None:
    item = actions.desk(project, "ida").items[0]
    change = entry(2, item, kind="amend", token=f"{BOOT}-2", answers={"good_enough": "fail", "reason": "tone"}, note="")
    sitting = Sitting()
    outbox.settle(project, "ida", sent(entry(1, item), change), sitting)
    told = [(receipt["seq"], receipt["status"]) for receipt in sitting.receipts]
    assert told == [(1, "saved"), (2, "refused")]
    assert "what is wrong" in sitting.receipts[1]["message"]
    assert sitting.acked == {BOOT: 2}
    assert reviews(project) == 1
