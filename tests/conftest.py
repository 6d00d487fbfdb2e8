"""Fixtures every room's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_app.store.engine import Store


def pytest_configure(config: pytest.Config) -> None:
    # Said here as well as in pyproject.toml, which an installed wheel does not have.
    config.addinivalue_line("markers", "browser: drives Chromium against a running server")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A real SQLite file, empty but for its tables."""
    found = Store(tmp_path / "review.db")
    yield found
    found.close()
