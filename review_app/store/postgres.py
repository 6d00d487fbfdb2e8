"""Postgres, for teams with more than one app server: connections lent from a small pile, one writer at a time.

Every write first takes one advisory lock of the database, which Postgres hands on in the order it was asked for. So a
transaction sees what the one before it wrote and nobody changes anything meanwhile, exactly as behind SQLite's gate:
no row locks to choose, no conflict to retry. A review is two short writes; the queue is shorter than their fsync.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import FloatDumper

from review_app.errors import BadInput, StoreBusy, WrongUsage
from review_app.store.database import WAIT_SECONDS, Fetched, Health, fetched, transposed

_TURN = "BEGIN; SELECT pg_advisory_xact_lock(7306086967)"
_IDLE = 8
_DEFAULTS = {"client_encoding": "UTF8", "application_name": "review-app", "connect_timeout": "10"}
# A server set to lose the last commits in a crash would break what an acknowledgement means. And an app server that
# hangs in a transaction holds the turn of everybody else.
_SETUP = (
    f"SET lock_timeout = '{WAIT_SECONDS}s'; SET idle_in_transaction_session_timeout = '{WAIT_SECONDS}s'; "
    "SET default_transaction_isolation = 'read committed'; "
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
_PART = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|(?<!:):([a-z_]\w*)|(\?)|%""")
_Connection = psycopg.Connection[tuple[Any, ...]]


