"""Joining many traces in a process of its own: it is pure computing, and would take the pages and the receiver half of
their time.

`python -m review_app.actions.joining_apart PROJECT` is that process. It looks once for each line on its standard input,
answers how many traces were new or what went wrong, and ends when there is nobody to ask it.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from review_app.actions.joining import join_settled, settled
from review_app.errors import ReviewAppError

FEW = 100
"""Traces that are joined in the caller's own process, rather than start another one for them."""
_FAILED = "failed "


class Joiner:
    """Joins the traces of a project that have settled. For one thread."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._child: subprocess.Popen[str] | None = None

    def look(self, now: datetime) -> int:
        """Join what has settled; how many traces were new. Raises ReviewAppError where the process failed."""
        waiting = settled(self._project, now, FEW)
        if waiting < FEW:
            return join_settled(self._project, now).saved.new if waiting else 0
        if self._child is None or self._child.poll() is not None:
            self.stop()
            self._child = self._started()
        return self._asked(self._child)

    def stop(self) -> None:
        """End the process. What it was at is joined after the next start."""
        if self._child:
            self._child.terminate()
            self._child.wait()
            for pipe in filter(None, (self._child.stdin, self._child.stdout)):
                with suppress(BrokenPipeError):
                    pipe.close()

    def _started(self) -> subprocess.Popen[str]:
        # -P: what lies in the current folder is not ours to import. A session of its own: Ctrl-C is for us to answer.
        command = [sys.executable, "-P", "-m", __name__, str(self._project)]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    @staticmethod
    def _asked(child: subprocess.Popen[str]) -> int:
        assert child.stdin
        assert child.stdout
        with suppress(BrokenPipeError):  # it has ended, and answers nothing
            child.stdin.write("look\n")
            child.stdin.flush()
        answer = child.stdout.readline().strip()
        if not answer.isdecimal():
            raise ReviewAppError(answer.removeprefix(_FAILED) or "the process that joins spans has ended")
        return int(answer)


def main(project: Path) -> None:
    """Answer each line of standard input."""
    for _ in sys.stdin:
        try:
            answer = str(join_settled(project, datetime.now(UTC)).saved.new)
        except Exception as fault:  # noqa: BLE001  the spans are on disk, and the next look finds them again
            answer = _FAILED + type(fault).__name__  # no more of it: nothing of a span is ever logged
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
