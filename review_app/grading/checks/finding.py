"""What a check found on one trace, before it has a name and a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from review_app.traces.trace import Trace

SHOWN = 5
"""Findings of one kind that a detail lists; the rest is counted."""


@dataclass(frozen=True)
class Finding:
    """status: pass, fail or not_applicable. detail: what was found and where, for a person to act on."""

    status: str
    detail: str = ""


class Check(Protocol):
    """A kind of check with its parameters."""

    VERSION: ClassVar[int]

    def result(self, trace: Trace) -> Finding:
        """What this check has to say about a trace."""


PASSED = Finding("pass")
NO_OUTPUT = Finding("not_applicable", "the trace has no output")


def failed(*details: str) -> Finding:
    """A failure listing the first of what was found."""
    more = f"; and {len(details) - SHOWN} more" if len(details) > SHOWN else ""
    return Finding("fail", "; ".join(details[:SHOWN]) + more)


def not_applicable(detail: str) -> Finding:
    """This check has nothing to look at here."""
    return Finding("not_applicable", detail)
