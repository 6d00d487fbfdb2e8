"""Reviews in a file that stands alone."""

from __future__ import annotations

import csv
from pathlib import Path

import orjson
import pandas as pd

from review_app.actions.workspace import Workspace, opened
from review_app.errors import WrongUsage
from review_app.review.adjudication import independent
from review_app.store import adjudications, new_slots
from review_app.store import draws as draw_table
from review_app.store import reviews as review_table
from review_app.store import verdicts as verdict_table
from review_app.tables import spreadsheet_safe

_ANSWER = ["review_id", "criterion"]
_PASSAGE = ("place", "start", "stop", "quote", "label")
_QUESTION = ["trace_id", "rubric_version", "criterion"]
_SETTLED = {
    "outcome": "adjudication",
    "label": "settled_label",
    "correction": "settled_correction",
    "note": "settled_note",
    "settled_by": "settled_by",
    "at": "settled_at",
}


def export_reviews(project: Path, to: Path, wide: bool = False) -> int:
    """Write what people said as .csv, .jsonl or .parquet; the number of rows.

    One row per review and criterion, with all that was said, marked and asked of an acceptable answer, each judge's
    label on the same criterion, the probability with which the trace was drawn, whether a hand chose it, and what an
    adjudication settled; docs/exports.md names every column. `wide`: one row per trace and criterion, with a column
    per reviewer. Only the CSV is defused for spreadsheets."""
    workspace = opened(project)
    reviews = review_table.frame(workspace.store)
    rows = _wide(reviews) if wide else _long(workspace, reviews)
    rows = rows.assign(inclusion_probability=_chance(workspace, reviews, rows["trace_id"]))
    rows = rows.merge(_judges(verdict_table.frame(workspace.store)), how="left", on=["trace_id", "criterion"])
    settled = adjudications.settled(workspace.store)[[*_QUESTION, *_SETTLED]].rename(columns=_SETTLED)
    rows = rows.merge(settled, how="left", on=_QUESTION)
    write(rows, to)
    return len(rows)


def write(rows: pd.DataFrame, to: Path) -> None:
    """Write a frame by the ending of its file's name. Raises WrongUsage for an ending we do not write."""
    if to.suffix == ".csv":
        # The names of columns hold names of people and judges: they are as foreign as the cells.
        safe = rows.map(spreadsheet_safe).rename(columns=spreadsheet_safe)
        safe.to_csv(to, index=False, quoting=csv.QUOTE_ALL)
    elif to.suffix == ".jsonl":
        rows.to_json(to, orient="records", lines=True, date_format="iso", force_ascii=False)
    elif to.suffix == ".parquet":
        rows.to_parquet(to, index=False)
    else:
        raise WrongUsage(f"{to.name}: we write .csv, .jsonl and .parquet.", do="Give the file one of these endings.")


def _long(workspace: Workspace, reviews: pd.DataFrame) -> pd.DataFrame:
    store = workspace.store
    words = review_table.details(store).rename(columns={"note": "answer_note", "shown": "sides_shown"})
    by_hand = reviews["review_id"].isin(new_slots.hand_picked_reviews(store))
    marked = _marked(review_table.spans(store))
    rows = (
        reviews.assign(hand_picked=by_hand).merge(words, how="left", on=_ANSWER).merge(marked, how="left", on=_ANSWER)
    )
    return rows.merge(_claims(review_table.claims(store)), how="left", on="review_id")


def _marked(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per answer with marked passages: review_id, criterion, and `spans`, a list of them as JSON text."""
    found: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in spans.to_dict("records"):
        found.setdefault((row["review_id"], row["criterion"]), []).append({name: row[name] for name in _PASSAGE})
    rows = [(*answer, orjson.dumps(passages).decode()) for answer, passages in found.items()]
    return pd.DataFrame(rows, columns=[*_ANSWER, "spans"], dtype=object)


def _claims(claims: pd.DataFrame) -> pd.DataFrame:
    """One row per review with claims: review_id, must, must_not; each text holds one claim a line."""
    made = claims.pivot_table(index="review_id", columns="kind", values="body", aggfunc="\n".join)
    return made.reindex(columns=["must", "must_not"]).reset_index().astype(object)


def _chance(workspace: Workspace, reviews: pd.DataFrame, trace_ids: pd.Series[str]) -> pd.Series[float]:
    """The probability with which each trace was drawn: by us, or as a file of reviews stated it; NA where unknown."""
    drawn = draw_table.drawn(workspace.store, workspace.settings.plan.queue)
    stated = reviews.dropna(subset=["inclusion_probability"]).groupby("trace_id")["inclusion_probability"].max()
    ours = drawn.set_index("trace_id")["inclusion_probability"]
    return trace_ids.map(stated).fillna(trace_ids.map(ours))


def _judges(verdicts: pd.DataFrame) -> pd.DataFrame:
    named = verdicts.assign(column="judge " + verdicts["judge"] + " " + verdicts["judge_version"])
    return named.pivot_table(
        index=["trace_id", "criterion"], columns="column", values="label", aggfunc="first"
    ).reset_index()


def _wide(reviews: pd.DataFrame) -> pd.DataFrame:
    """One row per trace, rubric version and criterion: each reviewer's independent label, and what became of their
    review and their note beside it."""
    blind = reviews[~reviews["assisted"] & reviews["repeat_of"].isna()].sort_values("at", kind="stable")
    labels = _by_reviewer(independent(reviews), _QUESTION, ["label"])
    whole = _by_reviewer(blind, _QUESTION[:2], ["outcome", "note", "correction"])
    return labels.merge(whole, how="outer", on=_QUESTION[:2])


def _by_reviewer(rows: pd.DataFrame, key: list[str], columns: list[str]) -> pd.DataFrame:
    """One row per key; a column per reviewer for each of `columns`, named "label ana"; of several rows the last."""
    last = rows.drop_duplicates([*key, "reviewer"], keep="last")
    spread = last.pivot(index=key, columns="reviewer", values=columns)
    spread.columns = pd.Index([f"{column} {reviewer}" for column, reviewer in spread.columns])
    return spread.reset_index()
