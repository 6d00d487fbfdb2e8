"""SQLite as the embedded engine: a connection per thread, and one fair gate in front of every write.

SQLite's own busy handler polls with growing sleeps and starves writers (seconds of waiting at eight writers); a kernel
lock in front of `BEGIN IMMEDIATE` queues them instead. A deferred `BEGIN` fails at once when two writers read first,
whatever the timeout; so nothing here ever sends one.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlite_utils

# sqlite-utils picks a newer SQLite when one is installed. Two builds on one file in one process would void each
# other's locks, so everybody takes it from here.
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from review_app.errors import StoreBusy
from review_app.store.database import WAIT_SECONDS, Fetched, Health, fetched, transposed

# A trace of some kB fits a page of 16 kB; with the usual 4 kB it spills into overflow pages, and ingest pays for it.
_SETUP = (
    "page_size=16384", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF",
    "secure_delete=ON",
)  # fmt: skip


class Sqlite:
    """A file of SQLite. See `Database` for what the methods promise."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path, self.where = path, str(path)
        self._local = threading.local()

    @property
    def tables(self) -> sqlite_utils.Database:
        """This thread's connection, for inspection with sqlite-utils."""
        found: sqlite_utils.Database | None = getattr(self._local, "tables", None)
        if found is None:
            found = self._local.tables = self._open()
        return found

    def fetch(self, sql: str, values: Mapping[str, object]) -> Fetched:
        """The result of a query."""
        return fetched(self.tables.conn.execute(sql, values))

    def columns(self, sql: str, values: Mapping[str, object]) -> list[list[Any]]:
        """The columns of a query: as one JSON text each, since every row costs the driver a tuple and a step."""
        names = [column[0] for column in self.tables.conn.execute(f"SELECT * FROM ({sql}) LIMIT 0", values).description]
        gathered = ", ".join(f'json_group_array("{name}")' for name in names)
        try:
            found = self.fetch(f"SELECT {gathered} FROM ({sql})", values).rows[0]
        except sqlite3.DataError:  # longer than the longest text there may be, a gigabyte
            return transposed(self.fetch(sql, values))
        return [orjson.loads(column) for column in found]

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """The cursor of a transaction that holds the write lock from its first statement."""
        connection = self.tables.conn
        with self._gate():
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as fault:
                raise StoreBusy(
                    f"The store was locked by another program for {WAIT_SECONDS} s ({fault}).",
                    where=self.where,
                    do="Close what holds it (a backup, a SQLite shell) and try again; nothing was written.",
                ) from fault
            try:
                yield connection.cursor()
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def text(self, sql: str) -> str:
        """As it is."""
        return sql

    table_text = text

    def schema_version(self) -> int:
        """How many migrations the file has had."""
        return int(self.fetch("PRAGMA user_version", {}).rows[0][0])

    def record_schema_version(self, cursor: Any, version: int) -> None:
        """Store it in the head of the file."""
        cursor.execute(f"PRAGMA user_version={version}")

    def health(self) -> Health:
        """Whether the file's pages hang together."""
        answer = str(self.fetch("PRAGMA quick_check(1)", {}).rows[0][0])
        return Health(sound=answer == "ok", said=answer, do="Restore a backup.")

    def close(self) -> None:
        """Close this thread's connection."""
        if hasattr(self._local, "tables"):
            self._local.tables.close()
            del self._local.tables

    def _open(self) -> sqlite_utils.Database:
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        for setting in _SETUP:
            connection.execute(f"PRAGMA {setting}")
        return sqlite_utils.Database(connection)

    @contextmanager
    def _gate(self) -> Iterator[None]:
        # A new descriptor each time: flock belongs to the open file, so threads of one process queue as well.
        with self.path.with_name(self.path.name + ".gate").open("ab") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield


def sqlite_version() -> str:
    """The version of the SQLite library in use, e.g. "3.51.3"."""
    return str(sqlite3.sqlite_version)
