"""A store of either engine in a temporary place, and a queue in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from narrow_rows import add_traces

from review_app.store import rubrics
from review_app.store.engine import Store
from tests.builders import NOON, RUBRIC
from tests.postgres_server import running

ENGINES = ("sqlite", "postgres")
_NUMBERS = "WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < :n) "
_NAME = "'t-' || substr(CAST(10000000 + i AS TEXT), 2)"
_SLOTS = (
    "INSERT INTO slot (slot_id, queue, home, trace_id, draw_number, queue_order, state) "
    f"{_NUMBERS} SELECT 'main/' || {_NAME} || '/0', 'main', 'main', {_NAME}, 1, {_NAME}, 'open' FROM numbers"
)


@contextmanager
def fresh(engine: str) -> Iterator[Path | str]:
    """Where a new store can be while a `with` block lasts; Postgres runs on loopback with its shipped settings."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / "review.db"
        return
    with running() as server:
        yield server.new_database()


def fill(store: Store, n: int) -> None:
    """A queue of `n` traces that need one review each."""
    rubrics.remember(store, RUBRIC, NOON)
    traces = [
        {"trace_id": f"t-{at:07d}", "at": at, "route": "returns", "n_turns": 1, "n_documents": 5} for at in range(n)
    ]
    with store.write() as write:
        add_traces(write, traces)
        write.run(_SLOTS, n=n)
