"""For the lead: how far the queue and its people are, what an edited rubric left behind, and what is held up."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import deed, team_lists, team_rubric, trouble


def page() -> None:
    """Draw the team page."""
    name, project = session.reviewer() or "", session.project()
    st.header("Team")
    session.show_notice()
    try:
        found, pace = actions.team(project, name), actions.pace(project, name)
        changed = actions.rubric_changes(project, name)
    except ReviewAppError as error:
        trouble.show(error)
        return
    team_lists.pace(pace)
    team_lists.queues(found.queues)
    st.subheader("People")
    if found.people.empty:
        st.caption("Nobody has reviewed yet.")
    else:
        team_lists.people(found.people)
    team_rubric.section(changed)
    _held(found.leases)


def _held(leases: pd.DataFrame) -> None:
    st.subheader("Held now")
    if leases.empty:
        st.caption("Nobody holds a trace.")
        return
    ticked = team_lists.leases(leases)
    if st.button(f"Release {len(ticked):,}", disabled=not ticked):
        deed.do(lambda: _released(ticked))
    st.caption("A released trace goes to whoever comes next; what its holder sends afterwards is refused, text kept.")


def _released(slot_ids: list[str]) -> str:
    for slot_id in slot_ids:
        actions.release_lease(session.project(), session.reviewer() or "", slot_id)
    return f"Released: {len(slot_ids):,}."
