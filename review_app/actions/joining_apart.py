"""Joining many traces in processes of their own: it is pure computing, and would take the pages and the receiver half
of their time.

`python -m review_app.actions.joining_apart PROJECT PLACE OF` is one of them. For each line on its standard input it
joins its share of what has settled, answers how many traces were new or what went wrong, and ends when there is nobody
to ask it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from review_app.actions.joining import join_settled, waiting
from review_app.actions.own_processes import command
from review_app.errors import ReviewAppError
from review_app.store.spans import Share

FEW = 100
"""Traces that are joined in the caller's own process, rather than start others for them."""
PROCESSES = min(2, os.cpu_count() or 1)
_FAILED = "failed "

_Child = subprocess.Popen[str]


class Joiner:
    """Joins the traces of a project that have settled. For one thread."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._children: list[_Child] = []

    def look(self, now: datetime) -> int:
        """Join what has settled; how many traces were new. Raises ReviewAppError where a process failed."""
        children = self._running(now)
        if not waiting(self._project, now, 1, settled=True):
            return 0
        return sum(_answers(children)) if children else join_settled(self._project, now).saved.new

    def stop(self) -> None:
        """End the processes. What they were at is joined after the next start."""
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.wait()
            for pipe in filter(None, (child.stdin, child.stdout)):
                with suppress(BrokenPipeError):
                    pipe.close()
        self._children = []

    def _running(self, now: datetime) -> list[_Child]:
        """The processes, started as soon as many traces wait to settle; none while there was no need of them."""
        if any(child.poll() is not None for child in self._children):
            self.stop()
        if not self._children and waiting(self._project, now, FEW) == FEW:
            self._children = [_started(self._project, Share(place, PROCESSES)) for place in range(PROCESSES)]
        return self._children


def _started(project: Path, share: Share) -> _Child:
    words = command(__name__, str(project), *map(str, share))
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)


def _answers(children: Sequence[_Child]) -> Iterator[int]:
    for child in children:
        assert child.stdin
        with suppress(BrokenPipeError):  # it has ended, and answers nothing
            child.stdin.write("look\n")
            child.stdin.flush()
    for answer in [child.stdout.readline().strip() if child.stdout else "" for child in children]:
        if not answer.isdecimal():
            raise ReviewAppError(answer.removeprefix(_FAILED) or "a process that joins spans has ended")
        yield int(answer)


def main(project: Path, share: Share) -> None:
    """Answer each line of standard input."""
    for _ in sys.stdin:
        try:
            answer = str(join_settled(project, datetime.now(UTC), share).saved.new)
        except Exception as fault:  # noqa: BLE001  the spans are on disk, and the next look finds them again
            answer = _FAILED + type(fault).__name__  # no more of it: nothing of a span is ever logged
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Share(int(sys.argv[2]), int(sys.argv[3])))
