"""What is known of all traffic: how many traces the frame holds, and what each judge said about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class VerdictCounts:
    """How many traces of the frame one judge flagged, passed, and left without a usable verdict.

    levels: label -> traces, for the labels the criterion knows."""

    judge: str
    judge_version: str
    criterion: str
    n_flagged: int
    n_passed: int
    n_without_verdict: int = 0
    levels: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """judge, judge_version, criterion."""
        return self.judge, self.judge_version, self.criterion


@dataclass(frozen=True, kw_only=True)
class PartCounts:
    """Verdicts of the frame in one part of it. kind: "week" or "prompt_version"; part: its name, NA left out."""

    kind: str
    part: str
    counts: VerdictCounts


@dataclass(frozen=True, kw_only=True)
class PanelCounts:
    """Who of the judges of one criterion flagged, in their order -> traces of the frame that all of them judged."""

    criterion: str
    judges: tuple[tuple[str, str], ...]
    patterns: Mapping[tuple[bool, ...], int]


@dataclass(frozen=True, kw_only=True)
class FrameInfo:
    """What the sample stands for: the traces that were eligible, and what each judge said about them.

    frame_id: the draw series or filter it comes from; size: traces; since/until: times of the first and last trace.
    note: what in the frame as it is now the figures cannot speak for, "" when nothing is. refusal: why no weighted
    figure is made at all, else "". unknown: (judge, judge_version, criterion) -> why what it said of the frame is not
    known. later: verdicts on traces that the same filters let in, and that came after the last draw.
    """

    size: int
    verdicts: tuple[VerdictCounts, ...]
    frame_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    note: str = ""
    refusal: str = ""
    unknown: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    parts: tuple[PartCounts, ...] = ()
    panels: tuple[PanelCounts, ...] = ()
    later: tuple[VerdictCounts, ...] = ()

    def of(self, judge: str, judge_version: str, criterion: str) -> VerdictCounts | None:
        """The counts of one judge; None where the frame does not have them."""
        wanted = (judge, judge_version, criterion)
        return next((counts for counts in self.verdicts if counts.key == wanted), None)
