"""Exports stand alone, and no spreadsheet runs what is in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pandas as pd
import pytest

from review_app import actions
from review_app.errors import WrongUsage
from review_app.review.adjudication import Settlement
from review_app.review.answer import Assertion, Promotion, Submission
from review_app.review.pairwise import shown_order
from review_app.review.spans import Span

from ..ui.projects import make_project, rich_trace
from .desks import answer_all, shared_project


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """ana fails t-001, ben passes it, lea settles it; ben cannot judge t-002."""
    project = shared_project(tmp_path / "project")
    answer_all(project, "ana", bad=("t-001",))
    for outcome in ("judged", "judged", "cannot_judge"):
        item = actions.desk(project, "ben", want=1).items[0]
        answers = {"good_enough": "pass"} if outcome == "judged" else {}
        given = Submission(slot_id=item.slot_id, token=item.token, outcome=outcome, answers=answers, note="=1+1")
        assert actions.submit_review(project, "ben", given).status == "saved"
    version = actions.to_adjudicate(project, "lea")["rubric_version"].iloc[0]
    choice = Settlement(criterion="good_enough", label="fail", note="Rude.")
    actions.adjudicate(project, "lea", "t-001", version, [choice])
    return project


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True, dtype=False)
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.mark.parametrize("name", ["reviews.csv", "reviews.jsonl", "reviews.parquet"])
def test_a_row_per_review_and_criterion(settled: Path, tmp_path: Path, name: str) -> None:
    # ana: 3 answers and a reason for t-001; ben: 2 answers and one review without any.
    assert actions.export_reviews(settled, tmp_path / name) == 7
    rows = read(tmp_path / name)
    mine = rows[(rows["trace_id"] == "t-001") & (rows["reviewer"] == "ana") & (rows["criterion"] == "good_enough")]
    row = mine.iloc[0]
    assert (row["label"], row["note"], row["outcome"]) == ("fail", "ana finds t-001 rude.", "judged")
    assert (row["judge judge-a 1"], float(row["inclusion_probability"])) == ("pass", 1.0)
    assert (row["adjudication"], row["settled_label"], row["settled_by"]) == ("settled", "fail", "lea")
    assert row["rubric_version"]


@pytest.mark.parametrize("name", ["wide.csv", "wide.jsonl", "wide.parquet"])
def test_a_column_per_reviewer(settled: Path, tmp_path: Path, name: str) -> None:
    # good_enough on three traces, and ana's reason.
    assert actions.export_reviews(settled, tmp_path / name, wide=True) == 4
    rows = read(tmp_path / name)
    rows = rows[rows["criterion"] == "good_enough"].set_index("trace_id")
    assert list(rows["label ana"]) == ["pass", "fail", "pass"]
    assert list(rows["label ben"].fillna("")) == ["pass", "pass", ""]
    assert list(rows["outcome ben"]) == ["judged", "judged", "cannot_judge"]
    assert rows.at["t-001", "settled_label"] == "fail"
    assert set(rows["judge judge-a 1"]) == {"pass"}
    assert set(rows["note ben"]) == {"'=1+1" if name.endswith("csv") else "=1+1"}


WITH_SPANS = """
name: spans
criteria:
  - name: good_enough
    question: Good enough?
    labels: [{value: pass, text: Pass}, {value: fail, text: Fail}]
    bad: [fail]
  - {name: better, question: "Which is better?", kind: pairwise}
  - name: claim
    question: What has no support?
    kind: span
    required: false
    labels: [{value: unsupported, text: Unsupported}, {value: untrue, text: Untrue}]
"""


@pytest.mark.parametrize("name", ["reviews.csv", "reviews.jsonl", "reviews.parquet"])
def test_passages_words_sides_and_claims(tmp_path: Path, name: str) -> None:
    one = replace(rich_trace("t-000"), output="=1+1 is two, and so it stays.", alternative="No.")
    project = make_project(tmp_path / "project", every=(one,))
    (project / "rubric.yaml").write_text(WITH_SPANS)
    item = actions.desk(project, "ida").items[0]
    spans = (
        Span(criterion="claim", place="output", start=0, stop=4, quote="=1+1", label="untrue"),
        Span(criterion="claim", place="output", start=13, stop=16, quote="and", label="unsupported"),
    )
    claims = (Assertion(kind="must", text="=say two"), Assertion(kind="must", text="be short"))
    given = Submission(
        slot_id=item.slot_id, token=item.token, answers={"good_enough": "pass", "better": "A"}, spans=spans,
        notes={"good_enough": "@almost"}, promote=Promotion(layer="edge_case", reason="rare", assertions=claims),
    )  # fmt: skip
    assert actions.submit_review(project, "ida", given).message == ""
    assert actions.export_reviews(project, tmp_path / name) == 3
    rows = read(tmp_path / name).set_index("criterion")
    safe = "'" if name.endswith("csv") else ""
    assert rows.at["good_enough", "answer_note"] == f"{safe}@almost"
    assert rows.at["better", "sides_shown"] == ",".join(shown_order("t-000", "ida"))
    assert orjson.loads(rows.at["claim", "spans"]) == [
        {"place": "output", "start": 0, "stop": 4, "quote": "=1+1", "label": "untrue"},
        {"place": "output", "start": 13, "stop": 16, "quote": "and", "label": "unsupported"},
    ]
    assert set(rows["must"]) == {f"{safe}=say two\nbe short"}
    assert not rows["must_not"].fillna("").any()
    assert not rows.drop("claim")["spans"].fillna("").any()


def test_the_name_of_a_column_is_defused_too(tmp_path: Path) -> None:
    project = shared_project(tmp_path / "project")
    (project / "project.yaml").write_text("name: open to all\n")
    answer_all(project, "=HYPERLINK(1)")
    actions.export_reviews(project, tmp_path / "wide.csv", wide=True)
    assert all(column[0] not in "=+-@" for column in read(tmp_path / "wide.csv").columns)


def test_without_reviews_there_are_columns(tmp_path: Path) -> None:
    project = shared_project(tmp_path / "project")
    for wide in (False, True):
        assert actions.export_reviews(project, tmp_path / "none.csv", wide) == 0
        assert "settled_by" in read(tmp_path / "none.csv").columns


def test_another_ending_is_refused(settled: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="we write"):
        actions.export_reviews(settled, tmp_path / "reviews.xlsx")
