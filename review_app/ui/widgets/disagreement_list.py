"""The traces on which a judge and people differ, each one click from its page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

COLUMNS: dict[str, Any] = {
    "open": st.column_config.LinkColumn("trace", display_text=r"trace_id=([^&]*)", width="medium"),
    "judge": "judge",
    "criterion": "criterion",
    "verdict_label": "judge said",
    "human_label": "people said",
    "reviewers": "reviewers",
    "confidence": st.column_config.NumberColumn("confidence", format="%.2f"),
    "route": "route",
    "language": "language",
}


def show(found: pd.DataFrame, reviewer: str) -> None:
    """Draw the list, with a choice of judge. found: as `actions.disagreements` gives it."""
    if found.empty:
        st.caption("None that you may see: a trace that waits for a review shows up once you have given yours.")
        return
    judges = sorted(found["judge"].unique())
    picked = st.selectbox("Judge", ["all judges", *judges], width=280)
    shown = found if picked == "all judges" else found[found["judge"] == picked]
    st.dataframe(
        with_links(shown, reviewer)[list(COLUMNS)],
        column_config=COLUMNS,
        hide_index=True,
        width="stretch",
        height=min(420, 38 + 35 * len(shown)),
    )
    st.caption(f"{len(shown):,} disagreements. Click one to read the trace.")


def with_links(found: pd.DataFrame, reviewer: str) -> pd.DataFrame:
    """The frame with a column `open`: the address of each trace's page."""
    return found.assign(
        open=[f"/trace?{urlencode({'reviewer': reviewer, 'trace_id': one})}" for one in found["trace_id"]]
    )
