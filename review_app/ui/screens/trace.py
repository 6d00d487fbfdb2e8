"""One trace by its address; the verdicts only for those who have reviewed it."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import review_pane, session
from review_app.ui.review_pane import payload
from review_app.ui.widgets import trouble


def page() -> None:
    """Draw the trace that the address bar names."""
    trace_id = session.asked_for("trace_id")
    if not trace_id:
        st.info("This page shows one trace. Open it from a list, or add ?trace_id=… to the address.")
        return
    try:
        who = session.project(), session.reviewer() or ""
        trace, reveal = actions.open_trace(*who, trace_id)
        rubric = actions.rubric_asked(*who, trace_id)
    except ReviewAppError as error:
        trouble.show(error)
        return
    shown = payload.of_reveal(reveal, rubric) if reveal else None
    review_pane.mount(f"trace:{trace_id}", {"mode": "read", "trace": payload.of_trace(trace), "reveal": shown})
