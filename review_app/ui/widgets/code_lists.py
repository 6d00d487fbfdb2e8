"""Notes to put a name on, and the names there are."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from review_app.ui.widgets import sheet
from review_app.ui.widgets.disagreement_list import with_links

NOTES: dict[str, Any] = {
    "note": st.column_config.TextColumn("note", width=320),
    "codes": st.column_config.TextColumn("codes", width=160),
    "step": st.column_config.TextColumn("failed first", width=90),
    "reviewer": st.column_config.TextColumn("by", width=80),
    "open": st.column_config.LinkColumn("trace", display_text=r"trace_id=([^&]*)", width=80),
}
CODES: dict[str, Any] = {
    "code": "code",
    "notes": st.column_config.NumberColumn("notes", format="%d", width=60),
    "traces": st.column_config.NumberColumn("traces", format="%d", width=60),
}


def notes(found: pd.DataFrame, reviewer: str) -> pd.DataFrame:
    """Draw the notes; the rows ticked. found: `actions.CodingBoard.notes`, narrowed or not."""
    frame = with_links(found, reviewer).fillna({"step": ""})
    return found[found["review_id"].isin(sheet.ticked(frame, NOTES, "review_id", "notes"))]


def codes(counts: pd.DataFrame) -> None:
    """Draw the codes with their counts."""
    st.dataframe(counts[list(CODES)], column_config=CODES, hide_index=True, width="stretch")


def pick(label: str, counts: pd.DataFrame, key: str) -> str | None:
    """Draw a choice of one code; its id."""
    names = dict(zip(counts["code_id"], counts["code"], strict=True))
    picked: str | None = st.selectbox(
        label, list(names), index=None, placeholder="pick a code", format_func=lambda one: names.get(one, ""), key=key
    )
    return picked
