"""What the sources have in common: pages of what a reader makes of their records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from review_app.errors import BadInput
from review_app.traces.columns import time_of
from review_app.traces.faults import odd_number, rejected
from review_app.traces.readers import Item
from review_app.traces.trace import Json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Fields = Mapping[str, Json]


@dataclass(frozen=True, kw_only=True)
class Page:
    """through: everything that began before it was delivered, with this page; None where that cannot be said."""

    items: tuple[Item, ...]
    through: datetime | None = None


def read(source: str, record: Json, reader: Callable[[Json], Iterator[Item]]) -> Iterator[Item]:
    """What a reader makes of a record; a reject where it can make nothing of it."""
    path = Path(source)
    try:
        if (odd := odd_number(record, largest=float("inf"))) is not None:
            raise ValueError(f"holds the number {odd}, which no JSON reader keeps")
        yield from reader(record)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as fault:
        yield rejected(path, 0, fault, str(record).encode(errors="replace"))


def listed(answer: Json, key: str, where: str) -> list[Fields]:
    """The records of an answer. Raises BadInput where there is no such list."""
    found = answer.get(key) if isinstance(answer, Mapping) else None
    if not isinstance(found, list):
        raise BadInput(
            f"The answer has no list {key!r}.", where=where, do="Look whether this is the address of the API."
        )
    return [one for one in found if isinstance(one, Mapping)]


def segment(name: str) -> str:
    """An id or a name as one piece of a path, whatever stands in it; `..` is no way up."""
    return quote(name, safe="").replace(".", "%2E")


def whole(at: datetime) -> datetime:
    """The time without what is below a millisecond, which is as fine as the tools search."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def began(written: Json, where: str) -> datetime:
    """When a record began. Raises BadInput where it does not say: nothing could be gone on from."""
    try:
        at = time_of(written, "UTC")
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise BadInput(f"A record has no time: {str(written)[:40]!r}.", where=where, do="Look at the server's version.")
    return at
