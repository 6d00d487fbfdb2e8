"""The golden set: read, approve or reject what was proposed, retire what no longer stands, freeze a release."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import deed, golden_case, golden_lists, trouble


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
    _waiting(board.proposals[is_open])
    if not is_open.all():
        st.subheader("Decided")
        _decided(board.proposals[~is_open])
    if not board.proposals.empty:
        _one_case(board.proposals)
    st.subheader("Releases")
    _releases(board)
    if not board.proposals.empty:
        with st.expander("What the approved cases cover, and how traffic moved since"):
            golden_lists.covered(actions.golden_coverage(project))
            golden_lists.drifted(actions.golden_drift(project))


def _waiting(proposals: pd.DataFrame) -> None:
    name, project = session.reviewer() or "", session.project()
    if proposals.empty:
        st.caption("Nothing waits. Reviewers propose cases at the review desk with the key g.")
        return
    st.caption("Tick the cases you have read. A case is approved by somebody who did not propose it.")
    ticked = golden_lists.waiting(proposals, name)
    golden_lists.found(actions.golden_findings(project, name, ticked))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        approve = st.button("Approve", type="primary", disabled=not ticked)
        reject = st.button("Reject", disabled=not ticked)
        reason = st.text_input(
            "Why", max_chars=500, placeholder="needed to reject, or to approve despite what was found", key="golden-why"
        )
    if approve:
        deed.do(lambda: f"Approved: {actions.approve_golden(project, name, ticked, reason)}.")
    if reject:
        deed.do(lambda: f"Rejected: {actions.reject_golden(project, name, ticked, reason)}.")


def _decided(proposals: pd.DataFrame) -> None:
    name, project = session.reviewer() or "", session.project()
    ticked = golden_lists.decided(proposals, name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        retire = st.button("Retire", disabled=not ticked)
        reason = st.text_input("Why it no longer stands", max_chars=500, key="golden-retire")
    if retire:
        deed.do(lambda: f"Retired: {actions.retire_golden(project, name, ticked, reason)}.")


def _one_case(proposals: pd.DataFrame) -> None:
    name, project = session.reviewer() or "", session.project()
    st.subheader("One case in full")
    ids = list(proposals["example_id"])
    chosen = st.selectbox("Case", ids, index=None, placeholder="choose one to see where it comes from")
    if chosen is None:
        return
    try:
        case = actions.golden_case(project, name, chosen)
    except ReviewAppError as error:
        trouble.show(error)
        return
    golden_case.show(case, actions.golden_findings(project, name, [chosen])[chosen])


def _releases(board: actions.GoldenBoard) -> None:
    numbers = list(board.releases["number"])
    if numbers:
        golden_lists.releases(board.releases)
        with st.expander("What a release covers and changed"):
            _one_release(st.selectbox("Release", numbers[::-1]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        release = st.button("Release", disabled=not (board.proposals["status"] == "approved").any())
        notes = st.text_input("Notes for the next release", max_chars=500)
    if release:
        deed.do(lambda: _released(notes))


def _one_release(number: int) -> None:
    project = session.project()
    try:
        golden_lists.covered(actions.golden_coverage(project, number))
        if number > 1:
            golden_lists.changed(actions.diff_golden(project, number - 1, number))
    except ReviewAppError as error:
        trouble.show(error)


def _released(notes: str) -> str:
    made = actions.release_golden(session.project(), session.reviewer() or "", notes)
    cases = "1 case" if made.examples == 1 else f"{made.examples:,} cases"
    return f"Release {made.number} holds {cases}: {made.content_hash}"
