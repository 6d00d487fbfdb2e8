"""Fixtures every room's tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from review_app.store.engine import Store

if TYPE_CHECKING:
    from .postgres_server import Server

CHECKOUT = (Path(__file__).parents[1] / "review_app").is_dir()


def pytest_configure(config: pytest.Config) -> None:
    # Said here as well as in pyproject.toml, which an installed wheel does not have.
    config.addinivalue_line("markers", "browser: drives Chromium against a running server")


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """Streamlit's AppTest leaves its script behind as the main module, which a spawned process would then run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A real SQLite file, empty but for its tables."""
    found = Store(tmp_path / "review.db")
    yield found
    found.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real Postgres server. Skips where there is none, but fails in continuous integration of a checkout."""
    try:
        from .postgres_server import NoServer, running
    except ImportError:
        _absent("the extra [postgres] is not installed")
    try:
        with running(in_memory=True) as server:
            yield server
    except NoServer as fault:
        _absent(str(fault))


def _absent(why: str) -> NoReturn:
    if os.environ.get("CI") and CHECKOUT:
        pytest.fail(why)
    pytest.skip(why)
