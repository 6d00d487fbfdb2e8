"""What a draw's frame was, and what it therefore cannot speak for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FrameFacts:
    """The frame of a queue's last draw, beside what is stored now.

    frame_id: hash of the filters and of every trace id in it. size: traces it held. unreachable: those of them that no
    strategy could choose. late: traces that came into the frame since. gone: how many it held that the filters no
    longer let in. judges: (judge, judge_version, criterion) of which it saw verdicts.
    """

    draw_id: str
    frame_id: str
    size: int
    unreachable: int
    late: int
    gone: int
    judges: frozenset[tuple[str, str, str]]

    def refuses_whole_frame(self) -> str | None:
        """Why a figure may not be said of everything in the frame now; None where it may."""
        if self.unreachable:
            return (
                f"{self.unreachable:,} of {self.size:,} traces could not be drawn by any strategy: give `random` a "
                "share in sampling.yaml and draw again, or speak only of what could be drawn."
            )
        if self.gone:
            return (
                f"{self.gone:,} of the {self.size:,} traces that were drawn from have changed and left the frame: name "
                "a new `queue` with a new `salt` and draw again."
            )
        if self.late:
            return (
                f"{self.late:,} traces came after the last draw ({self.draw_id}), and nobody could be asked about "
                "them: run `review-app sample`, or speak only of what that draw saw."
            )
        return None

    def refuses_labels(self, frame_id: str) -> str | None:
        """Why labels that were drawn from the frame `frame_id` may not be used here; None where they may."""
        if frame_id == self.frame_id:
            return None
        return (
            f"These labels were drawn from frame {frame_id!r}, and this is {self.frame_id!r}: what they stand for is "
            "not known here. Measure them over their own frame, or draw from this one."
        )

    def refuses_judge(self, judge: str, judge_version: str, criterion: str) -> str | None:
        """Why a judge's figures may not be computed from this draw; None where they may."""
        if (judge, judge_version, criterion) in self.judges:
            return None
        known = _versions(self.judges, judge, criterion)
        seen = f"saw {judge} {', '.join(known)}" if known else f"saw no verdict of {judge}"
        return (
            f"The draw {seen} on {criterion}, not version {judge_version}: its verdicts came later, or had no part in "
            "the frame. Name a new `queue` with a new `salt` in sampling.yaml and draw again."
        )


def _versions(judges: Collection[tuple[str, str, str]], judge: str, criterion: str) -> list[str]:
    return sorted(version for name, version, asked in judges if (name, asked) == (judge, criterion))
