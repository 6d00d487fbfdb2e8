"""The list of records we could not take, one JSON line each, in the project's `rejects` folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO

import orjson

from review_app.tables import Reject


class RejectsFile:
    """Made when the first reject comes, so a clean run leaves no file. Use it in a `with`. redacted: what takes
    out of a reject what must not be stored.

    Until the block ends its name ends in `.part`: the list of a run that was killed is never taken for a whole one."""

    def __init__(self, project: Path, verb: str, redacted: Callable[[Reject], Reject] = lambda one: one) -> None:
        self._folder, self._verb, self._redacted = project / "rejects", verb, redacted
        self._file: IO[bytes] | None = None
        self.path: Path | None = None
        self.count = 0

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if self._file and self.path:
            self._file.close()
            _unfinished(self.path).rename(self.path)

    def add(self, reject: Reject) -> None:
        """Append one reject: file, line, field, reason, and the start of its text."""
        if self._file is None:
            self._folder.mkdir(exist_ok=True)
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
            self.path = self._folder / f"{self._verb}-{stamp}.jsonl"
            self._file = _unfinished(self.path).open("wb")
        self._file.write(orjson.dumps(asdict(self._redacted(reject))) + b"\n")
        self.count += 1


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + ".part")
