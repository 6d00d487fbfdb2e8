"""Two reviewers, two reviews per trace, and answers as a test wants them."""

from __future__ import annotations

from pathlib import Path

from review_app import actions
from review_app.review.answer import Submission
from review_app.store import verdicts
from review_app.store.engine import Store

from ..builders import a_trace, a_verdict, fill_queue, keep

PEOPLE = "people: {ana: reviewer, ben: reviewer, lea: lead, odo: auditor}\n"


def shared_project(folder: Path, n: int = 3) -> Path:
    """A project whose queue holds t-000, t-001, ... for two people each; judge-a passes them all. lea leads."""
    actions.init(folder)
    with (folder / "project.yaml").open("a") as file:
        file.write(PEOPLE)
    store = Store(folder / "review.db")
    fill_queue(store, n, reviews_per_trace=2)
    keep(store, [a_trace(f"t-{number:03d}", output=f"Answer {number}.") for number in range(n)])
    verdicts.save(store, [a_verdict(f"t-{number:03d}", rationale="It reads well.") for number in range(n)])
    store.close()
    return folder


def answer_all(project: Path, reviewer: str, bad: tuple[str, ...] = (), noted: tuple[str, ...] = ()) -> None:
    """Answer everything; the traces in `bad` fail with a note, the others pass, those in `noted` with one."""
    while items := actions.desk(project, reviewer, want=1).items:
        item = items[0]
        trace_id = item.trace.trace_id
        failed = {"good_enough": "fail", "reason": "tone"}
        given = Submission(
            slot_id=item.slot_id,
            token=item.token,
            answers=failed if trace_id in bad else {"good_enough": "pass"},
            note=f"{reviewer} finds {trace_id} rude." if trace_id in (*bad, *noted) else "",
            seconds=60.0,
        )
        assert actions.submit_review(project, reviewer, given).status == "saved"
