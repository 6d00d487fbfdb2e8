"""From notes to kinds of failure."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from review_app import actions
from review_app.errors import NotAllowed, WrongUsage

from .desks import answer_all, shared_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Four notes: ana's on t-000 and t-001, ben's on t-001 and t-002."""
    made = shared_project(tmp_path / "project")
    answer_all(made, "ana", bad=("t-000", "t-001"))
    answer_all(made, "ben", bad=("t-001", "t-002"))
    return made


def ids(project: Path, *words: str) -> list[str]:
    notes = actions.coding_board(project, "lea").notes
    return [row.review_id for row in notes.itertuples() if any(word in row.note for word in words)]


def counted(project: Path) -> dict[str, tuple[int, int]]:
    counts = actions.coding_board(project, "lea").counts
    return {row.code: (row.notes, row.traces) for row in counts.itertuples()}


def code_id(project: Path, name: str) -> str:
    counts = actions.coding_board(project, "lea").counts
    return str(counts.loc[counts["code"] == name, "code_id"].iloc[0])


def test_notes_get_codes_and_codes_are_counted(project: Path) -> None:
    assert actions.code_notes(project, "lea", ids(project, "t-001"), "Rude  answer") == 2
    actions.code_notes(project, "lea", ids(project, "ana"), "rude answer")
    assert counted(project) == {"Rude answer": (3, 2)}
    actions.uncode_notes(project, "lea", ids(project, "ben"), code_id(project, "Rude answer"))
    assert counted(project) == {"Rude answer": (2, 2)}


def test_codes_are_renamed_merged_and_split(project: Path) -> None:
    actions.code_notes(project, "lea", ids(project, "ana"), "rude")
    actions.code_notes(project, "lea", ids(project, "t-001"), "curt")
    assert actions.rename_code(project, "lea", code_id(project, "rude"), "impolite") == "impolite"
    with pytest.raises(WrongUsage, match="already"):
        actions.rename_code(project, "lea", code_id(project, "curt"), "IMPOLITE")
    assert actions.merge_codes(project, "lea", code_id(project, "curt"), code_id(project, "impolite")) == "impolite"
    # ana's two notes and ben's on t-001; ana's on t-001 had both codes.
    assert counted(project) == {"impolite": (3, 2)}
    actions.split_code(project, "lea", code_id(project, "impolite"), ids(project, "ben finds t-001"), "too short")
    assert counted(project) == {"impolite": (2, 2), "too short": (1, 1)}


def test_the_step_that_failed_first_is_kept(project: Path) -> None:
    note = ids(project, "t-000")[0]
    assert actions.steps_of(project, "lea", "t-000") == ("message 1", "tool call 1", "answer")
    actions.note_failing_step(project, "lea", note, "tool call 1")
    notes = actions.coding_board(project, "lea").notes
    assert notes.loc[notes["review_id"] == note, "step"].tolist() == ["tool call 1"]
    with pytest.raises(WrongUsage, match="no step"):
        actions.note_failing_step(project, "lea", note, "tool call 7")
    actions.note_failing_step(project, "lea", note, None)
    assert actions.coding_board(project, "lea").notes["step"].isna().all()


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\u202eb"])
def test_a_code_has_a_name(project: Path, name: str) -> None:
    with pytest.raises(WrongUsage, match="no name for a code"):
        actions.code_notes(project, "lea", ids(project, "t-000"), name)


def test_unknown_notes_and_codes_are_refused(project: Path) -> None:
    for given in ([], ["nobody's"]):
        with pytest.raises(WrongUsage, match="not yours to code"):
            actions.code_notes(project, "lea", given, "rude")
    with pytest.raises(WrongUsage, match="There is no code"):
        actions.rename_code(project, "lea", "gone", "rude")
    with pytest.raises(NotAllowed):
        actions.coding_board(project, "ana")
    with pytest.raises(NotAllowed):
        actions.code_notes(project, "odo", ids(project, "t-000"), "rude")


def test_notes_on_what_may_still_come_are_withheld(tmp_path: Path) -> None:
    project = shared_project(tmp_path / "project")
    answer_all(project, "ana", bad=("t-000",))
    board = actions.coding_board(project, "lea")
    assert (len(board.notes), board.withheld) == (0, 1)


def test_the_export_has_a_row_per_note_and_code(project: Path, tmp_path: Path) -> None:
    actions.code_notes(project, "lea", ids(project, "t-001"), "=rude")
    assert actions.export_notes(project, tmp_path / "notes.csv") == 4
    rows = pd.read_csv(tmp_path / "notes.csv", keep_default_na=False)
    assert sorted(rows["code"]) == ["", "", "'=rude", "'=rude"]
    assert {"note", "reviewer", "trace_id", "step", "rubric_version"} <= set(rows.columns)


def test_the_pace_is_held_against_the_budget(project: Path) -> None:
    found = actions.pace(project, "lea")
    # Six reviews of a minute each; the template's plan pays for 60 reviews of a minute and a half.
    assert (found.budget, found.spent, found.usual, found.left) == (90, 6, 1, 0)
    assert (found.reviewed, found.twice, found.differ, found.needed) == (3, 3, 2, 0)
