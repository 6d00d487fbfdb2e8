"""Pieces of traces that lie scattered over a file, gathered trace by trace.

The file is read twice: first to note where each trace ends, then to hand each over when that place is passed. Held in
memory are one id per trace, and the pieces of those traces that have begun and not ended; of these at most MOST_HELD.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from review_app.tables import Reject
from review_app.traces.lines import reject
from review_app.traces.trace import Json

MOST_HELD = 200_000
"""Pieces held at once. About 1 GB where each carries 4 kB; a file sorted by time holds a few hundred."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of the trace called `name`, and where it stands."""

    name: str
    path: Path
    line: int
    fields: dict[str, Json]


@dataclass
class _Open:
    """The traces that have begun and not ended."""

    piles: dict[str, list[Piece]] = field(default_factory=dict)
    given_up: set[str] = field(default_factory=set)
    held: int = 0

    def put(self, piece: Piece) -> str | None:
        """Keep a piece; the name of the oldest trace when that had to be given up for it."""
        if piece.name in self.given_up:
            return None
        self.piles.setdefault(piece.name, []).append(piece)
        self.held += 1
        if self.held <= MOST_HELD:
            return None
        oldest = next(iter(self.piles))
        self.given_up.add(oldest)
        self.take(oldest)
        return oldest

    def take(self, name: str) -> list[Piece]:
        """The pieces of a trace, which is then forgotten; none when it was given up."""
        pile = self.piles.pop(name, [])
        self.held -= len(pile)
        return pile


def gathered(pieces: Callable[[], Iterator[Piece | Reject]]) -> Iterator[list[Piece] | Reject]:
    """The pieces of each trace, in their order, when its last was read; rejects as they come.

    pieces: reads all of them from the beginning; it is called twice and must give the same both times."""
    last: dict[str, int] = {}
    for number, piece in enumerate(pieces()):
        if isinstance(piece, Piece):
            last[piece.name] = number
    begun = _Open()
    for number, piece in enumerate(pieces()):
        if isinstance(piece, Reject):
            yield piece
            continue
        lost = begun.put(piece)
        if lost is not None:
            reason = f"trace {lost[:80]} goes on more than {MOST_HELD} records later; sort the file by trace"
            yield reject(piece.path, piece.line, "record", reason)
        if last[piece.name] == number and (pile := begun.take(piece.name)):
            yield pile
