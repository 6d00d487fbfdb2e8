"""What only Postgres has: an address with a password in it, connections that break, a server set wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from review_app.errors import BadInput, StoreBusy, WrongUsage
from review_app.store.engine import Store

from ..builders import fill_queue
from .rows import count

if TYPE_CHECKING:
    from ..postgres_server import Server

psycopg = pytest.importorskip("psycopg", reason="the extra [postgres] is not installed")


@pytest.fixture
def address(postgres: Server, migrated: str) -> str:
    return postgres.new_database(migrated)


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    found = Store(address)
    yield found
    found.close()


def test_sql_is_translated_outside_quotes(store: Store) -> None:
    said = store.database.text("SELECT ':a' AS \":b\", :c, ?, x::text, 5 % 2, '10 %' FROM t WHERE d = :c")
    assert said == "SELECT ':a' AS \":b\", %(c)s, %s, x::text, 5 %% 2, '10 %%' FROM t WHERE d = %(c)s"


def test_a_password_is_never_shown(postgres: Server, address: str, store: Store) -> None:
    assert postgres.password in address
    assert store.where == f"postgresql://127.0.0.1:{postgres.port}/{address.rpartition('/')[2]}"
    for wrong in (address + "_none", address.replace("postgres:", "nobody:", 1), f"{address}?no_such_setting=1"):
        with pytest.raises((StoreBusy, WrongUsage)) as raised:
            Store(wrong)
        assert postgres.password not in f"{raised.value}{raised.value.__cause__}"


def test_a_server_that_is_away_is_named_with_a_remedy() -> None:
    with pytest.raises(StoreBusy, match="does not answer") as raised:
        Store("postgresql://ana@127.0.0.1:1/reviews")
    assert raised.value.where == "postgresql://127.0.0.1:1/reviews"


def test_reads_and_writes_go_on_after_the_server_dropped_every_connection(postgres: Server, store: Store) -> None:
    fill_queue(store, 2)
    name = store.where.rpartition("/")[2]
    drop = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    postgres.order(drop)
    assert count(store, "slot") == 2
    postgres.order(drop)
    with store.write() as write:
        write.run("DELETE FROM slot")
    assert count(store, "slot") == 0


def test_a_connection_lost_in_a_transaction_is_told_and_nothing_is_kept(postgres: Server, store: Store) -> None:
    name = store.where.rpartition("/")[2]

    def lose() -> None:
        with store.write() as write:
            write.run("INSERT INTO rubric VALUES ('v', 'n', '{}', 0)")
            postgres.order(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    with pytest.raises(StoreBusy, match="does not answer"):
        lose()
    assert count(store, "rubric") == 0


def test_what_fails_after_the_connection_was_lost_is_told_as_it_is(postgres: Server, store: Store) -> None:
    name = store.where.rpartition("/")[2]
    others = f"FROM pg_stat_activity WHERE datname = '{name}'"

    def fail() -> None:
        with store.write() as write:
            write.run("INSERT INTO rubric VALUES ('v', 'n', '{}', 0)")
            postgres.order(f"SELECT pg_terminate_backend(pid, 10000) {others}")
            raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        fail()
    assert count(store, "rubric") == 0


def test_a_failure_that_somebody_catches_is_no_acknowledgement(store: Store) -> None:
    def swallow() -> None:
        with store.write() as write:
            write.run("INSERT INTO rubric VALUES ('v', 'n', '{}', 0)")
            with pytest.raises(psycopg.errors.UniqueViolation):
                write.run("INSERT INTO rubric VALUES ('v', 'n', '{}', 0)")

    with pytest.raises(StoreBusy, match="nothing was written"):
        swallow()
    assert count(store, "rubric") == 0


def test_a_letter_postgres_cannot_keep_is_refused_and_told(store: Store) -> None:
    with pytest.raises(BadInput, match="NUL"), store.write() as write:
        write.run("INSERT INTO rubric VALUES (:version, 'n', '{}', 0)", version="a\x00b")
    assert count(store, "rubric") == 0


def test_connections_are_lent_again_and_few_are_kept(store: Store) -> None:
    together = threading.Barrier(20)

    def read() -> None:
        together.wait()
        count(store, "slot")

    threads = [threading.Thread(target=read) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    open_now = store.rows("SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()")[0]["n"]
    # Eight idle ones at most, and perhaps some that the server has not buried yet.
    deadline = time.monotonic() + 5
    while open_now > 8 and time.monotonic() < deadline:
        time.sleep(0.05)
        open_now = store.rows("SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()")[0]["n"]
    assert open_now <= 8


def test_a_server_that_may_lose_commits_is_told_to_keep_ours(postgres: Server, address: str) -> None:
    postgres.order(f"ALTER DATABASE {address.rpartition('/')[2]} SET synchronous_commit = off")
    store = Store(address)
    assert store.rows("SELECT current_setting('synchronous_commit') AS now") == [{"now": "on"}]
    store.close()


def test_a_turn_that_does_not_come_is_told(address: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("review_app.store.postgres._SETUP", "SET lock_timeout = '100ms'")
    hurried = Store(address)
    with store.write(), pytest.raises(StoreBusy, match="locked by another program"), hurried.write():
        pass
    with hurried.write() as write:
        write.run("DELETE FROM slot")
    hurried.close()
