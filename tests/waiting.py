"""Waiting for what other threads, programs and browsers do."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(
    true: Callable[[], bool], seconds: float = 20, why: Callable[[], str] = lambda: "it did not happen in time"
) -> None:
    """Wait until this is true. why: what is said where it is not in so many seconds."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, why()
        time.sleep(0.05)
