"""How far a queue and its people are: counts, never a ranking."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.ui.widgets import sheet

PEOPLE = ("person", "done", "left for them", "minutes", "an hour", "last review (UTC)", "asked twice", "same answer")
LEASES: dict[str, Any] = {
    "trace_id": "trace",
    "reviewer": "held by",
    "lease_until": st.column_config.DatetimeColumn("until (UTC)", format="D MMM YYYY, HH:mm"),
    "stale": st.column_config.CheckboxColumn("ran out"),
}
COUNTED = ("total", "done", "open", "leased", "deferred", "assigned", "skipped")


def queues(found: pd.DataFrame) -> None:
    """Draw a row per queue: how many reviews it needs and where each of them is, and when it is due."""
    rows: list[list[sheet.Cell]] = [
        [str(row["queue"]), *(sheet.number(f"{row[name]:,}") for name in COUNTED), _due(row["due"])]
        for _, row in found.iterrows()
    ]
    sheet.show(sheet.table(["queue", *COUNTED, "due"], rows, "progress of each queue"))


def pace(found: actions.Pace) -> None:
    """Draw what the time spent and the time to come say against the budget, and how much is reviewed twice."""
    spent = f"{found.spent:,.0f} of {found.budget:,.0f} budgeted reviewer-minutes are spent."
    if found.usual is None or found.needed is None:
        coming = f"{found.left:,} reviews are to come; how long they take is known after the first."
    else:
        coming = f"A review usually takes {found.usual:.1f} minutes, so the {found.left:,} to come take about "
        coming += f"{found.needed:,.0f}; {_over(found.spent + found.needed - found.budget)}"
    overlap = f"{found.twice:,} of {found.reviewed:,} reviewed traces have independent reviews of two people or more"
    sheet.show(
        sheet.lead(spent), sheet.note(coming), sheet.note(f"{overlap}; on {found.differ:,} of them they differ.")
    )


def people(found: pd.DataFrame) -> None:
    """Draw a row per person, by name."""
    rows = [_person(row) for _, row in found.sort_values("reviewer").iterrows()]
    sheet.show(sheet.table(PEOPLE, rows, "how far each person is"))
    st.caption(
        "For you and each person alone, and no measure of worth: speed does not predict quality, and people differ "
        "from their own earlier answer about one time in four."
    )


def leases(found: pd.DataFrame) -> list[str]:
    """Draw who holds what; the ids of the slots ticked."""
    frame = found.sort_values("lease_until").reset_index(drop=True)
    return sheet.ticked(frame, LEASES, "slot_id", "leases")


def _person(row: pd.Series[Any]) -> list[sheet.Cell]:
    last = "–" if pd.isna(row["last_at"]) else f"{row['last_at']:%-d %b %Y, %H:%M}"
    same = _figure(row["self_consistency"], ".0%")
    if not pd.isna(row["self_consistency"]):
        same += f" (95 %: {row['self_low']:.0%} to {row['self_high']:.0%})"
    counts = [sheet.number(_figure(row[name], ",.0f")) for name in ("done", "left", "minutes", "per_hour")]
    return [str(row["reviewer"]), *counts, last, sheet.number(_figure(row["repeats"], ",.0f")), sheet.number(same)]


def _figure(value: Any, form: str) -> str:
    return "–" if pd.isna(value) else format(value, form)


def _over(minutes: float) -> str:
    return f"{minutes:,.0f} more than the budget." if minutes >= 0.5 else "the budget is enough."


def _due(due: Any) -> str:
    return "no date" if pd.isna(due) else f"{due:%-d %b %Y}"
