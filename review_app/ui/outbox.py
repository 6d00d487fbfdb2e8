"""Saves what a browser sent, in its order, and remembers what that browser may be told.

The same outbox may arrive many times: after a reconnect, from a second tab, after a restart. Storing is idempotent
(the store knows slot and token), so the only duty here is never to acknowledge what is not on disk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from review_app import actions
from review_app.errors import ReviewAppError, StoreBusy
from review_app.review.answer import Receipt
from review_app.ui.review_pane.messages import Entry, Outbox, Unreadable


@dataclass
class Sitting:
    """What one person's open page has been told. acked: boot -> number of its last entry dealt with.

    receipts: what became of the submissions the browser still holds, as {boot, seq, slot_id, status, message}.
    last: the trace whose review was saved last. waiting: why nothing more is saved right now, else empty."""

    acked: dict[str, int] = field(default_factory=dict)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    last: str | None = None
    waiting: str = ""


def settle(project: Path, reviewer: str, outbox: Outbox, sitting: Sitting) -> None:
    """Store every entry not yet acknowledged. Stops, acknowledging nothing more, while the store is busy."""
    sitting.waiting = ""
    held = {entry.seq for entry in outbox.entries}
    sitting.receipts = [one for one in sitting.receipts if one["boot"] == outbox.boot and one["seq"] in held]
    for entry in outbox.entries:
        if entry.seq <= sitting.acked.get(outbox.boot, 0):
            continue
        try:
            receipt = _store(project, reviewer, entry)
        except StoreBusy as busy:
            sitting.waiting = busy.message
            return
        if receipt and receipt["status"] != "refused" and isinstance(entry, Entry):
            sitting.last = entry.trace_id
        if receipt:
            sitting.receipts.append({"boot": outbox.boot, **receipt})
        sitting.acked[outbox.boot] = entry.seq


def _store(project: Path, reviewer: str, entry: Entry | Unreadable) -> dict[str, Any] | None:
    """The receipt of an answer, None for what needs none: a draft that was kept, an item put off."""
    if isinstance(entry, Unreadable):
        return _receipt(entry.seq, "", "refused", f"The server could not read this answer: {entry.reason}")
    try:
        done = _do(project, reviewer, entry)
    except StoreBusy:
        raise
    except ReviewAppError as error:
        # A draft that comes too late is no news to its writer, who has a copy; nor is the loss of an item put off.
        message = " ".join(filter(None, (error.message, error.do)))
        return None if entry.kind in ("draft", "defer") else _receipt(entry.seq, entry.slot_id, "refused", message)
    return _receipt(entry.seq, entry.slot_id, done.status, done.message) if done else None


def _do(project: Path, reviewer: str, entry: Entry) -> Receipt | None:
    if entry.kind == "amend":
        return actions.amend_review(project, reviewer, entry.trace_id, entry.submission())
    if entry.kind == "submit":
        return actions.submit_review(project, reviewer, entry.submission())
    actions.save_draft(project, reviewer, entry.slot_id, entry.token, entry.draft())
    if entry.kind == "defer":
        actions.defer(project, reviewer, entry.slot_id, entry.token)
    return None


def _receipt(seq: int, slot_id: str, status: str, message: str) -> dict[str, Any]:
    return {"seq": seq, "slot_id": slot_id, "status": status, "message": message}
