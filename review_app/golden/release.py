"""Writing a release, and checking that it still is what it was."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from review_app.errors import ReleaseChanged, WrongUsage
from review_app.golden.example import Example

_HASH = "v1:"  # names the canonical form and the digest, so that a change of either can be told


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release as made: `content_hash` covers every byte of the file but itself. notes: as in its header."""

    number: int
    content_hash: str
    examples: int
    released_by: str
    at: datetime
    path: Path
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A release that was read and found unaltered. examples: one dict per case, as in the file. previous: the hash of
    the release before it. retired: what left since then: example_id, why, successor."""

    number: int
    content_hash: str
    examples: tuple[dict[str, Any], ...]
    previous: str | None = None
    retired: tuple[dict[str, Any], ...] = ()
    notes: str = ""

    def example_ids(self) -> tuple[str, ...]:
        """The ids of its cases, in the file's order."""
        return tuple(example["example_id"] for example in self.examples)


@dataclass(frozen=True, kw_only=True)
class Since:
    """What a release adds to the one before it. previous: its hash, None for the first. retired: one dict for each case
    that left: example_id, why, successor. notes: for whoever reads the list of releases."""

    previous: str | None = None
    retired: tuple[Mapping[str, Any], ...] = ()
    notes: str = ""


def write(
    folder: Path, number: int, examples: Sequence[Example], person: str, now: datetime, since: Since | None = None
) -> Release:
    """Write release `number` into `folder`, on disk before this returns. Raises WrongUsage without examples."""
    if not examples:
        raise WrongUsage("No case is approved yet.", do="Propose and approve cases first: review-app golden approve.")
    lines = b"".join(_line(example) for example in sorted(examples, key=lambda example: example.example_id))
    header = {"at": now.isoformat(), "examples": len(examples), "release": number, "released_by": person}
    since = since or Since()
    header |= {"previous": since.previous, "retired": list(since.retired), "notes": since.notes}
    digest = content_hash(header, lines)
    path = folder / file_name(number)
    folder.mkdir(parents=True, exist_ok=True)
    _write_whole(path, _dumps(header | {"content_hash": digest}) + b"\n" + lines)
    return Release(
        number=number,
        content_hash=digest,
        examples=len(examples),
        released_by=person,
        at=now,
        path=path,
        notes=since.notes,
    )


def verify(path: Path, expected_hash: str) -> Verified:
    """Read a release. Raises ReleaseChanged when a byte differs from what was released, or the file is another one.

    expected_hash: the hash the store recorded when the release was made."""
    if not path.is_file():
        raise ReleaseChanged("The file of this release is gone.", where=str(path), do="Restore it from a backup.")
    first, _, lines = path.read_bytes().partition(b"\n")
    header = _header(first, path)
    stated = header.pop("content_hash", None)
    actual = content_hash(header, lines)
    if _dumps(header | {"content_hash": stated}) != first or not actual == stated == expected_hash:
        raise ReleaseChanged(
            f"The file was altered after its release: its bytes hash to {actual}, released was {expected_hash}.",
            where=str(path),
            do="Restore the file from version control or a backup; a change needs a new release.",
        )
    examples = tuple(orjson.loads(line) for line in lines.splitlines())
    return Verified(
        number=header["release"],
        content_hash=actual,
        examples=examples,
        previous=header.get("previous"),
        retired=tuple(header.get("retired", ())),
        notes=header.get("notes", ""),
    )


def check_chain(release: Verified, before: str | None) -> None:
    """Raise ReleaseChanged where a release does not go on from the one before it. before: that one's recorded hash,
    None for the first. A release made before releases were chained names none, and its own hash alone vouches for it.
    """
    if release.previous is not None and release.previous != before:
        raise ReleaseChanged(
            f"Release {release.number} goes on from {release.previous}, the one before it is {before or 'missing'}.",
            do="Restore the folder of releases and the store from the same backup.",
        )


def content_hash(header: dict[str, Any], lines: bytes) -> str:
    """The hash of a release: of its header without the hash, and of every line behind it."""
    return _HASH + sha256(_dumps(header) + b"\n" + lines).hexdigest()


def file_name(number: int) -> str:
    """release-0001.jsonl, release-0002.jsonl, ..."""
    return f"release-{number:04d}.jsonl"


def _line(example: Example) -> bytes:
    said = {
        name: getattr(example, name)
        for name in ("example_id", "trace_id", "layer", "reason", "proposer", "approver", "group", "split")
    }
    return _dumps(said | orjson.loads(example.snapshot)) + b"\n"


def _dumps(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _header(first: bytes, path: Path) -> dict[str, Any]:
    try:
        header = orjson.loads(first)
    except orjson.JSONDecodeError as fault:
        raise ReleaseChanged(
            f"The first line is not the header of a release ({fault}).", where=f"{path}:1", do="Restore the file."
        ) from fault
    return header if isinstance(header, dict) else {}


def _write_whole(path: Path, content: bytes) -> None:
    # Under another name first: a release that exists is always a whole one.
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.chmod(0o444)
    partial.replace(path)
