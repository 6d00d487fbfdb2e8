"""What an engine must be able to do; `sqlite.py` and `postgres.py` do it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

WAIT_SECONDS = 30
"""How long a write waits for its turn before it gives up."""


class Fetched(NamedTuple):
    """What a statement returned: the names of its columns, and its rows. Both empty where it returns no rows."""

    names: list[str]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Health:
    """What the engine says of itself and its files; `do` where it is not sound."""

    sound: bool
    said: str
    do: str = ""


class Database(Protocol):
    """One database, shared between threads. `kind` is "sqlite" or "postgres"; `where` is fit to be shown: it never
    holds a password."""

    kind: str
    where: str

    def fetch(self, sql: str, values: Mapping[str, object]) -> Fetched:
        """The result of a query; inside this thread's transaction, as that transaction sees it."""
        ...

    def columns(self, sql: str, values: Mapping[str, object]) -> list[list[Any]]:
        """The columns of a query instead of its rows: cheaper where there are a million of them. Each column has a
        name of its own, and holds texts or whole numbers."""
        ...

    def writing(self) -> AbstractContextManager[Any]:
        """The cursor of a transaction that is alone in writing from its first statement to its last. It commits when
        the block ends, rolls back when the block raises, and raises StoreBusy if its turn does not come."""
        ...

    def text(self, sql: str) -> str:
        """Our SQL text as the engine's driver wants it."""
        ...

    def table_text(self, sql: str) -> str:
        """A statement of a migration, in the engine's words."""
        ...

    def schema_version(self) -> int:
        """How many migrations the database has had."""
        ...

    def record_schema_version(self, cursor: Any, version: int) -> None:
        """Inside a transaction: store how many it has had now."""
        ...

    def health(self) -> Health:
        """Look whether what is stored can be relied on."""
        ...

    def close(self) -> None:
        """Close the connections this thread may close; the next use opens one again."""
        ...


def transposed(found: Fetched) -> list[list[Any]]:
    """The columns of a result."""
    return [[row[place] for row in found.rows] for place in range(len(found.names))]


def fetched(cursor: Any) -> Fetched:
    """Everything a cursor has to give."""
    if cursor.description is None:
        return Fetched([], [])
    return Fetched([column[0] for column in cursor.description], cursor.fetchall())
