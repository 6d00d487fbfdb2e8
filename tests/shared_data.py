"""Real traces, labels and verdicts, which are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_PLACES = [Path(os.environ["REVIEW_APP_SHARED_DATA"])] if "REVIEW_APP_SHARED_DATA" in os.environ else []
_PLACES += [parent / "shared" / "data" for parent in Path(__file__).resolve().parents]
_PLACES += [parent / "shared" / "data" for parent in Path.cwd().resolve().parents]


def shared(name: str) -> Path:
    """The folder of one data set; skips the test, saying why, where it is not there."""
    for place in _PLACES:
        if (place / name).is_dir():
            return place / name
    pytest.skip(f"the data set {name} is not here: put it at ../shared/data/{name} or set REVIEW_APP_SHARED_DATA")
