"""A project opened: its settings and its store."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from review_app.settings import FILES, Settings, settings
from review_app.store.engine import Store


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """What every verb works on."""

    settings: Settings
    store: Store


def opened(project: Path) -> Workspace:
    """The project in this folder; its yaml files are read again when one was saved since.

    REVIEW_APP_STORE, where it is set, says where the store is, and project.yaml is not asked."""
    folder = project.resolve()
    found = _settings(folder, saved(folder))
    return Workspace(settings=found, store=_store(os.environ.get("REVIEW_APP_STORE") or found.store))


def saved(folder: Path) -> tuple[int, ...]:
    """When each yaml file of a project was saved last, in nanoseconds; 0 where there is none."""
    return tuple((folder / name).stat().st_mtime_ns if (folder / name).is_file() else 0 for name in FILES)


@lru_cache(maxsize=32)
def _settings(folder: Path, stamps: tuple[int, ...]) -> Settings:
    return settings(folder)


@lru_cache(maxsize=32)
def _store(target: Path | str) -> Store:
    return Store(target)
