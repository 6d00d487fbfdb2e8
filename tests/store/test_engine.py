"""One file, many writers; migrations that many processes start at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from review_app.store.engine import Store, placeholders, sqlite_version
from review_app.store.schema import MIGRATIONS

from ..builders import a_trace, keep
from .rows import count


def test_a_new_file_gets_every_table_and_its_version(store: Store) -> None:
    assert store.rows("PRAGMA user_version") == [{"user_version": len(MIGRATIONS)}]
    assert {"trace", "trace_body", "review", "slot", "golden_release"} <= set(store.database.table_names())


def test_durability_settings_are_on(store: Store) -> None:
    assert store.rows("PRAGMA journal_mode") == [{"journal_mode": "wal"}]
    assert store.rows("PRAGMA synchronous") == [{"synchronous": 2}]  # FULL
    assert store.rows("PRAGMA foreign_keys") == [{"foreign_keys": 1}]


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    first = Store(tmp_path / "review.db")
    before = first.database.schema
    first.close()
    again = Store(tmp_path / "review.db")
    assert again.database.schema == before
    again.close()


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def half_way() -> None:
        with store.write() as write:
            write.run("INSERT INTO rubric VALUES ('v', 'n', '{}', 0)")
            write.run("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(Exception, match="no such table"):
        half_way()
    assert count(store, "rubric") == 0
    with store.write() as write:
        write.run("INSERT INTO rubric VALUES ('v', 'n', '{}', 0)")
    assert count(store, "rubric") == 1


def test_eight_threads_that_read_then_write_lose_no_update(store: Store) -> None:
    def add() -> None:
        for _ in range(25):
            with store.write() as write:
                have = write.run("SELECT count(*) AS n FROM rubric")[0]["n"]
                write.run("INSERT INTO rubric VALUES (:version, 'n', '{}', 0)", version=f"v{have}")
        store.close()

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A reader that missed a colleague's insert would have chosen a version that is taken.
    assert count(store, "rubric") == 200


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from review_app.store.engine import Store; Store(Path(sys.argv[1]))"
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "review.db")]) for _ in range(6)]
    assert [process.wait(60) for process in started] == [0] * 6


def test_rows_and_frame_agree(store: Store) -> None:

    keep(store, [a_trace("a"), a_trace("b")])
    query = "SELECT trace_id, n_tools FROM trace ORDER BY trace_id"
    assert (
        store.frame(query).to_dict("records")
        == store.rows(query)
        == [
            {"trace_id": "a", "n_tools": 1},
            {"trace_id": "b", "n_tools": 1},
        ]
    )


def test_a_frame_without_rows_has_its_columns(store: Store) -> None:
    assert list(store.frame("SELECT trace_id, at FROM trace").columns) == ["trace_id", "at"]


def test_placeholders_name_each_value() -> None:
    assert placeholders(["x", 2]) == ("(:v0,:v1)", {"v0": "x", "v1": 2})


def test_the_library_says_its_version() -> None:
    assert len(sqlite_version().split(".")) == 3
