"""The program as a person starts it, without the seconds that a process of its own needs to load everything."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from review_app.cli import main


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """What it prints, and what it exits with."""
    words = [str(argument) for argument in arguments]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["review-app", *words]):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, code, *said)


def run_apart(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The same of a process of its own."""
    command = [sys.executable, "-c", "from review_app.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
