"""No check may take for ever.

Python runs a signal handler in the main thread only, so there is no limit in other threads; patterns have one of their
own everywhere (`patterns`). Code that stays inside a C library is interrupted when it comes back.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

LIMIT_S = 5.0
"""For one check on one trace. The slowest of ours takes some milliseconds."""


class TimeUp(BaseException):
    """The time is over. No Exception, so that no check swallows it with its own errors."""


@contextmanager
def time_limit(seconds: float = LIMIT_S) -> Iterator[None]:
    """Raises TimeUp inside the block after so many seconds. Nothing happens outside the main thread, or where somebody
    else's timer runs."""
    busy = threading.current_thread() is not threading.main_thread() or signal.getitimer(signal.ITIMER_REAL)[0]
    if busy:
        yield
        return
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise TimeUp
