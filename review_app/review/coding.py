"""Open coding: free notes first, then groups of notes with a name; for agents, the step that failed first."""

from __future__ import annotations

import pandas as pd

from review_app.review.blind import BlindTrace

COUNTS = ("code_id", "code", "notes", "traces")
"""One row per code: how many notes and how many traces have it; the most frequent first."""


def counts(codes: dict[str, str], coded: pd.DataFrame, notes: pd.DataFrame) -> pd.DataFrame:
    """Columns COUNTS; a code that no note has counts 0.

    codes: code_id -> name. coded: review_id, code_id. notes: review_id, trace_id; codes on other notes do not count."""
    both = coded.merge(notes[["review_id", "trace_id"]], on="review_id")
    found = both.groupby("code_id").agg(notes=("review_id", "nunique"), traces=("trace_id", "nunique"))
    rows = [(code_id, name, *_counted(found, code_id)) for code_id, name in codes.items()]
    rows.sort(key=lambda row: (-row[2], row[1].casefold()))
    return pd.DataFrame(rows, columns=list(COUNTS))


def with_codes(notes: pd.DataFrame, coded: pd.DataFrame) -> pd.DataFrame:
    """The notes with a column `codes`: the names of each one's codes, joined by a comma; "" where it has none."""
    names: dict[str, str] = coded.groupby("review_id")["code"].agg(", ".join).to_dict()
    return notes.assign(codes=[names.get(one, "") for one in notes["review_id"]])


def steps(trace: BlindTrace) -> tuple[str, ...]:
    """What can have failed first, in order: "message 1", ..., "tool call 1", ..., "answer"."""
    messages = [f"message {number}" for number in range(1, len(trace.messages) + 1)]
    calls = [f"tool call {number}" for number in range(1, len(trace.tool_calls) + 1)]
    return (*messages, *calls, "answer")


def _counted(found: pd.DataFrame, code_id: str) -> tuple[int, int]:
    return (int(found.at[code_id, "notes"]), int(found.at[code_id, "traces"])) if code_id in found.index else (0, 0)
