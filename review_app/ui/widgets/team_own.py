"""One person's own figures, as they see them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.ui.widgets import csv_file, sheet

AGAIN = ("question", "asked again", "same answer", "95 % interval", "")


def progress(found: actions.OwnWork) -> None:
    """Draw how far this person is and how long their reviews take."""
    done = f"{found.progress.done:,} done, {found.progress.left:,} open to you."
    if not found.pace.timed or not found.pace.seconds:
        sheet.show(sheet.lead(done))
        return
    minutes = found.pace.seconds / found.pace.timed / 60
    spent = f"A review takes you {minutes:.1f} minutes on average: {found.pace.seconds / 60:,.0f} minutes for "
    sheet.show(sheet.lead(done), sheet.note(f"{spent}{found.pace.timed:,} timed reviews."))


def consistency(found: pd.DataFrame) -> None:
    """Draw how often they gave the same answer when an own trace came back unseen."""
    if found.empty:
        st.caption("None of your own traces came back so far. Now and then one does, unseen among the others.")
        return
    rows: list[list[sheet.Cell]] = [
        [
            str(row["criterion"]).replace("_", " "),
            sheet.number(f"{row['n']:,}"),
            sheet.number(f"{row['share']:.0%}"),
            sheet.number(f"{row['low']:.0%} to {row['high']:.0%}"),
            sheet.track(row["low"], row["share"], row["high"]),
        ]
        for row in found.to_dict("records")
    ]
    sheet.show(sheet.table(AGAIN, rows, "the same answer when asked again"))
    csv_file.offer(found, "asked_again")
    st.caption(
        "For you and whoever leads alone. People differ from their own earlier answer about one time in four; where "
        "you often do, the question may need clearer words."
    )
