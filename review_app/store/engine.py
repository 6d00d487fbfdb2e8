"""The store of a project: one SQL text, on SQLite or Postgres.

Both engines let one write at a time pass and hold the rest in a fair queue, so a transaction that reads before it
writes is right on both, and nothing has to be retried. What differs stands in `sqlite.py` and `postgres.py`.

The text: `:name` for a value (`?` where a row is a tuple), app-made text ids, BIGINT microseconds, JSON as TEXT,
`ON CONFLICT`, `RETURNING`. Truth values are 0 and 1 on the way in and out, not-a-number is NULL, text sorts by bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from review_app.errors import WrongUsage
from review_app.store.database import Database, Fetched, Health, fetched
from review_app.store.schema import MIGRATIONS
from review_app.store.sqlite import Sqlite

Row = dict[str, Any]
_POSTGRES = ("postgresql", "postgres")
_PART = 250


class Write:
    """An open transaction: what it ran is on disk when the `with` block that gave it has ended, or not at all."""

    def __init__(self, database: Database, cursor: Any) -> None:
        self._database, self._cursor = database, cursor

    def run(self, sql: str, **values: object) -> list[Row]:
        """The rows a statement returns, as dicts; an empty list where it returns none."""
        return _dicts(fetched(self._cursor.execute(self._database.text(sql), values)))

    def many(self, sql: str, rows: Sequence[Mapping[str, object] | tuple[object, ...]]) -> None:
        """Run one statement for each row: a mapping where it has names, a tuple where it has question marks."""
        self._cursor.executemany(self._database.text(sql), rows)


class Store:
    """The database of one project. Safe to share between threads; several processes may open the same one."""

    def __init__(self, target: Path | str) -> None:
        """Open or create the file at `target`, or open the database at a postgresql:// address, and bring its tables
        up to date. Raises WrongUsage where the tables are newer than this program."""
        self.database = _database(target)
        self._migrate()

    @property
    def kind(self) -> str:
        """ "sqlite" or "postgres", for the rare statement that only one of them understands."""
        return self.database.kind

    @property
    def where(self) -> str:
        """Where the store is, without a password."""
        return self.database.where

    def rows(self, sql: str, **values: object) -> list[Row]:
        """The rows of a query, as dicts."""
        return _dicts(self.database.fetch(sql, values))

    def frame(self, sql: str, **values: object) -> pd.DataFrame:
        """The rows of a query as a frame; with no row, a frame that still has the columns."""
        found = self.database.fetch(sql, values)
        return pd.DataFrame(found.rows, columns=found.names)

    def columns(self, sql: str, **values: object) -> list[list[Any]]:
        """The columns of a query, one list each: for a million rows of texts or whole numbers."""
        return self.database.columns(sql, values)

    @contextmanager
    def write(self) -> Iterator[Write]:
        """A transaction that is alone in writing from its first statement. Raises StoreBusy after 30 s of waiting."""
        with self.database.writing() as cursor:
            yield Write(self.database, cursor)

    def health(self) -> Health:
        """What the engine says of itself and its files."""
        return self.database.health()

    def close(self) -> None:
        """Close the connections this thread may close."""
        self.database.close()

    def _migrate(self) -> None:
        if self._steps_done() == len(MIGRATIONS):
            return
        with self.database.writing() as cursor:
            # Asked again under the lock: another process may have been first.
            for number in range(self._steps_done(), len(MIGRATIONS)):
                for statement in filter(str.strip, MIGRATIONS[number].split(";\n")):
                    # A step says `-- not sqlite` over a statement that is for Postgres alone, and the other way round.
                    if f"-- not {self.kind}" not in statement:
                        cursor.execute(self.database.table_text(statement))
                self.database.record_schema_version(cursor, number + 1)

    def _steps_done(self) -> int:
        done = self.database.schema_version()
        if done > len(MIGRATIONS):
            raise WrongUsage(
                f"The store has had {done} changes of its tables, and this program knows {len(MIGRATIONS)}.",
                where=self.where,
                do="Install the newer review-app that changed it: an older one could damage what is there.",
            )
        return done


def placeholders(values: Sequence[object]) -> tuple[str, dict[str, object]]:
    """("(:v0,:v1)", {"v0": ..., "v1": ...}) for `IN`; of no value, a list that nothing is in. Not for `NOT IN`."""
    named = {f"v{number}": value for number, value in enumerate(values)}
    return "(" + (",".join(f":{name}" for name in named) or "NULL") + ")", named


def in_parts(values: Sequence[object]) -> Iterator[tuple[str, dict[str, object]]]:
    """`placeholders` for some hundred of the values at a time: SQLite looks each name up among all that came before."""
    for start in range(0, len(values), _PART):
        yield placeholders(values[start : start + _PART])


def _database(target: Path | str) -> Database:
    scheme, is_address, _ = str(target).partition("://")
    if not is_address:
        return Sqlite(Path(target))
    if scheme not in _POSTGRES:
        raise WrongUsage(
            f"A store cannot be at a {scheme}:// address.",
            do="Give a file, or an address that begins with postgresql://.",
        )
    try:
        # Most projects never load its driver.
        from review_app.store.postgres import Postgres
    except ImportError as fault:
        raise WrongUsage(
            f"Postgres needs a driver that is not installed ({fault}).", do="pip install 'review-app[postgres]'"
        ) from fault
    return Postgres(str(target))


def _dicts(found: Fetched) -> list[Row]:
    return [dict(zip(found.names, row, strict=True)) for row in found.rows]
