"""The entry script of the pages: navigation, and who is at this browser."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.screens import (
    adjudicate,
    agreement,
    blind_spots,
    candidates,
    coding,
    figure,
    gate,
    golden,
    own_work,
    review,
    reviewers,
    sampling,
    team,
    trace,
    traces,
)
from review_app.ui.widgets import who

# Streamlit writes white on the primary colour, which in the dark theme is too light for it. Its grids offer their rows
# as a CSV that a spreadsheet would run formulas from; our exports do not.
STYLE = """<style>
.stMainBlockContainer { padding-top: 4.5rem; }
.stHeading h2 { font-size: 1.6rem; padding: .2rem 0 0; }
.stHeading h3 { font-size: 1.15rem; }
.stApp button[kind^="primary"]:enabled { background: #235c8e; border-color: #235c8e; }
.stApp button[kind^="primary"]:enabled:hover { background: #1b4a73; border-color: #1b4a73; }
[data-testid="stElementToolbarButton"]:has([aria-label="Download as CSV"]) { display: none; }
</style>"""

st.set_page_config(page_title="review_app", layout="wide", initial_sidebar_state="collapsed")


def role() -> str:
    """Whose pages to offer; empty for nobody and strangers. What a page shows is decided in `actions` all the same."""
    name = session.reviewer()
    try:
        return actions.role(session.project(), name) if name else ""
    except ReviewAppError:
        return ""


EVERYBODY = [
    st.Page(review.page, title="Review", default=True),
    st.Page(agreement.page, title="Agreement", url_path="agreement"),
    st.Page(blind_spots.page, title="Blind spots", url_path="blind-spots"),
    st.Page(golden.page, title="Golden", url_path="golden"),
    st.Page(candidates.page, title="Candidates", url_path="candidates"),
    st.Page(gate.page, title="Gate", url_path="gate"),
    st.Page(traces.page, title="Traces", url_path="traces"),
    st.Page(reviewers.page, title="Reviewers", url_path="reviewers"),
    st.Page(trace.page, title="Trace", url_path="trace", visibility="hidden"),
    st.Page(figure.page, title="Traces behind a figure", url_path="figure", visibility="hidden"),
]
REVIEWERS = [st.Page(own_work.page, title="My work", url_path="my-work")]
LEADS = [
    st.Page(adjudicate.page, title="Adjudicate", url_path="adjudicate"),
    st.Page(coding.page, title="Notes", url_path="notes"),
    st.Page(team.page, title="Team", url_path="team"),
    st.Page(sampling.page, title="Sampling", url_path="sampling"),
]
ALL = [*EVERYBODY, *REVIEWERS, *LEADS]
PAGES = {"reviewer": [*EVERYBODY, *REVIEWERS], "lead": ALL, "admin": ALL}
chosen = st.navigation(PAGES.get(role(), EVERYBODY), position="top")
st.html(STYLE)
if session.reviewer():
    chosen.run()
elif session.named_by_proxy():
    who.refused()
else:
    who.ask()
