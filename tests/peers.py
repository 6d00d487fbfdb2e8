"""The tools we exchange files with, in an environment of their own: they are large, and want other versions than we do.

`.ci/run` makes it; by hand: `python -m venv peers && peers/bin/pip install -r tests/peers.txt`, then
REVIEW_APP_PEERS=peers/bin/python.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


def peers(script: Path, *arguments: str | Path, home: Path, timeout: float = 300) -> str:
    """What a script prints, run by the peers' Python; skips where there is none. home: a folder they may write to."""
    python = os.environ.get("REVIEW_APP_PEERS")
    if not python:
        pytest.skip("REVIEW_APP_PEERS names no Python that has the other tools' libraries (tests/peers.txt)")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
    }
    command = [python, str(script.resolve()), *map(str, arguments)]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout
