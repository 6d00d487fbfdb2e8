"""Two engines, one behaviour: one writer at a time; migrations that many processes start at once."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from review_app.errors import WrongUsage
from review_app.store.engine import Store, placeholders
from review_app.store.schema import MIGRATIONS

from ..builders import a_trace, keep
from .rows import count


def remember(store: Store, version: str) -> None:
    with store.write() as write:
        write.run("INSERT INTO rubric VALUES (:version, 'n', '{}', 0)", version=version)


def test_a_new_store_has_had_every_step(store: Store) -> None:
    assert store.database.schema_version() == len(MIGRATIONS)
    for table in ("trace", "trace_body", "review", "slot", "golden_release"):
        assert count(store, table) == 0


def test_opening_again_changes_nothing(store: Store, target: Path | str) -> None:
    remember(store, "v1")
    again = Store(target)
    assert count(again, "rubric") == 1
    again.close()


def test_a_store_of_a_newer_program_is_left_alone(store: Store, target: Path | str) -> None:
    with store.database.writing() as cursor:
        store.database.record_schema_version(cursor, len(MIGRATIONS) + 1)
    with pytest.raises(WrongUsage, match=f"has had {len(MIGRATIONS) + 1} changes"):
        Store(target)


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def half_way() -> None:
        with store.write() as write:
            write.run("INSERT INTO rubric VALUES ('v', 'n', '{}', 0)")
            write.run("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(Exception, match="nowhere"):
        half_way()
    assert count(store, "rubric") == 0
    remember(store, "v")
    assert count(store, "rubric") == 1


def test_the_writing_thread_sees_what_it_wrote_and_others_do_not(store: Store) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(count(store, "rubric"))
        store.close()

    with store.write() as write:
        write.run("INSERT INTO rubric VALUES ('v', 'n', '{}', 0)")
        assert count(store, "rubric") == 1
        other = threading.Thread(target=look)
        other.start()
        other.join()
    assert seen == [0]


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


def test_rows_and_frame_agree(store: Store) -> None:
    keep(store, [a_trace("a"), a_trace("b")])
    query = "SELECT trace_id, n_tools FROM trace ORDER BY trace_id"
    expected = [{"trace_id": "a", "n_tools": 1}, {"trace_id": "b", "n_tools": 1}]
    assert store.frame(query).to_dict("records") == store.rows(query) == expected


def test_a_frame_without_rows_has_its_columns(store: Store) -> None:
    assert list(store.frame("SELECT trace_id, at FROM trace").columns) == ["trace_id", "at"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param({"score": 0.1 + 0.2}, {"score": 0.1 + 0.2}, id="a float to its last bit"),
        pytest.param({"score": math.nan}, {"score": None}, id="not a number is missing"),
        pytest.param({"score": True}, {"score": 1.0}, id="a truth value is 1"),
        pytest.param({"at": 2**53 + 1}, {"at": 2**53 + 1}, id="an integer no float can hold"),
        pytest.param({"name": "100 % :at ? 'x'"}, {"name": "100 % :at ? 'x'"}, id="text that looks like a placeholder"),
        pytest.param({"name": "\U0001f468\u200d\U0001f469 \u202e\ud7ff"},
                     {"name": "\U0001f468\u200d\U0001f469 \u202e\ud7ff"}, id="odd letters"),
    ],
)  # fmt: skip
def test_values_come_back_alike(store: Store, given: dict[str, object], kept: dict[str, object]) -> None:
    with store.write() as write:
        write.run("CREATE TABLE thing (name TEXT, score DOUBLE PRECISION, at BIGINT)")
        row = {"name": None, "score": None, "at": None} | given
        write.run("INSERT INTO thing VALUES (:name, :score, :at)", **row)
        write.many("INSERT INTO thing VALUES (?, ?, ?)", [(row["name"], row["score"], row["at"])])
    expected = {"name": None, "score": None, "at": None} | kept
    assert store.rows("SELECT name, score, at FROM thing") == [expected, expected]


def test_sums_are_whole_and_truth_is_a_number(store: Store) -> None:
    found = store.rows("SELECT sum(n) AS total, max(n) > 1 AS big FROM (SELECT 1 AS n UNION ALL SELECT 2 AS n) AS two")
    assert [(type(value), value) for value in found[0].values()] == [(int, 3), (int, 1)]


def test_text_sorts_by_its_bytes(store: Store) -> None:
    for version in ("b", "Z", "ä", "a-1", "a1", "_"):
        remember(store, version)
    rows = store.rows("SELECT rubric_version FROM rubric ORDER BY rubric_version")
    assert [row["rubric_version"] for row in rows] == ["Z", "_", "a-1", "a1", "b", "ä"]


def test_placeholders_name_each_value() -> None:
    assert placeholders(["x", 2]) == ("(:v0,:v1)", {"v0": "x", "v1": 2})


def test_nothing_is_in_an_empty_list(store: Store) -> None:
    remember(store, "v1")
    marks, named = placeholders([])
    assert store.rows(f"SELECT name FROM rubric WHERE rubric_version IN {marks} OR at IN {marks}", **named) == []


def test_thousands_of_placeholders(store: Store) -> None:
    marks, named = placeholders([f"v{number}" for number in range(5_000)])
    assert store.rows(f"SELECT name FROM rubric WHERE rubric_version IN {marks}", **named) == []


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_processes_that_start_together_migrate_once(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    place = tmp_path / "review.db" if engine == "sqlite" else request.getfixturevalue("postgres").new_database()
    code = "import sys; from review_app.store.engine import Store; Store(sys.argv[1]).close()"
    started = [subprocess.Popen([sys.executable, "-c", code, str(place)]) for _ in range(6)]
    assert [process.wait(60) for process in started] == [0] * 6


def test_another_kind_of_address_is_refused() -> None:
    with pytest.raises(WrongUsage, match="mysql://") as raised:
        Store("mysql://ana:secret@db/reviews")
    assert "secret" not in str(raised.value)


def test_sound_stores_say_so(store: Store) -> None:
    assert store.health().sound
    assert store.health().said.endswith("ok")


def test_columns_are_the_rows_turned(store: Store) -> None:
    odd = ['quote " and \\', "two\nlines", "🫖", "", "\x1f", "', '"]
    rows = " UNION ALL ".join(f"SELECT {place} AS n, CAST(:t{place} AS TEXT) AS said" for place in range(len(odd)))
    sql = f"SELECT n, said FROM ({rows} UNION ALL SELECT 9, NULL) AS one WHERE n >= :least"
    values = {f"t{place}": text for place, text in enumerate(odd)} | {"least": 1}
    assert store.columns(sql, **values) == [[1, 2, 3, 4, 5, 9], [*odd[1:], None]]
    assert store.columns(sql, **values | {"least": 10}) == [[], []]
