"""The list of traces and what narrows it down."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.ui.widgets import sheet
from review_app.ui.widgets.disagreement_list import with_links

COLUMNS: dict[str, Any] = {
    "open": st.column_config.LinkColumn("trace", display_text=r"trace_id=([^&]*)", width="medium"),
    "at": st.column_config.DatetimeColumn("at (UTC)", format="D MMM YYYY, HH:mm"),
    "route": "route",
    "language": "language",
    "model": "model",
    "prompt_version": "prompt",
    "n_turns": st.column_config.NumberColumn("turns", format="%d"),
    "n_documents": st.column_config.NumberColumn("documents", format="%d"),
    "n_tools": st.column_config.NumberColumn("tools", format="%d"),
    "failed_checks": "failed checks",
    "verdicts": st.column_config.TextColumn("judges said", width="medium"),
}
LENGTHS = (50, 200, 1_000)
ANY = ""


def narrow(choices: actions.Choices) -> tuple[str, dict[str, Any], int]:
    """Draw the search and the filters; what was typed, the filters for `actions.find_traces`, how many to show."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", max_chars=500, placeholder="words in messages, documents, tools, answer")
        period = st.date_input("Period (UTC)", value=[], width=230)
        length = st.selectbox("Show", LENGTHS, format_func=lambda n: f"newest {n:,}", width=150)
    filters: dict[str, Any] = _moments(period)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for column, values in choices.metadata.items():
            if values:
                filters[column] = _one_of(column.replace("_", " "), values)
        if choices.checks:
            filters["failed_check"] = _one_of("failed check", choices.checks)
        if choices.judges:
            filters |= _verdict(choices)
    return text, filters, length


def show(found: pd.DataFrame, reviewer: str) -> list[str]:
    """Draw the list; the ids of the traces ticked. found: as `actions.find_traces` gives it."""
    # Text only: what is missing says so in a word, or with nothing.
    blank = dict.fromkeys(("route", "language", "model", "prompt_version"), "")
    frame = with_links(found, reviewer).fillna(blank | dict.fromkeys(("failed_checks", "verdicts"), "hidden"))
    shown = {name: config for name, config in COLUMNS.items() if name in frame}
    return sheet.ticked(frame, shown, "trace_id", "traces", height=560)


def leaf(found: pd.DataFrame, length: int, trail: list[str]) -> None:
    """Draw where in the list this page stands, and the way to newer and older ones.

    found: what is shown and, if there is more, the row after it. trail: the last trace of each page before this one."""
    first, shown, older = len(trail) * length, min(length, len(found)), len(found) > length
    with st.container(horizontal=True, vertical_alignment="center"):
        if trail or older:
            st.button("Newer", disabled=not trail, on_click=_back, args=(trail,))
            last = str(found["trace_id"].iloc[shown - 1]) if older else ""
            st.button("Older", disabled=not older, on_click=trail.append, args=(last,))
            st.text(f"{first + 1:,} to {first + shown:,}, newest first.")
        else:
            st.text(f"{shown:,} found.")


def _back(trail: list[str]) -> None:
    trail.pop()


def _one_of(name: str, values: tuple[str, ...]) -> str:
    picked: str = st.selectbox(
        name.capitalize(), [ANY, *values], format_func=lambda value: value or f"any {name}", width=170
    )
    return picked


def _verdict(choices: actions.Choices) -> dict[str, str]:
    pairs = [(judge, label) for judge, labels in choices.judges.items() for label in labels]
    picked = st.selectbox(
        "Verdict",
        [None, *pairs],
        format_func=lambda pair: f"{pair[0]}: {pair[1]}" if pair else "any verdict",
        width=220,
    )
    return {"judge": picked[0], "label": picked[1]} if picked else {}


def _moments(period: Any) -> dict[str, datetime]:
    """The whole days picked: one day, or the first and the last of several."""
    days: list[date] = list(period)
    if not days:
        return {}
    first, after = days[0], days[-1] + timedelta(days=1)
    return {"since": datetime.combine(first, time(), UTC), "until": datetime.combine(after, time(), UTC)}
