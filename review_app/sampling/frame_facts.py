"""What a draw's frame was, and what it therefore cannot speak for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FrameFacts:
    """The frame of the last draw that anybody answered, beside what is stored now.

    waiting: a draw after it, of which nobody answered anything yet; "" without. size: traces it held. unreachable:
    those of them that no strategy could choose. late: traces that came into the frame since. gone: how many it held
    that the filters no longer let in. filters: those it was drawn with, as text; filters_now: those of sampling.yaml.
    judges: (judge, judge_version, criterion) of which it saw verdicts. in_lake: the frame is elsewhere, so that what
    judges said of it is known from the draw alone.
    """

    draw_id: str
    size: int
    unreachable: int
    late: int
    gone: int
    filters: str
    filters_now: str
    judges: frozenset[tuple[str, str, str]]
    in_lake: bool = False
    waiting: str = ""

    def refuses_labels(self) -> str | None:
        """Why no weighted figure may be made of the labels of this draw; None where they may."""
        if self.filters != self.filters_now:
            return (
                "The labels were drawn from another frame than the one in sampling.yaml: its filters were "
                f"{self.filters}, now they are {self.filters_now}. Put them back, or name a new `queue` with a new "
                "`salt` and draw again."
            )
        if self.unreachable:
            return (
                f"{self.unreachable:,} of {self.size:,} traces could not be drawn by any strategy: give `random` a "
                "share in sampling.yaml and draw again, or speak only of what could be drawn."
            )
        return None

    def refuses_whole_frame(self) -> str | None:
        """Why a figure may not be said of everything in the frame now; None where it may."""
        refused = self.refuses_labels()
        if refused:
            return refused
        if self.gone:
            return (
                f"{self.gone:,} of the {self.size:,} traces that were drawn from have changed and left the frame: name "
                "a new `queue` with a new `salt` and draw again."
            )
        if self.late and self.waiting:
            return (
                f"{self.late:,} traces came after {self.draw_id}, and nobody has reviewed anything of what "
                f"{self.waiting} added since: review some of that, or speak only of what {self.draw_id} saw."
            )
        if self.late:
            return (
                f"{self.late:,} traces came after the last draw ({self.draw_id}), and nobody could be asked about "
                "them: run `review-app sample`, or speak only of what that draw saw."
            )
        return None

    def refuses_judge(self, judge: str, judge_version: str, criterion: str) -> str | None:
        """Why a judge's figures may not be computed from this draw; None where they may.

        A probability does not depend on a judge, so a version that came later may be measured: as long as it can be
        counted what it said of the frame. Of a frame elsewhere only the draw knows that."""
        if not self.in_lake or (judge, judge_version, criterion) in self.judges:
            return None
        known = _versions(self.judges, judge, criterion)
        seen = f"saw {judge} {', '.join(known)}" if known else f"saw no verdict of {judge}"
        return (
            f"The draw {seen} on {criterion}, not version {judge_version}: its verdicts came later, or had no part in "
            "the frame. Name a new `queue` with a new `salt` in sampling.yaml and draw again."
        )


def _versions(judges: Collection[tuple[str, str, str]], judge: str, criterion: str) -> list[str]:
    return sorted(version for name, version, asked in judges if (name, asked) == (judge, criterion))
