"""SQLite as the embedded engine: a connection per thread, and one fair gate in front of every write.

SQLite's own busy handler polls with growing sleeps and starves writers (seconds of waiting at eight writers); a kernel
lock in front of `BEGIN IMMEDIATE` queues them instead. A deferred `BEGIN` fails at once when two writers read first,
whatever the timeout; so nothing here ever sends one.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import sqlite_utils

# sqlite-utils picks a newer SQLite when one is installed. Two builds on one file in one process would void each
# other's locks, so everybody takes it from here.
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from review_app.errors import StoreBusy
from review_app.store.schema import MIGRATIONS

Row = dict[str, Any]
BUSY_SECONDS = 30
_SETUP = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "secure_delete=ON")


class Write:
    """An open transaction: what it ran is on disk when the `with` block that gave it has ended, or not at all."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, sql: str, **values: object) -> list[Row]:
        """The rows a statement returns, as dicts; an empty list where it returns none."""
        return _dicts(self._connection.execute(sql, values))

    def many(self, sql: str, rows: Sequence[Mapping[str, object] | tuple[object, ...]]) -> None:
        """Run one statement for each row: a mapping where it has names, a tuple where it has question marks."""
        self._connection.executemany(sql, rows)


class Store:
    """The database of one project. Safe to share between threads; several processes may open the same file."""

    def __init__(self, path: Path) -> None:
        """Open or create the file at `path` and bring its tables up to date."""
        self.path = path
        self._local = threading.local()
        self._migrate()

    @property
    def database(self) -> sqlite_utils.Database:
        """This thread's connection, for inspection with sqlite-utils."""
        found: sqlite_utils.Database | None = getattr(self._local, "database", None)
        if found is None:
            found = self._local.database = self._open()
        return found

    def rows(self, sql: str, **values: object) -> list[Row]:
        """The rows of a query, as dicts."""
        return _dicts(self.database.conn.execute(sql, values))

    def frame(self, sql: str, **values: object) -> pd.DataFrame:
        """The rows of a query as a frame; with no row, a frame that still has the columns."""
        cursor = self.database.conn.execute(sql, values)
        return pd.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description])

    @contextmanager
    def write(self) -> Iterator[Write]:
        """A transaction that holds the write lock from its first statement. Raises StoreBusy after 30 s of waiting."""
        connection = self.database.conn
        with self._gate():
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as fault:
                raise StoreBusy(
                    f"The store was locked by another program for {BUSY_SECONDS} s ({fault}).",
                    where=str(self.path),
                    do="Close what holds it (a backup, a SQLite shell) and try again; nothing was written.",
                ) from fault
            try:
                yield Write(connection)
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close this thread's connection."""
        if hasattr(self._local, "database"):
            self._local.database.close()
            del self._local.database

    def _open(self) -> sqlite_utils.Database:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        for setting in _SETUP:
            connection.execute(f"PRAGMA {setting}")
        return sqlite_utils.Database(connection)

    @contextmanager
    def _gate(self) -> Iterator[None]:
        # A new descriptor each time: flock belongs to the open file, so threads of one process queue as well.
        with self.path.with_name(self.path.name + ".gate").open("ab") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def _migrate(self) -> None:
        if self._schema_version() == len(MIGRATIONS):
            return
        with self.write() as write:
            # Asked again under the lock: another process may have been first.
            for number in range(self._schema_version(), len(MIGRATIONS)):
                for statement in filter(str.strip, MIGRATIONS[number].split(";\n")):
                    write.run(statement)
                write.run(f"PRAGMA user_version={number + 1}")

    def _schema_version(self) -> int:
        return int(self.rows("PRAGMA user_version")[0]["user_version"])


def placeholders(values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """("(:v0,:v1)", {"v0": ..., "v1": ...}) for an IN clause, which both engines understand."""
    named = {f"v{number}": value for number, value in enumerate(values)}
    return "(" + ",".join(f":{name}" for name in named) + ")", named


def sqlite_version() -> str:
    """The version of the SQLite library in use, e.g. "3.51.3"."""
    return str(sqlite3.sqlite_version)


def _dicts(cursor: Any) -> list[Row]:
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
