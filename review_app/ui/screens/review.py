"""The review desk: saves what the browser sent, then lays out the next items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.review.blind import Desk
from review_app.ui import outbox, review_pane, session
from review_app.ui.review_pane import messages, payload
from review_app.ui.widgets import trouble


def page() -> None:
    """Draw the desk of the person at this browser. Runs again at every message of the pane.

    Not a fragment: after a restart the server knows no fragment, and would leave the pane's messages unanswered."""
    name = session.reviewer()
    if name is None:
        return
    queue = session.asked_for("queue")
    project, sitting, sent = session.project(), session.sitting(name), session.outbox(name, queue)
    try:
        outbox.settle(project, name, sent, sitting)
        desk = actions.desk(project, name, queue=queue or None)
    except ReviewAppError as error:
        trouble.show(error)
        return
    data = payload.of_desk(desk, sent.held) | {
        "mode": "review",
        "who": name,
        "place": session.place(),
        "boot": sent.boot,
        "acked": sitting.acked.get(sent.boot, 0),
        "receipts": sitting.receipts,
        "waiting": sitting.waiting,
        "reveal": _reveal(project, desk, sitting),
        "summary": _summary(project, name, sent, sitting),
    }
    review_pane.mount(session.pane_key(name, queue), data)


def _summary(project: Path, name: str, sent: messages.Outbox, sitting: outbox.Sitting) -> dict[str, Any] | None:
    """What the batch the browser asks about changed, once all of it is stored."""
    if not sent.batch or sitting.waiting:
        return None
    return payload.of_batch(actions.sitting(project, name, sent.batch), sent.batch)


def _reveal(project: Path, desk: Desk, sitting: outbox.Sitting) -> dict[str, Any] | None:
    """The verdicts on the item saved last. Who may see them is decided in `actions`, not here."""
    if sitting.last is None:
        return None
    try:
        return payload.of_reveal(actions.reveal(project, desk.reviewer, sitting.last), desk.rubric)
    except ReviewAppError:
        return None
