"""What can be done with ticked notes, and with codes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.ui import session
from review_app.ui.widgets import code_lists, deed


def with_notes(ticked: pd.DataFrame, counts: pd.DataFrame) -> None:
    """Draw what can be done with the notes ticked: give them a code, take one off, say which step failed first."""
    who, ids = (session.project(), session.reviewer() or ""), [str(one) for one in ticked["review_id"]]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Code",
            list(counts["code"]),
            index=None,
            accept_new_options=True,
            placeholder="pick one, or type a new one",
        )
        put = st.button("Put on ticked notes", type="primary", disabled=not ids or not name)
        off = st.button("Take off", disabled=not ids or name not in set(counts["code"]))
    if put and name:
        deed.do(lambda: f"Coded: {actions.code_notes(*who, ids, name)}.")
    if off:
        code_id = counts.loc[counts["code"] == name, "code_id"].iloc[0]
        deed.do(lambda: f"Taken off: {actions.uncode_notes(*who, ids, code_id)}.")
    if len(ids) == 1:
        _failing_step(ticked.iloc[0])


def with_codes(ticked: pd.DataFrame, counts: pd.DataFrame) -> None:
    """Draw what can be done with a code: rename it, merge it into another, split the ticked notes off it."""
    who, ids = (session.project(), session.reviewer() or ""), [str(one) for one in ticked["review_id"]]
    code_id = code_lists.pick("Code to change", counts, "code-to-change")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("New name", max_chars=80)
        rename = st.button("Rename", disabled=not code_id or not name)
        split = st.button("Split ticked notes off under this name", disabled=not code_id or not name or not ids)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        into = code_lists.pick("Merge into", counts, "merge-into")
        merge = st.button("Merge", disabled=not code_id or not into)
    if rename and code_id:
        deed.do(lambda: f"Renamed: {actions.rename_code(*who, code_id, name)}.")
    if split and code_id:
        deed.do(lambda: f"Split off: {actions.split_code(*who, code_id, ids, name)}.")
    if merge and code_id and into:
        deed.do(lambda: f"Merged into {actions.merge_codes(*who, code_id, into)}.")


def _failing_step(note: pd.Series[str]) -> None:
    who = session.project(), session.reviewer() or ""
    steps = actions.steps_of(*who, note["trace_id"])
    known = note["step"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        step = st.selectbox("First failing step", steps, index=steps.index(known) if known in steps else None)
        if st.button("Keep the step", disabled=step is None):
            deed.do(lambda: f"Kept: {actions.note_failing_step(*who, note['review_id'], step)}.")
