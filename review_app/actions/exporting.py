"""Reviews in a file that stands alone."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from review_app.actions.workspace import opened
from review_app.errors import WrongUsage
from review_app.store import draws as draw_table
from review_app.store import reviews as review_table
from review_app.store import verdicts as verdict_table
from review_app.tables import spreadsheet_safe


def export_reviews(project: Path, to: Path) -> int:
    """Write every answer of every review as .csv, .jsonl or .parquet; the number of rows.

    One row per review and criterion, with the author, the note, the rubric's version, each judge's label on the same
    criterion, and the probability with which the trace was drawn. Only the CSV is defused for spreadsheets."""
    workspace = opened(project)
    reviews = review_table.frame(workspace.store)
    drawn = draw_table.drawn(workspace.store, workspace.settings.plan.queue)
    chance = drawn.set_index("trace_id")["inclusion_probability"]
    rows = reviews.assign(
        inclusion_probability=reviews["inclusion_probability"].fillna(reviews["trace_id"].map(chance))
    )
    rows = rows.merge(_judges(verdict_table.frame(workspace.store)), how="left", on=["trace_id", "criterion"])
    _write(rows, to)
    return len(rows)


def _judges(verdicts: pd.DataFrame) -> pd.DataFrame:
    named = verdicts.assign(column="judge " + verdicts["judge"] + " " + verdicts["judge_version"])
    return named.pivot_table(
        index=["trace_id", "criterion"], columns="column", values="label", aggfunc="first"
    ).reset_index()


def _write(rows: pd.DataFrame, to: Path) -> None:
    if to.suffix == ".csv":
        rows.map(spreadsheet_safe).to_csv(to, index=False, quoting=csv.QUOTE_ALL)
    elif to.suffix == ".jsonl":
        rows.to_json(to, orient="records", lines=True, date_format="iso", force_ascii=False)
    elif to.suffix == ".parquet":
        rows.to_parquet(to, index=False)
    else:
        raise WrongUsage(f"{to.name}: we write .csv, .jsonl and .parquet.", do="Give the file one of these endings.")