class Postgres:
    """A database of a Postgres server. See `Database` for what the methods promise."""

    kind = "postgres"

    def __init__(self, address: str) -> None:
        """Raises WrongUsage where the address cannot be read. Nothing connects yet."""
        self._settings = _settings(address)
        place = self._settings.get("host", "localhost"), self._settings.get("port", "5432")
        self.where = f"postgresql://{place[0]}:{place[1]}/{self._settings.get('dbname', '')}"
        self._idle: deque[_Connection] = deque()
        self._local = threading.local()
        weakref.finalize(self, _close_all, self._idle)

    def fetch(self, sql: str, values: Mapping[str, object]) -> Fetched:
        """The result of a query. A connection that the server has dropped since it was used is replaced unseen."""
        writing = getattr(self._local, "cursor", None)
        if writing is not None:
            return fetched(writing.execute(self.text(sql), values))
        with self._faults(), self._lent("SELECT 1") as connection:
            return fetched(connection.execute(self.text(sql).encode(), values))

    def columns(self, sql: str, values: Mapping[str, object]) -> list[list[Any]]:
        """The columns of a query."""
        return transposed(self.fetch(sql, values))

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """The cursor of a transaction that has its turn from its first statement."""
        with self._faults(), self._lent(_TURN) as connection:
            self._local.cursor = cursor = connection.cursor()
            try:
                yield cursor
            finally:
                del self._local.cursor
            # COMMIT after a failed statement that somebody caught answers ROLLBACK, and that is no acknowledgement.
            if connection.execute("COMMIT").statusmessage != "COMMIT":
                raise StoreBusy("A statement of this transaction had failed; nothing was written.", where=self.where)

    def text(self, sql: str) -> str:
        """With the placeholders of psycopg."""
        return _translated(sql)

    def table_text(self, sql: str) -> str:
        """Text sorts and compares by its bytes, as in SQLite, whatever language the server speaks."""
        return re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', sql)

    def schema_version(self) -> int:
        """How many migrations the database has had; 0 without our table."""
        if self.fetch("SELECT to_regclass('schema_version')", {}).rows[0][0] is None:
            return 0
        return int(self.fetch("SELECT coalesce(max(version), 0) FROM schema_version", {}).rows[0][0])

    def record_schema_version(self, cursor: Any, version: int) -> None:
        """Add a row to our table; the first one makes it."""
        cursor.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")
        cursor.execute("INSERT INTO schema_version VALUES (%s)", (version,))

    def health(self) -> Health:
        """Whether the server keeps what it acknowledges. Its files are its own administrator's."""
        row = self.fetch("SELECT current_setting('server_version'), current_setting('fsync')", {}).rows[0]
        sound = row[1] == "on"
        said = f"PostgreSQL {row[0]}, " + ("ok" if sound else "fsync is off: a power cut can lose or damage reviews")
        return Health(sound=sound, said=said, do="Set fsync = on in postgresql.conf and restart the server.")

    def close(self) -> None:
        """Close every connection that nobody is using."""
        _close_all(self._idle)

    @contextmanager
    def _lent(self, first: str) -> Iterator[_Connection]:
        """A connection on which the statement `first` has just succeeded; it goes back without a transaction."""
        connection = self._answering(first)
        try:
            yield connection
        finally:
            self._take_back(connection)

    def _take_back(self, connection: _Connection) -> None:
        try:
            if not connection.closed and connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.rollback()
        except psycopg.Error:
            connection.close()  # the server dropped it; what failed before is what is to be told
        if connection.closed or len(self._idle) >= _IDLE:
            connection.close()
        else:
            self._idle.append(connection)

    def _answering(self, first: str) -> _Connection:
        while True:
            try:
                connection, used = self._idle.pop(), True
            except IndexError:
                connection, used = self._open(), False
            try:
                connection.execute(first.encode())
            except BaseException as fault:
                # The server may have dropped a connection since it was used: then the next one, or a new one, will do.
                dropped = used and connection.closed and isinstance(fault, psycopg.OperationalError)
                connection.close()
                if not dropped:
                    raise
            else:
                return connection

    def _open(self) -> _Connection:
        connection = psycopg.connect(**self._settings, autocommit=True)
        try:
            connection.execute(_SETUP.encode())
        except BaseException:
            connection.close()
            raise
        for kind, dumper in ((bool, _Truth), (float, _Number)):
            connection.adapters.register_dumper(kind, dumper)
        for name, loader in (("bool", _TruthLoader), ("numeric", _NumericLoader)):
            connection.adapters.register_loader(name, loader)
        return connection

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except psycopg.errors.LockNotAvailable as fault:
            raise StoreBusy(
                f"The store was locked by another program for {WAIT_SECONDS} s.",
                where=self.where,
                do="Look in pg_stat_activity for what holds it, and try again; nothing was written.",
            ) from fault
        except (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout) as fault:
            raise StoreBusy(
                f"The database does not answer: {str(fault).strip()}",
                where=self.where,
                do="Look whether the server runs and lets you in, and try again: what was stored is not stored twice.",
            ) from fault
        except psycopg.DataError as fault:
            raise BadInput(
                f"Postgres cannot keep this value: {str(fault).strip()}",
                where=self.where,
                do="Take it out of the text and send it again; nothing was written.",
            ) from fault


class _Truth(Dumper):
    """0 and 1, as SQLite has it."""

    oid = psycopg.postgres.types["int8"].oid

    def dump(self, obj: bool) -> Buffer:
        return b"1" if obj else b"0"


class _Number(FloatDumper):
    """Not-a-number is a missing value."""

    def dump(self, obj: float) -> Buffer | None:
        return None if obj != obj else super().dump(obj)


class _TruthLoader(Loader):
    def load(self, data: Buffer) -> int:
        return int(bytes(data) == b"t")


class _NumericLoader(Loader):
    """What a sum over whole numbers comes as."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


@lru_cache(maxsize=512)
def _translated(sql: str) -> str:
    def part(found: re.Match[str]) -> str:
        if found[1]:
            return f"%({found[1]})s"
        return "%s" if found[2] else found[0].replace("%", "%%")

    return _PART.sub(part, sql)


def _settings(address: str) -> dict[str, Any]:
    try:
        return _DEFAULTS | conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        # The driver's message repeats the address, and with it the password.
        raise WrongUsage(
            "The store's address cannot be read.",
            do="Write postgresql://user@host:port/database, and leave the password to ~/.pgpass or PGPASSWORD.",
        ) from None


def _close_all(idle: deque[_Connection]) -> None:
    while idle:
        try:
            idle.pop().close()
        except IndexError:
            return
