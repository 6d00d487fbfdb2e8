"""What a release changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from review_app.golden.release import Verified

SHOWN = ("layer", "reason", "split", "group", "expected", "review", "trace")


@dataclass(frozen=True, kw_only=True)
class Removed:
    """A case that left. why: as said when it was retired. successor: the case that replaces it."""

    example_id: str
    why: str
    successor: str | None


@dataclass(frozen=True, kw_only=True)
class Diff:
    """From release `old` to release `new`. added: ids. changed: id -> the fields that differ. kept: how many are
    the same."""

    old: int
    new: int
    added: tuple[str, ...]
    removed: tuple[Removed, ...]
    changed: Mapping[str, tuple[str, ...]]
    kept: int


def diff(old: Verified, new: Verified) -> Diff:
    """Case by case. Why one left is read from the header of `new`, so it is known from the next release on only."""
    before, after = (_by_id(release) for release in (old, new))
    why = {row["example_id"]: row for row in new.retired}
    both = [name for name in after if name in before]
    changed = {name: fields for name in both if (fields := _different(before[name], after[name]))}
    return Diff(
        old=old.number,
        new=new.number,
        added=tuple(name for name in after if name not in before),
        removed=tuple(_removed(name, why.get(name, {})) for name in before if name not in after),
        changed=changed,
        kept=len(both) - len(changed),
    )


def _by_id(release: Verified) -> dict[str, dict[str, Any]]:
    return {example["example_id"]: example for example in release.examples}


def _removed(example_id: str, row: Mapping[str, Any]) -> Removed:
    return Removed(example_id=example_id, why=row.get("why", ""), successor=row.get("successor"))


def _different(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in SHOWN if one.get(name) != other.get(name))
