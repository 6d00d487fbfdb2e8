"""For the lead: how far the queue and its people are, and what is held up."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import deed, team_lists, trouble


def page() -> None:
    """Draw the team page."""
    name, project = session.reviewer() or "", session.project()
    st.header("Team")
    session.show_notice()
    try:
        found, pace = actions.team(project, name), actions.pace(project, name)
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
    st.subheader("Held now")
    if found.leases.empty:
        st.caption("Nobody holds a trace.")
        return
    ticked = team_lists.leases(found.leases)
    if st.button(f"Release {len(ticked):,}", disabled=not ticked):
        deed.do(lambda: _released(ticked))
    st.caption("A released trace goes to whoever comes next; what its holder sends afterwards is refused, text kept.")


def _released(slot_ids: list[str]) -> str:
    for slot_id in slot_ids:
        actions.release_lease(session.project(), session.reviewer() or "", slot_id)
    return f"Released: {len(slot_ids):,}."
