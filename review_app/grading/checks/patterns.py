"""Text that has to be in the output, and text that must not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from review_app.grading.checks.finding import NO_OUTPUT, PASSED, Finding, failed
from review_app.traces.trace import Trace


@dataclass(frozen=True, kw_only=True)
class RequiredPattern:
    """`pattern`, a regular expression, is found somewhere in the output."""

    VERSION: ClassVar[int] = 1
    pattern: str
    ignore_case: bool = False

    def __post_init__(self) -> None:
        compiled(self.pattern, self.ignore_case)

    def result(self, trace: Trace) -> Finding:
        """Fails when it is found nowhere."""
        if trace.output is None:
            return NO_OUTPUT
        found = compiled(self.pattern, self.ignore_case).search(trace.output)
        return PASSED if found else failed(f"nothing matches {self.pattern!r}")


@dataclass(frozen=True, kw_only=True)
class ForbiddenPattern:
    """`pattern`, a regular expression, is found nowhere in the output."""

    VERSION: ClassVar[int] = 1
    pattern: str
    ignore_case: bool = False

    def __post_init__(self) -> None:
        compiled(self.pattern, self.ignore_case)

    def result(self, trace: Trace) -> Finding:
        """Fails with each place: "line 2: 'as an AI language model'"."""
        if trace.output is None:
            return NO_OUTPUT
        text = trace.output
        hits = compiled(self.pattern, self.ignore_case).finditer(text)
        places = [f"line {text.count(chr(10), 0, hit.start()) + 1}: {hit.group()[:80]!r}" for hit in hits]
        return failed(*places) if places else PASSED


def compiled(pattern: str, ignore_case: bool = False) -> re.Pattern[str]:
    """The regular expression; `^` and `$` are each line's. Raises ValueError when it is none."""
    try:
        return re.compile(pattern, re.MULTILINE | (re.IGNORECASE if ignore_case else re.NOFLAG))
    except re.error as fault:
        raise ValueError(f"{pattern!r} is no regular expression: {fault}") from fault
