"""What editing the rubric changed, and giving earlier reviews again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.ui import session
from review_app.ui.widgets import deed, sheet

CHANGES = ("since version", "question", "what changed", "before", "now")
PEOPLE = ("person", "given under an earlier rubric", "to be given again", "can be sent back")


def section(found: actions.RubricChanges) -> None:
    """Draw what changed since each rubric that reviews were given under, whom it affects, and the way to mend it."""
    st.subheader("Rubric changes")
    if found.affected.empty:
        st.caption(f"All reviews that count answer the rubric in force ({found.version}).")
        return
    changes(found.changes)
    people(found.affected)
    left = found.affected[~found.affected["sent_back"] & found.affected["may_answer"]]
    chosen = _chosen(left)
    if st.button(f"Send {len(chosen):,} back", disabled=chosen.empty):
        deed.do(lambda: _sent(list(chosen["review_id"])))
    st.caption(
        "Who gave them is asked again, without being shown what they said. The old reviews stay and keep their rubric; "
        "no figure mixes two."
    )


def changes(found: pd.DataFrame) -> None:
    """Draw a row per change."""
    rows: list[list[sheet.Cell]] = [
        [
            str(row["rubric_version"]),
            str(row["criterion"] or "the whole rubric"),
            str(row["what"]),
            str(row["before"] or "–"),
            str(row["after"] or "–"),
        ]
        for row in found.to_dict("records")
    ]
    if not rows:
        rows = [["", "the whole rubric", "names or keys only: nothing that is asked", "–", "–"]]
    sheet.show(sheet.table(CHANGES, rows, "what changed in the rubric"))


def people(affected: pd.DataFrame) -> None:
    """Draw a row per person, by name."""
    rows: list[list[sheet.Cell]] = []
    for name, theirs in affected.groupby("reviewer", sort=True):
        open_ = int((~theirs["sent_back"] & theirs["may_answer"]).sum())
        counts = (len(theirs), int(theirs["sent_back"].sum()), open_)
        rows.append([str(name), *(sheet.number(f"{count:,}") for count in counts)])
    sheet.show(sheet.table(PEOPLE, rows, "reviews given under an earlier rubric"))


def _chosen(left: pd.DataFrame) -> pd.DataFrame:
    """The reviews that can be sent back: all, or those silent on one of the questions picked."""
    asked = left["criteria"].str.split(",")
    names = sorted({name for one in asked for name in one if name})
    picked = set(st.multiselect("Only those that no longer speak for (empty: all)", names))
    return left[[not picked or bool(picked & set(one)) for one in asked]]


def _sent(review_ids: list[str]) -> str:
    return f"Sent back: {actions.send_back(session.project(), session.reviewer() or '', review_ids):,}."
