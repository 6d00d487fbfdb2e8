"""Counts of codes, and the steps of a trace."""

from __future__ import annotations

import pandas as pd

from review_app.review.blind import blind
from review_app.review.coding import COUNTS, counts, steps, with_codes

from ..builders import a_trace

NOTES = pd.DataFrame({"review_id": ["r1", "r2", "r3"], "trace_id": ["t1", "t1", "t2"]})


def coded(*pairs: tuple[str, str]) -> pd.DataFrame:
    rows = [(review_id, code_id, f"name of {code_id}") for review_id, code_id in pairs]
    return pd.DataFrame(rows, columns=["review_id", "code_id", "code"])


def test_codes_are_counted_by_notes_and_traces() -> None:
    given = coded(("r1", "a"), ("r2", "a"), ("r3", "b"), ("hidden", "b"))
    found = counts({"a": "tone", "b": "fact", "c": "policy"}, given, NOTES)
    assert list(found.columns) == list(COUNTS)
    # r1 and r2 stand on one trace; the hidden note is not among those shown.
    assert found[["code", "notes", "traces"]].to_numpy().tolist() == [["tone", 2, 1], ["fact", 1, 1], ["policy", 0, 0]]


def test_no_codes_is_no_error() -> None:
    assert counts({}, coded(), NOTES).empty
    assert list(with_codes(NOTES, coded())["codes"]) == ["", "", ""]


def test_a_note_shows_all_its_codes() -> None:
    found = with_codes(NOTES, coded(("r1", "a"), ("r1", "b")))
    assert list(found["codes"]) == ["name of a, name of b", "", ""]


def test_the_steps_of_a_trace_are_numbered_as_people_count() -> None:
    assert steps(blind(a_trace())) == ("message 1", "tool call 1", "answer")
