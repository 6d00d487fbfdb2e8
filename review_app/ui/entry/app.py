"""The entry script of the pages: navigation, and who is at this browser."""

from __future__ import annotations

import streamlit as st

from review_app.ui import session
from review_app.ui.screens import agreement, golden, review, trace
from review_app.ui.widgets import who

STYLE = """<style>
.stMainBlockContainer { padding-top: 4.5rem; }
.stHeading h2 { font-size: 1.6rem; padding: .2rem 0 0; }
.stHeading h3 { font-size: 1.15rem; }
</style>"""

st.set_page_config(page_title="review_app", layout="wide", initial_sidebar_state="collapsed")

PAGES = [
    st.Page(review.page, title="Review", default=True),
    st.Page(agreement.page, title="Agreement", url_path="agreement"),
    st.Page(golden.page, title="Golden", url_path="golden"),
    st.Page(trace.page, title="Trace", url_path="trace", visibility="hidden"),
]
chosen = st.navigation(PAGES, position="top")
st.html(STYLE)
if session.reviewer():
    chosen.run()
elif session.named_by_proxy():
    who.refused()
else:
    who.ask()
