"""For each person alone: how far they are, how long a review takes them, and whether they say the same again."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import team_own, trouble


def page() -> None:
    """Draw the page of the person at this browser."""
    st.header("My work")
    try:
        found = actions.own_work(session.project(), session.reviewer() or "")
    except ReviewAppError as error:
        trouble.show(error)
        return
    team_own.progress(found)
    st.subheader("Asked again")
    team_own.consistency(found.consistency)
