"""Open coding: kinds of failure, the notes they stand on, and the step that failed first."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from review_app.errors import WrongUsage
from review_app.store.clock import microseconds
from review_app.store.engine import Store, Write


def make(write: Write, name: str, person: str, now: datetime) -> str:
    """Inside the caller's transaction: the id of the code called `name`, made where there is none."""
    name = _clean(name)
    found = write.run("SELECT code_id FROM code WHERE folded = :folded", folded=name.casefold())
    if found:
        return str(found[0]["code_id"])
    code_id = secrets.token_hex(8)
    write.run(
        "INSERT INTO code (code_id, name, folded, made_by, at) VALUES (:code_id, :name, :folded, :made_by, :at)",
        code_id=code_id,
        name=name,
        folded=name.casefold(),
        made_by=person,
        at=microseconds(now),
    )
    return code_id


def put(write: Write, code_id: str, review_ids: Sequence[str], person: str, now: datetime) -> None:
    """Inside the caller's transaction: put a code on notes; one that has it keeps it as it is."""
    sql = "INSERT INTO coded (review_id, code_id, coded_by, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    write.many(sql, [(review_id, code_id, person, microseconds(now)) for review_id in review_ids])


def take(write: Write, code_id: str, review_ids: Sequence[str]) -> None:
    """Inside the caller's transaction: take a code off notes."""
    write.many(
        "DELETE FROM coded WHERE review_id = ? AND code_id = ?", [(review_id, code_id) for review_id in review_ids]
    )


def rename(store: Store, code_id: str, name: str) -> str:
    """Give a code another name, which comes back. Raises WrongUsage where another code has it."""
    name = _clean(name)
    with store.write() as write:
        taken = write.run(
            "SELECT name FROM code WHERE folded = :folded AND code_id <> :code_id",
            folded=name.casefold(),
            code_id=code_id,
        )
        if taken:
            raise WrongUsage(f"There is a code {taken[0]['name']!r} already.", do="Merge the two instead.")
        write.run(
            "UPDATE code SET name = :name, folded = :folded WHERE code_id = :code_id",
            name=name,
            folded=name.casefold(),
            code_id=code_id,
        )
    return name


def merge(store: Store, code_id: str, into: str) -> None:
    """Move all notes of one code to another, and drop the emptied one."""
    with store.write() as write:
        write.run(
            "INSERT INTO coded (review_id, code_id, coded_by, at) SELECT review_id, :into, coded_by, at FROM coded "
            "WHERE code_id = :code_id ON CONFLICT DO NOTHING",
            into=into,
            code_id=code_id,
        )
        write.run("DELETE FROM coded WHERE code_id = :code_id", code_id=code_id)
        write.run("DELETE FROM code WHERE code_id = :code_id", code_id=code_id)


def note_step(store: Store, review_id: str, step: str | None, person: str, now: datetime) -> None:
    """Keep which step failed first; None forgets it."""
    with store.write() as write:
        write.run("DELETE FROM failing_step WHERE review_id = :review_id", review_id=review_id)
        if step is not None:
            write.run(
                "INSERT INTO failing_step (review_id, step, noted_by, at) VALUES (:review_id, :step, :noted_by, :at)",
                review_id=review_id,
                step=step,
                noted_by=person,
                at=microseconds(now),
            )


def every(store: Store) -> dict[str, str]:
    """code_id -> name, by name."""
    rows = store.rows("SELECT code_id, name FROM code ORDER BY folded")
    return {row["code_id"]: row["name"] for row in rows}


def coded(store: Store) -> pd.DataFrame:
    """One row per code on a note: review_id, code_id, code."""
    return store.frame(
        "SELECT c.review_id, c.code_id, k.name AS code FROM coded c JOIN code k ON k.code_id = c.code_id "
        "ORDER BY c.review_id, k.folded"
    )


def notes(store: Store) -> pd.DataFrame:
    """One row per review with a note, newest first: review_id, trace_id, reviewer, rubric_version, note, at, step."""
    found = store.frame(
        "SELECT r.review_id, r.trace_id, r.reviewer, r.rubric_version, r.note, r.at, s.step FROM review r "
        "LEFT JOIN failing_step s ON s.review_id = r.review_id WHERE r.note <> '' AND r.repeat_of IS NULL "
        "ORDER BY r.at DESC, r.review_id"
    )
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True))


def _clean(name: str) -> str:
    cleaned = " ".join(name.split())
    if not 1 <= len(cleaned) <= 80 or not cleaned.isprintable():
        raise WrongUsage(f"{name[:100]!r} is no name for a code.", do="Use 1 to 80 visible characters.")
    return cleaned
