"""A project for the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from .projects import make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with six traces to review, named in the environment as `serve` does."""
    folder = make_project(tmp_path / "project")
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    return folder
