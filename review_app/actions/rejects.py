"""The list of records we could not take, one JSON line each, in the project's `rejects` folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO

import orjson

from review_app.tables import Reject

MOST_LISTED = 10_000
"""A small packed file may hold millions of lines that are no records; all are counted, and so many are listed."""


class RejectsFile:
    """Made when the first reject comes, so a clean run leaves no file. Use it in a `with`. redacted: what takes
    out of a reject what must not be stored. Of more than MOST_LISTED the last line says how many are not listed.

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
            if self.unlisted:
                more = f"{self.unlisted} more were rejected and are not listed"
                self._write(Reject(file=self._verb, line=0, field="record", reason=more))
            self._file.close()
            _unfinished(self.path).rename(self.path)

    def add(self, reject: Reject) -> None:
        """Append one reject: file, line, field, reason, and the start of its text."""
        self.count += 1
        if self.count <= MOST_LISTED:
            self._write(self._redacted(reject))

    @property
    def unlisted(self) -> int:
        """How many were counted and not listed."""
        return max(0, self.count - MOST_LISTED)

    def on_disk(self) -> None:
        """Come back once what was added is on disk: before what it was about is marked as done."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def _write(self, reject: Reject) -> None:
        if self._file is None:
            self._folder.mkdir(exist_ok=True)
        while self._file is None:
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
            self.path = self._folder / f"{self._verb}-{stamp}.jsonl"
            with suppress(FileExistsError):  # another process began its list in the same microsecond
                self._file = _unfinished(self.path).open("xb")
        self._file.write(orjson.dumps(asdict(reject)) + b"\n")


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + ".part")
