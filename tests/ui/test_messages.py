"""What a browser may send, and what becomes of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from review_app.review.answer import Promotion
from review_app.ui.review_pane import messages
from review_app.ui.review_pane.messages import Entry, Unreadable

BOOT = "12345678-1"


def entry(**changes: Any) -> dict[str, Any]:
    base = {
        "seq": 1,
        "kind": "submit",
        "slot_id": "s",
        "token": "t",
        "trace_id": "x",
        "answers": {"good_enough": "pass"},
    }
    return base | changes


def one(**changes: Any) -> Entry | Unreadable:
    found = messages.read({"boot": BOOT, "entries": [entry(**changes)]}).entries
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    "raw",
    [None, 7, "x", [], {}, {"boot": 1}, {"boot": "short"}, {"boot": BOOT, "entries": "x"}, {"boot": "x" * 99},
     {"boot": BOOT, "entries": [entry()] * 501}, {"boot": BOOT, "held": ["t"] * 41}],
    ids=repr,
)  # fmt: skip
def test_what_is_no_outbox_is_an_empty_one(raw: object) -> None:
    assert messages.read(raw) == messages.Outbox()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "delete"}, {"outcome": "great"}, {"slot_id": ""}, {"token": None}, {"note": "x" * 20_001},
        {"note": ["x"]}, {"correction": "x" * 400_001}, {"seconds": -1}, {"seconds": float("nan")},
        {"seconds": float("inf")}, {"seconds": 90_000}, {"answers": {"q": 1}}, {"answers": {"q": "x" * 4_001}},
        {"answers": {str(n): "x" for n in range(61)}}, {"reviewer": "somebody else"}, {"layer": {"a": 1}},
    ],
    ids=lambda changes: f"{next(iter(changes))}={str(next(iter(changes.values())))[:20]}",
)  # fmt: skip
def test_an_entry_that_cannot_be_read_is_answered_not_dropped(changes: dict[str, Any]) -> None:
    found = one(**changes)
    assert isinstance(found, Unreadable)
    assert found.seq == 1
    assert found.reason.startswith(next(iter(changes)))


@pytest.mark.parametrize("seq", [0, -1, None, "1e9", 2**60, 1.5], ids=repr)
def test_an_entry_without_a_number_is_nothing(seq: object) -> None:
    assert messages.read({"boot": BOOT, "entries": [entry(seq=seq)]}).entries == ()


def test_entries_come_in_the_order_of_their_numbers() -> None:
    raw = {"boot": BOOT, "entries": [entry(seq=3), entry(seq=1), entry(seq=2, kind="draft")]}
    assert [found.seq for found in messages.read(raw).entries] == [1, 2, 3]


def test_text_no_store_can_hold_is_mended() -> None:
    found = one(note="a\0b \ud83d c", answers={"q": "x\0"})
    assert isinstance(found, Entry)
    assert found.submission().note == "a␀b \ufffd c"
    assert found.submission().answers == {"q": "x␀"}


def test_a_submission_is_what_stood_on_the_screen() -> None:
    found = one(note=" why ", layer="edge_case", layer_reason="", correction="better", seconds=12.5)
    assert isinstance(found, Entry)
    given = found.submission()
    assert (given.note, given.correction, given.seconds) == ("why", "better", 12.5)
    assert given.promote == Promotion(layer="edge_case", reason="why")


def test_who_cannot_judge_gives_no_labels() -> None:
    found = one(outcome="cannot_judge", note="another language")
    assert isinstance(found, Entry)
    assert found.submission().answers == {}


def test_a_draft_keeps_blanks_and_half_words() -> None:
    found = one(kind="draft", note=" hal", layer="", answers={"q": "  "})
    assert isinstance(found, Entry)
    draft = found.draft()
    assert (draft.note, draft.layer, draft.answers) == (" hal", "", {})
