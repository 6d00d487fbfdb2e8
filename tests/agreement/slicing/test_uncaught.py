from __future__ import annotations

import pandas as pd

from review_app.agreement.slicing.uncaught import NOT_CODED, uncaught

from ..builders import RUBRIC, reviews


def notes(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["review_id", "trace_id", "note"])


def coded(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["review_id", "code"])


def answers(*rows: tuple[str, str, str, str | None]) -> pd.DataFrame:
    """review_id, trace_id, criterion, label"""
    return reviews(
        [
            {"review_id": r, "trace_id": t, "reviewer": r, "criterion": criterion, "label": label}
            | ({} if label else {"outcome": "skipped"})
            for r, t, criterion, label in rows
        ]
    )


GIVEN = answers(
    ("r1", "t1", "good_enough", "pass"), ("r1", "t1", "tone", "4"),
    ("r2", "t2", "good_enough", "pass"), ("r2", "t2", "tone", "1"),
    ("r3", "t3", "good_enough", "pass"),
    ("r4", "t3", "good_enough", "fail"),
    ("r5", "t4", "good_enough", "pass"), ("r5", "t4", "minutes", "12"),
    ("r6", "t5", "good_enough", "pass"),
    ("r7", "t6", "good_enough", None),
)  # fmt: skip
WRITTEN = notes(*((f"r{i}", f"t{t}", f"note {i}") for i, t in enumerate((1, 2, 3, 3, 4, 5, 6), start=1)))


def test_only_traces_that_no_criterion_caught_count() -> None:
    # t2 has a bad tone, t3 a second reviewer who failed it, t6 no answer; t1, t4 and t5 are left
    found = uncaught(WRITTEN, coded(("r1", "too pushy"), ("r4", "wrong fact")), GIVEN, {RUBRIC.version: RUBRIC})
    assert (found.traces, found.of) == (3, 3)
    assert [(one.code, one.notes, one.traces, one.examples) for one in found.codes] == [
        ("too pushy", 1, 1, ("t1",)),
        (NOT_CODED, 2, 2, ("t4", "t5")),
    ]
    assert found.codes[0].note == "note 1"


def test_codes_come_by_traces_and_a_note_may_have_two() -> None:
    codes = coded(("r1", "b"), ("r1", "a"), ("r5", "b"), ("r6", "c"))
    found = uncaught(WRITTEN, codes, GIVEN, {RUBRIC.version: RUBRIC})
    assert [(one.code, one.traces) for one in found.codes] == [("b", 2), ("a", 1), ("c", 1)]


def test_without_notes_there_is_nothing_but_the_count() -> None:
    found = uncaught(WRITTEN.head(0), coded(), GIVEN, {RUBRIC.version: RUBRIC})
    assert (found.codes, found.traces, found.of) == ((), 0, 3)


def test_answers_under_an_unknown_rubric_are_not_good() -> None:
    assert uncaught(WRITTEN, coded(), GIVEN, {}).of == 0
    strange = answers(("r1", "t1", "good_enough", "perhaps"))
    assert uncaught(WRITTEN, coded(), strange, {RUBRIC.version: RUBRIC}).of == 0
