"""The campaigns of `benchmarks/`, shorter: what was acknowledged is there, whoever was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are in a checkout, not in the wheel")


def ran(script: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / script), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_killed_writers_lose_and_double_nothing(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "postgres":
        request.getfixturevalue("postgres")  # skips where there is no server program
    done = ran("crash.py", "--engine", engine, "--rounds", "50")
    print(done.stdout)  # noqa: T201
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, altered 0, duplicated 0" in done.stdout


def test_twenty_reviewers_never_get_one_trace_twice() -> None:
    done = ran("reviewers.py", "--engine", "sqlite", "--seconds", "2")
    print(done.stdout)  # noqa: T201
    # Its times are a benchmark's business: a machine under test load says nothing about them.
    assert done.stdout.count(" 0 traces given to two people") == 2, done.stdout + done.stderr
