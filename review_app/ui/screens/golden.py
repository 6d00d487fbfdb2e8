"""The golden set: approve or reject what reviewers proposed, and freeze a release."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import deed, golden_lists, trouble


def page() -> None:
    """Draw the golden page."""
    name, project = session.reviewer() or "", session.project()
    st.header("Golden set")
    session.show_notice()
    try:
        board = actions.golden_board(project, name)
    except ReviewAppError as error:
        trouble.show(error)
        return
    is_open = board.proposals["status"] == "proposed"
    st.subheader("Waiting for approval")
    if is_open.any():
        st.caption("Tick the cases you have read. A case is approved by somebody who did not propose it.")
        ticked = golden_lists.waiting(board.proposals[is_open], name)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            approve = st.button("Approve", type="primary", disabled=not ticked)
            reject = st.button("Reject", disabled=not ticked)
            reason = st.text_input("Why it is not kept", max_chars=500, placeholder="needed to reject")
        if approve:
            deed.do(lambda: f"Approved: {actions.approve_golden(project, name, ticked)}.")
        if reject:
            deed.do(lambda: f"Rejected: {actions.reject_golden(project, name, ticked, reason)}.")
    else:
        st.caption("Nothing waits. Reviewers propose cases at the review desk with the key g.")
    if not is_open.all():
        st.subheader("Decided")
        golden_lists.decided(board.proposals[~is_open], name)
    st.subheader("Releases")
    if not board.releases.empty:
        golden_lists.releases(board.releases)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        release = st.button("Release", disabled=not (board.proposals["status"] == "approved").any())
        notes = st.text_input("Notes for the next release", max_chars=500)
    if release:
        deed.do(lambda: _released(notes))


def _released(notes: str) -> str:
    made = actions.release_golden(session.project(), session.reviewer() or "", notes)
    cases = "1 case" if made.examples == 1 else f"{made.examples:,} cases"
    return f"Release {made.number} holds {cases}: {made.content_hash}"
