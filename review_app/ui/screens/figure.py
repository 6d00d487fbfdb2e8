"""The traces a figure was counted from, as its link names them."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import figure_list, trouble


def page() -> None:
    """Draw the traces of the figure in the address bar."""
    name, figure = session.reviewer() or "", session.conditions()
    st.header("The traces behind a figure")
    if not figure:
        st.info("This page lists what one figure counts. Follow a number of the pages Agreement or Reviewers.")
        return
    try:
        found = actions.traces_behind(session.project(), name, figure)
    except ReviewAppError as error:
        trouble.show(error)
        return
    figure_list.show(found, figure, name)
