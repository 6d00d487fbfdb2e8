"""Group reviewers' notes into kinds of failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.exporting import write
from review_app.actions.queueing import require_role
from review_app.actions.reviewing import open_trace
from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.review.coding import counts, steps, with_codes
from review_app.settings import Role
from review_app.store import codes as code_table
from review_app.store.blindness import unseen


@dataclass(frozen=True, kw_only=True)
class CodingBoard:
    """notes: review_id, trace_id, reviewer, rubric_version, note, at, step, codes; newest first.
    counts: code_id, code, notes, traces. withheld: notes on traces this person may still be asked to review."""

    notes: pd.DataFrame
    counts: pd.DataFrame
    withheld: int


def coding_board(project: Path, person: str) -> CodingBoard:
    """Every note this lead may read, with its codes, and how often each code stands."""
    store = _allowed(project, person, "lead", "admin", "auditor").store
    notes, coded = code_table.notes(store), code_table.coded(store)
    hidden = notes["trace_id"].isin(unseen(store, person))
    shown = notes[~hidden].reset_index(drop=True)
    return CodingBoard(
        notes=with_codes(shown, coded),
        counts=counts(code_table.every(store), coded, shown),
        withheld=int(hidden.sum()),
    )


def code_notes(project: Path, person: str, review_ids: Sequence[str], name: str) -> int:
    """Put the code called `name` on these notes, and make it where there is none; the number of notes."""
    store, now = _allowed(project, person).store, datetime.now(UTC)
    _known_notes(project, person, review_ids)
    with store.write() as writing:
        code_table.put(writing, code_table.make(writing, name, person, now), review_ids, person, now)
    return len(review_ids)


def uncode_notes(project: Path, person: str, review_ids: Sequence[str], code_id: str) -> int:
    """Take a code off these notes; the number of notes."""
    store = _allowed(project, person).store
    with store.write() as writing:
        code_table.take(writing, code_id, review_ids)
    return len(review_ids)


def rename_code(project: Path, person: str, code_id: str, name: str) -> str:
    """Give a code another name, which comes back; its notes keep it. Raises WrongUsage where another code has it."""
    workspace = _allowed(project, person)
    _known(workspace, code_id)
    return code_table.rename(workspace.store, code_id, name)


def merge_codes(project: Path, person: str, code_id: str, into: str) -> str:
    """Move every note of one code to another one, and drop the first; the name of the one that is left."""
    workspace = _allowed(project, person)
    codes = _known(workspace, code_id, into)
    if code_id == into:
        raise WrongUsage("A code cannot be merged with itself.", do="Pick another one to merge it into.")
    code_table.merge(workspace.store, code_id, into)
    return codes[into]


def split_code(project: Path, person: str, code_id: str, review_ids: Sequence[str], name: str) -> int:
    """Give these notes of a code to another one, called `name`, instead; the number of notes."""
    workspace, now = _allowed(project, person), datetime.now(UTC)
    _known(workspace, code_id)
    _known_notes(project, person, review_ids)
    with workspace.store.write() as writing:
        other = code_table.make(writing, name, person, now)
        if other == code_id:
            raise WrongUsage(f"{name!r} is the code you split.", do="Give the split notes another name.")
        code_table.take(writing, code_id, review_ids)
        code_table.put(writing, other, review_ids, person, now)
    return len(review_ids)


def steps_of(project: Path, person: str, trace_id: str) -> tuple[str, ...]:
    """What can have failed first in a trace: its messages, its tool calls, its answer."""
    return steps(open_trace(project, person, trace_id)[0])


def note_failing_step(project: Path, person: str, review_id: str, step: str | None) -> str | None:
    """Keep which step of the trace failed first, as seen by who reads the note; None forgets it. The step."""
    store = _allowed(project, person).store
    notes = _known_notes(project, person, [review_id])
    if step is not None and step not in steps_of(project, person, notes["trace_id"].iloc[0]):
        raise WrongUsage(f"The trace has no step {step!r}.", do="Use a message, a tool call or the answer, by number.")
    code_table.note_step(store, review_id, step, person, datetime.now(UTC))
    return step


def export_notes(project: Path, to: Path) -> int:
    """Write every note as .csv, .jsonl or .parquet, a row per note and code, with the failing step; the rows.

    A note without a code has one row."""
    store = opened(project).store
    coded = code_table.coded(store)[["review_id", "code"]]
    rows = code_table.notes(store).merge(coded, on="review_id", how="left")
    write(rows, to)
    return len(rows)


def _allowed(project: Path, person: str, *roles: Role) -> Workspace:
    require_role(project, person, *(roles or ("lead", "admin")))
    return opened(project)


def _known(workspace: Workspace, *code_ids: str) -> dict[str, str]:
    codes = code_table.every(workspace.store)
    for code_id in code_ids:
        if code_id not in codes:
            raise WrongUsage(f"There is no code {code_id!r}.", do="Somebody may have merged it: look at the list.")
    return codes


def _known_notes(project: Path, person: str, review_ids: Sequence[str]) -> pd.DataFrame:
    """The rows of these notes. Raises WrongUsage where one is none, or not for this person's eyes."""
    notes = coding_board(project, person).notes
    found = notes[notes["review_id"].isin(review_ids)]
    if len(found) < len(set(review_ids)) or not review_ids:
        raise WrongUsage(f"{len(set(review_ids)) - len(found)} of these notes are not yours to code.", do="Tick notes.")
    return found
