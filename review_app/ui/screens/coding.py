"""Open coding: read notes, name what they have in common, count."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import code_deeds, code_lists, trouble


def page() -> None:
    """Draw the notes with their codes, and the codes with their counts."""
    name = session.reviewer() or ""
    st.header("What goes wrong, in people's words")
    session.show_notice()
    try:
        board = actions.coding_board(session.project(), name)
    except ReviewAppError as error:
        trouble.show(error)
        return
    if board.withheld:
        st.caption(f"{board.withheld:,} notes are hidden: you may still be asked to review their traces.")
    if board.notes.empty:
        st.caption("No notes yet. Reviewers write them at the desk; read some before you name anything.")
        return
    read, named = st.columns([5, 2], gap="large")
    with read:
        only_new = st.toggle("Only notes without a code", key="uncoded")
        shown = board.notes[board.notes["codes"] == ""] if only_new else board.notes
        ticked = code_lists.notes(shown, name)
        code_deeds.with_notes(ticked, board.counts)
    with named:
        st.subheader("Codes")
        if board.counts.empty:
            st.caption("Tick notes that say the same thing, and give them a name.")
        else:
            code_lists.codes(board.counts)
            code_deeds.with_codes(ticked, board.counts)
