"""The stamp moves with everything a report of agreement reads, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from review_app import actions
from review_app.store import verdicts
from review_app.store.engine import Store
from review_app.store.stamp import stamp

from ..actions.desks import answer_all, shared_project
from ..builders import a_verdict


def code(project: Path) -> None:
    actions.code_notes(project, "lea", [actions.coding_board(project, "lea").notes["review_id"].iloc[0]], "rude")


def rename(project: Path) -> None:
    counts = actions.coding_board(project, "lea").counts
    actions.rename_code(project, "lea", counts["code_id"].iloc[0], "impolite")


def judge_again(project: Path) -> None:
    store = Store(project / "review.db")
    verdicts.save(store, [a_verdict("t-000", judge_version="another")])
    store.close()


MOVES: list[Callable[[Path], object]] = [
    lambda project: answer_all(project, "ben"),
    lambda project: actions.send_to_queue(project, "lea", ["t-000"]),
    judge_again,
    code,
    rename,
]


def test_the_stamp_moves_with_each_change_and_with_no_lease(tmp_path: Path) -> None:
    project = shared_project(tmp_path / "project")
    answer_all(project, "ana", bad=("t-001",))
    store = Store(project / "review.db")
    before = stamp(store)
    assert actions.desk(project, "ben", want=1).items
    assert stamp(store) == before
    for move in MOVES:
        move(project)
        after = stamp(store)
        assert after != before
        assert stamp(store) == after
        before = after
    store.close()


def test_an_empty_store_has_a_stamp(tmp_path: Path) -> None:
    store = Store(tmp_path / "empty.db")
    assert stamp(store) == stamp(store)
    store.close()
