"""What only SQLite has: pragmas, a gate, a library version."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlite_utils.utils import sqlite3

from review_app.store.engine import Store
from review_app.store.sqlite import Sqlite, sqlite_version


@pytest.mark.parametrize(("setting", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_durability_settings_are_on(tmp_path: Path, setting: str, value: object) -> None:
    store = Store(tmp_path / "review.db")
    assert store.rows(f"PRAGMA {setting}") == [{setting: value}]
    store.close()


def test_the_schema_stays_the_same_when_opened_again(tmp_path: Path) -> None:
    Store(tmp_path / "review.db").close()
    database = Sqlite(tmp_path / "review.db")
    before = database.tables.schema
    Store(tmp_path / "review.db").close()
    assert database.tables.schema == before
    database.close()


def test_the_library_says_its_version() -> None:
    assert len(sqlite_version().split(".")) == 3


def test_columns_longer_than_any_text_come_all_the_same(tmp_path: Path) -> None:
    database = Sqlite(tmp_path / "review.db")
    numbers = "WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < 500) SELECT n FROM one"
    database.tables.conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000)
    with pytest.raises(sqlite3.DataError):
        database.fetch(f"SELECT json_group_array(n) FROM ({numbers})", {})
    assert database.columns(numbers, {}) == [list(range(1, 501))]
