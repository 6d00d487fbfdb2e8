"""Text that has to be in the output, and text that must not.

Patterns run in the `regex` library, which knows Python's syntax and takes a time limit; in Python's own engine one
unlucky pattern and one long answer can take years.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import regex

from review_app.grading.checks.finding import (
    FORMATTING,
    NO_OUTPUT,
    PASSED,
    SAFETY,
    SHOWN,
    Finding,
    failed,
    judged,
    shown,
)
from review_app.traces.trace import Trace

LIMIT_S = 1.0
"""For one search in one text."""


@dataclass(frozen=True, kw_only=True)
class RequiredPattern:
    """`pattern`, a regular expression, is found somewhere in the output."""

    LAYER: ClassVar[str] = FORMATTING
    VERSION: ClassVar[int] = 2
    pattern: str
    ignore_case: bool = False

    def __post_init__(self) -> None:
        compiled(self.pattern, self.ignore_case)

    def run(self, trace: Trace) -> Finding:
        """Fails when it is found nowhere."""
        if trace.output is None:
            return NO_OUTPUT
        found = next(hits(compiled(self.pattern, self.ignore_case), trace.output), None)
        return PASSED if found else failed(f"nothing matches {self.pattern!r}")


@dataclass(frozen=True, kw_only=True)
class ForbiddenPattern:
    """`pattern`, a regular expression, is found nowhere in the output."""

    LAYER: ClassVar[str] = SAFETY
    VERSION: ClassVar[int] = 2
    pattern: str
    ignore_case: bool = False

    def __post_init__(self) -> None:
        compiled(self.pattern, self.ignore_case)

    def run(self, trace: Trace) -> Finding:
        """Fails with each place: "line 2: 'as an AI language model'"."""
        if trace.output is None:
            return NO_OUTPUT
        text = trace.output
        found = list(hits(compiled(self.pattern, self.ignore_case), text))
        return judged([f"line {line(text, hit.start())}: {shown(hit[0])}" for hit in found[:SHOWN]], len(found))


@lru_cache(maxsize=512)
def compiled(pattern: str, ignore_case: bool = False) -> regex.Pattern[str]:
    """The regular expression; `^` and `$` are each line's. Raises ValueError when it is none."""
    try:
        return regex.compile(pattern, regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0))
    except regex.error as fault:
        raise ValueError(f"{pattern!r} is no regular expression: {fault}") from fault


def hits(pattern: regex.Pattern[str], text: str) -> Iterator[regex.Match[str]]:
    """Its matches. Raises TimeoutError naming the pattern when they take longer than LIMIT_S."""
    try:
        yield from pattern.finditer(text, timeout=LIMIT_S)
    except TimeoutError:
        raise TimeoutError(f"{pattern.pattern!r} took longer than {LIMIT_S:g} s") from None


def line(text: str, place: int) -> int:
    """The number of the line in which a place is, from 1."""
    return text.count("\n", 0, place) + 1
