"""A table as a file to keep, which no spreadsheet will run anything from."""

from __future__ import annotations

import csv

import pandas as pd
import streamlit as st

from review_app.tables import spreadsheet_safe


def offer(rows: pd.DataFrame, name: str, key: str = "") -> None:
    """Draw a button that downloads the rows, unrounded, as `name`.csv. key: tells several of one name apart."""
    safe = rows.map(spreadsheet_safe).rename(columns=spreadsheet_safe)
    st.download_button(
        "CSV",
        safe.to_csv(index=False, quoting=csv.QUOTE_ALL),
        file_name=f"{name}.csv",
        mime="text/csv",
        key=f"csv:{name}:{key}",
        on_click="ignore",
    )
