"""A folder in which a running program leaves its traces for `review-app ingest`: for teams that record none yet.

Each process appends to a file of its own, one `write` per line, so a killed program loses nothing it had logged.
A machine that loses its power may lose what the system had not yet put on the disk, about the last half minute. Nothing
here raises into the caller: what could not be written is counted in `Spool.lost` and said once to the log.
"""

from __future__ import annotations

import functools
import inspect
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

import orjson

Function = TypeVar("Function", bound=Callable[..., Any])

FOLDER = "REVIEW_APP_SPOOL"
"""The environment variable that names the folder; without it, `review-app-spool` in the current one."""

LARGEST = 64 * 1024 * 1024
"""Bytes after which a new file is begun, so that old ones can be removed once they are ingested."""

UNREPORTED = "review_app_unreported"
"""True in a line that stands for an answer of LiteLLM's until its report of the call follows."""

_LOG = logging.getLogger("review_app.spool")
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


class Spool:
    """One kind of record. lost: how many could not be written, since the process began."""

    def __init__(self, kind: str) -> None:
        self._kind, self._lock = kind, threading.Lock()
        self._open: tuple[str, int, int] | None = None  # folder, process, file
        self._size = 0
        self.lost = 0
        if hasattr(os, "register_at_fork"):
            # Another thread of the parent may have held the lock at that moment; it does not exist in the child.
            os.register_at_fork(after_in_child=self._unlock)

    def append(self, record: object, folder: str | os.PathLike[str] | None = None, counted: bool = True) -> bool:
        """Write one record as a line of JSON; whether that worked. It never raises. counted: whether it is a loss if
        not."""
        try:
            line = _line(record)
            with self._lock:
                return self._write(line, os.fspath(folder or os.environ.get(FOLDER) or "review-app-spool"))
        except Exception as fault:  # noqa: BLE001  a log must not break what it logs
            if counted:
                self.note_loss(type(fault).__name__)
            return False

    def _write(self, line: bytes, folder: str) -> bool:
        file = self._file(folder)
        written = os.write(file, line)
        self._size += written
        if written < len(line):  # the disk is full: end the torn line, so that the next one stands alone
            os.write(file, b"\n")
            raise OSError("the disk is full")
        return True

    def _file(self, folder: str) -> int:
        # A forked child would share its parent's file; it begins one of its own.
        if self._open and self._open[:2] == (folder, os.getpid()) and self._size < LARGEST:
            return self._open[2]
        if self._open and self._open[1] == os.getpid():
            os.close(self._open[2])
        self._open = None
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{self._kind}-{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}.jsonl"
        file = os.open(Path(folder) / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._open, self._size = (folder, os.getpid(), file), 0
        return file

    def _unlock(self) -> None:
        self._lock = threading.Lock()

    def note_loss(self, why: str) -> None:
        """Count a record that could not be kept; the first one is said. `why` holds nothing of the record: a log is
        read by more people than traces are."""
        self.lost += 1
        if self.lost == 1:
            _LOG.warning("a record for the spool (%s) could not be kept: %s; more are only counted", self._kind, why)


_TRACES = Spool("traces")


def log_trace(*, spool: str | os.PathLike[str] | None = None, input: str | None = None, **fields: Any) -> str:  # noqa: A002
    """Leave one trace in the spool folder, and return its id. Never raises and checks nothing: `ingest` does, and lists
    what it cannot take.

    fields: those of a trace (docs/traces.md); `trace_id` and `at` are made where they are missing. input: what the user
    said, for one that is no chat. spool: the folder, instead of $REVIEW_APP_SPOOL."""
    values = {"trace_id": uuid4().hex, "at": datetime.now(UTC)} | fields
    if input is not None:
        values["messages"] = [*_listed(values.get("messages")), {"role": "user", "content": input}]
    _TRACES.append(values, spool)
    return str(values["trace_id"])


def lost() -> int:
    """How many traces of this process could not be written."""
    return _TRACES.lost


def logged(function: Function | None = None, *, spool: str | os.PathLike[str] | None = None, **fields: Any) -> Any:
    """A decorator: each call of a function, or of a coroutine, becomes a trace.

    An argument `messages` is the conversation, a single text is what the user said, anything else is kept as JSON. What
    it returns is the output; what it raises is the error, and goes on to the caller. fields: the same for each call."""
    if function is None:
        return lambda wrapped: logged_function(wrapped, fields | {"spool": spool})
    return logged_function(function, {})


def logged_function(function: Function, fields: dict[str, Any]) -> Function:
    """The function, logging each call. Raises TypeError for a generator, whose output is not there when it returns."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function.__name__} yields its output; call review_app.log_trace when it is complete")
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with _Call(function, args, kwargs, fields) as call:
                call.output = await function(*args, **kwargs)
                return call.output

        return cast(Function, awaited)

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        with _Call(function, args, kwargs, fields) as call:
            call.output = function(*args, **kwargs)
            return call.output

    return cast(Function, called)


class _Call:
    """One call, from its beginning to its output or its error."""

    def __init__(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], fields: dict[str, Any]
    ) -> None:
        self._about = function, args, kwargs, fields
        self._at, self._began = datetime.now(UTC), time.perf_counter()
        self.output: Any = None

    def __enter__(self) -> _Call:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: object) -> None:
        latency = time.perf_counter() - self._began
        function, args, kwargs, fields = self._about
        try:
            said = _asked(function, args, kwargs)
            error = f"{kind.__name__}: {fault}" if kind else None
            output = self.output if self.output is None or isinstance(self.output, str) else _text(self.output)
            own = {"at": self._at, "output": output, "error": error, "latency_s": latency}
            log_trace(**{"route": function.__qualname__} | fields | said | own)
        except Exception as wrong:  # noqa: BLE001  an argument whose text cannot be made must not fail the call
            _TRACES.note_loss(type(wrong).__name__)


def _asked(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    bound = inspect.signature(function).bind(*args, **kwargs).arguments
    given = {name: value for name, value in bound.items() if name not in ("self", "cls")}
    if isinstance(given.get("messages"), list):
        return {"messages": given["messages"]}
    texts = [value for value in given.values() if isinstance(value, str)]
    return {"input": texts[0] if len(given) == len(texts) == 1 else _text(given)}


def _listed(messages: Any) -> list[Any]:
    return list(messages) if isinstance(messages, list | tuple) else []


def _text(value: Any) -> str:
    return orjson.dumps(value, default=str, option=_OPTIONS).decode()


def _line(record: object) -> bytes:
    try:
        return orjson.dumps(record, default=str, option=_OPTIONS | orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # half a character, a number beyond 64 bits
        text = json.dumps(record, default=str, ensure_ascii=False)
        return text.encode("utf-8", "replace") + b"\n"
