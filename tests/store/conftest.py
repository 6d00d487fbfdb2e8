"""Every test of the store that asks for `store` runs on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from review_app.store.engine import Store

if TYPE_CHECKING:
    from ..postgres_server import Server


@pytest.fixture(scope="session")
def migrated(postgres: Server) -> str:
    """The name of a database that has every table and no row."""
    address = postgres.new_database()
    Store(address).close()
    return address.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a store with every table and no row is, or will be once it is opened."""
    if request.param == "sqlite":
        return tmp_path / "review.db"
    server: Server = request.getfixturevalue("postgres")
    return server.new_database(request.getfixturevalue("migrated"))


@pytest.fixture
def store(target: Path | str) -> Iterator[Store]:
    """A store on each engine in turn, empty but for its tables."""
    found = Store(target)
    yield found
    found.close()
