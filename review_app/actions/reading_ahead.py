"""Reading in a process of its own: one core reads and prepares what comes next while another stores what came before.

`python -m review_app.actions.reading_ahead` is that process. It is told what to read on its standard input and writes
batches to its standard output, each pickled, after its length. It ends by itself when nobody takes them any more.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any

from review_app.actions.own_processes import command, framed, message, own_output, unpacked
from review_app.actions.reading import Batch, Reading
from review_app.errors import ReviewAppError

WORTH_IT = 32 * 1024 * 1024
"""Bytes of files from which on a second process, which takes half a second to start, is worth it."""
_AHEAD = 2  # batches that wait to be stored, besides the one being prepared
_PIPE = 1024 * 1024  # bytes: our thread that empties it must wait for its turn each time


def read_ahead(reading: Reading) -> Iterator[Batch]:
    """The batches of `reading`, read ahead where there is much to read and a second core. Raises what it raises."""
    size = sum(_size(path) for source in reading.sources for path in source)
    if size < WORTH_IT or (os.cpu_count() or 1) < 2 or not sys.executable:
        return reading.batches()
    return _received(reading)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # whoever reads it says what is wrong with it


def _received(reading: Reading) -> Iterator[Batch]:
    with (
        subprocess.Popen(command(__name__), stdin=PIPE, stdout=PIPE, pipesize=_PIPE, start_new_session=True) as child,
        closing(_Messages(child)) as messages,
    ):
        with suppress(BrokenPipeError):  # it has ended, and says nothing
            assert child.stdin
            _send(child.stdin, reading)
        while (found := messages.next()) is not None:
            if isinstance(found, Exception):
                raise found
            yield found


class _Messages:
    """What the process says, taken from it before it is asked for, so that it never waits for us."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child, self._thread = child, ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
        self._coming = deque(self._next_one() for _ in range(_AHEAD))

    def next(self) -> Batch | Exception | None:
        """None at the end. Raises ReviewAppError where the process ended before it."""
        said = self._coming.popleft().result()
        self._coming.append(self._next_one())
        if not said:
            raise ReviewAppError(
                f"The process that reads the files ended early, with code {self._child.wait()}.",
                do="Run it again: what was stored is not stored twice. If it was out of memory, give it less at once.",
            )
        found: Batch | Exception | None = unpacked(said)
        return found

    def _next_one(self) -> Future[bytes]:
        assert self._child.stdout
        return self._thread.submit(message, self._child.stdout)

    def close(self) -> None:
        """End the process, whatever it does."""
        self._child.kill()
        self._thread.shutdown(cancel_futures=True)


def main() -> None:
    """Read what standard input says, and write it as batches; then None, or the exception that ended it."""
    pipe = own_output()
    try:
        reading: Reading = unpacked(message(sys.stdin.buffer))
        for batch in reading.batches():
            _send(pipe, batch)
        _send(pipe, None)
    except BrokenPipeError:
        os._exit(0)  # nobody takes them any more
    except Exception as fault:  # noqa: BLE001  whoever started us raises it
        _send(pipe, fault)


def _send(pipe: IO[bytes], what: Any) -> None:
    pipe.write(framed(what))
    pipe.flush()


if __name__ == "__main__":
    main()
