"""A project for the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..actions.desks import answer_all, shared_project
from .projects import make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with six traces to review, named in the environment as `serve` does."""
    folder = make_project(tmp_path / "project")
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    return folder


@pytest.fixture
def disputed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ana and ben reviewed three traces and differ on t-001; lea leads."""
    folder = shared_project(tmp_path / "project")
    answer_all(folder, "ana", bad=("t-001",))
    answer_all(folder, "ben")
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    return folder
