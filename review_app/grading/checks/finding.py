"""What a check found on one trace, before it has a name and a version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from review_app.traces.trace import Trace

SHOWN = 5
"""Findings of one kind that a detail lists; the rest is counted."""

FORMATTING, TASK, SAFETY, GROUNDING = LAYERS = ("formatting", "task", "safety", "grounding")
"""What a check is about: the shape of the answer; whether it is the right one, and what it cost; what must never
happen; what it rests on."""


@dataclass(frozen=True)
class Finding:
    """status: pass, fail, error or not_applicable. detail: what was found and where, for a person to act on."""

    status: str
    detail: str = ""


class Check(Protocol):
    """A kind of check with its parameters. VERSION: of its code. LAYER: one of LAYERS."""

    @property
    def VERSION(self) -> int | str:  # noqa: N802  a constant of most checks
        """Another one means: the code may answer differently."""

    @property
    def LAYER(self) -> str:  # noqa: N802
        """Where coverage counts it."""

    def run(self, trace: Trace) -> Finding:
        """What this check has to say about a trace."""


PASSED = Finding("pass")
NO_OUTPUT = Finding("not_applicable", "the trace has no output")


def passed(detail: str) -> Finding:
    """A pass that says what it rests on."""
    return Finding("pass", detail)


def failed(*details: str) -> Finding:
    """A failure listing the first of what was found."""
    return Finding("fail", listed(details))


def not_applicable(detail: str) -> Finding:
    """This check has nothing to look at here."""
    return Finding("not_applicable", detail)


def judged(faults: Sequence[str], total: int | None = None) -> Finding:
    """A failure listing the faults, or a pass where there is none. total: how many there are, where only the first were
    put into words."""
    return Finding("fail", listed(faults, total)) if faults else PASSED


def listed(details: Sequence[str], total: int | None = None) -> str:
    """The first few, and how many more there are."""
    more = (len(details) if total is None else total) - SHOWN
    return "; ".join(details[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


def shown(text: str, most: int = 80) -> str:
    """A text in quotes on one line, cut to a length that a person reads."""
    return repr(text if len(text) <= most else text[:most] + "…")
