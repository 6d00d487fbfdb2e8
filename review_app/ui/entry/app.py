"""The entry script of the pages: navigation, and who is at this browser."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.screens import adjudicate, agreement, coding, golden, review, team, trace, traces
from review_app.ui.widgets import who

STYLE = """<style>
.stMainBlockContainer { padding-top: 4.5rem; }
.stHeading h2 { font-size: 1.6rem; padding: .2rem 0 0; }
.stHeading h3 { font-size: 1.15rem; }
</style>"""

st.set_page_config(page_title="review_app", layout="wide", initial_sidebar_state="collapsed")


def leads() -> bool:
    """Whether the pages of those who lead are for this person. What they show is decided in `actions` all the same."""
    name = session.reviewer()
    try:
        return bool(name) and actions.role(session.project(), name or "") in ("lead", "admin")
    except ReviewAppError:
        return False


EVERYBODY = [
    st.Page(review.page, title="Review", default=True),
    st.Page(agreement.page, title="Agreement", url_path="agreement"),
    st.Page(golden.page, title="Golden", url_path="golden"),
    st.Page(traces.page, title="Traces", url_path="traces"),
    st.Page(trace.page, title="Trace", url_path="trace", visibility="hidden"),
]
LEADS = [
    st.Page(adjudicate.page, title="Adjudicate", url_path="adjudicate"),
    st.Page(coding.page, title="Notes", url_path="notes"),
    st.Page(team.page, title="Team", url_path="team"),
]
chosen = st.navigation([*EVERYBODY, *LEADS] if leads() else EVERYBODY, position="top")
st.html(STYLE)
if session.reviewer():
    chosen.run()
elif session.named_by_proxy():
    who.refused()
else:
    who.ask()
