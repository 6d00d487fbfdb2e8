"""Processes of our own, which we start and speak with over pipes: pickled messages, each after its length."""

from __future__ import annotations

import os
import pickle
import sys
from typing import IO, Any

LENGTH = 8
"""Bytes of the number before each message."""


def command(module: str, *words: str) -> list[str]:
    """What starts a module as a program. Start it in a session of its own: Ctrl-C is for whoever started it."""
    return [sys.executable, "-P", "-m", module, *words]  # -P: what lies in the current folder is not ours to import


def framed(what: Any) -> bytes:
    """A message, its length before it."""
    said = pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)
    return len(said).to_bytes(LENGTH, "big") + said


def message(pipe: IO[bytes]) -> bytes:
    """The next message, still pickled; empty where there is none, or half of one."""
    length = int.from_bytes(pipe.read(LENGTH), "big")
    said = pipe.read(length)
    return said if len(said) == length else b""


def unpacked(said: bytes) -> Any:
    """What a message says. For what our own process wrote alone."""
    return pickle.loads(said)  # noqa: S301


def own_output() -> IO[bytes]:
    """Standard output, for messages alone: whatever prints from here on goes to standard error."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    print_to_error()
    return pipe


def print_to_error() -> None:
    """Whatever prints from here on goes to standard error."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
