"""The golden board's lists: what waits for approval, what was decided, what was released."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from review_app.ui.widgets import sheet
from review_app.ui.widgets.disagreement_list import with_links

WAITING: dict[str, Any] = {
    "open": st.column_config.LinkColumn("trace", display_text=r"trace_id=([^&]*)"),
    "layer": "kept as",
    "reason": st.column_config.TextColumn("why", width="large"),
    "proposer": "proposed by",
    "proposed_at": st.column_config.DatetimeColumn("at (UTC)", format="D MMM YYYY, HH:mm"),
}
DECIDED: dict[str, Any] = {**WAITING, "status": "decided", "approver": "by", "decision_note": "note"}
RELEASES: dict[str, Any] = {
    "number": st.column_config.NumberColumn("release", format="%d"),
    "examples": "cases",
    "at": st.column_config.DatetimeColumn("at (UTC)", format="D MMM YYYY, HH:mm"),
    "by": "by",
    "notes": "notes",
    "content_hash": st.column_config.TextColumn("hash", width="large"),
}


def waiting(proposals: pd.DataFrame, reviewer: str) -> list[str]:
    """Draw the open proposals; the ids of those ticked."""
    return sheet.ticked(_readable(proposals, reviewer), WAITING, "example_id", "golden-waiting")


def decided(proposals: pd.DataFrame, reviewer: str) -> None:
    """Draw what was approved or rejected, newest first."""
    frame = _readable(proposals, reviewer).sort_values("proposed_at", ascending=False)
    st.dataframe(frame[list(DECIDED)], column_config=DECIDED, hide_index=True, width="stretch")


def releases(made: pd.DataFrame) -> None:
    """Draw the releases, newest first."""
    frame = made.sort_values("number", ascending=False)[list(RELEASES)]
    st.dataframe(frame, column_config=RELEASES, hide_index=True, width="stretch")


def _readable(proposals: pd.DataFrame, reviewer: str) -> pd.DataFrame:
    return with_links(proposals, reviewer).assign(layer=proposals["layer"].str.replace("_", " "))
