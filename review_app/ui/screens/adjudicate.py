"""Settle what reviewers see differently, blind to the judge until it is settled."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.review.adjudication import Dispute
from review_app.review.blind import Reveal
from review_app.ui import review_pane, session
from review_app.ui.review_pane import payload
from review_app.ui.widgets import dispute, trouble


def page() -> None:
    """Draw the trace to settle, what people said of it, and the form."""
    name, project = session.reviewer() or "", session.project()
    st.header("Where reviewers differ")
    try:
        waiting, done = actions.to_adjudicate(project, name), actions.adjudicated(project, name)
        if waiting.empty:
            st.caption("Nothing to settle. A trace comes here once its independent reviews are in and differ.")
        else:
            _settle(name, *dispute.pick(waiting))
    except ReviewAppError as error:
        trouble.show(error)
        return
    if not done.empty:
        st.subheader("Settled")
        dispute.settled(done, name)


def _settle(name: str, trace_id: str, rubric_version: str) -> None:
    found = actions.open_dispute(session.project(), name, trace_id, rubric_version)
    dispute.layout()
    place = st.empty()
    with place.container():
        read, decide = st.columns([3, 2], gap="large")
        with decide:
            dispute.sides(found)
            given = dispute.ask(found)
        with read:
            _trace(found, None)
    if given is not None:
        reveal = actions.adjudicate(session.project(), name, trace_id, rubric_version, given)
        with place.container():
            st.subheader("Settled. This is what the judges had said.")
            st.button("Next", type="primary")
            _trace(found, reveal)


def _trace(found: Dispute, reveal: Reveal | None) -> None:
    shown = payload.of_reveal(reveal, found.rubric) if reveal else None
    key = f"dispute:{found.trace.trace_id}:{'after' if reveal else 'before'}"
    review_pane.mount(key, {"mode": "read", "trace": payload.of_trace(found.trace), "reveal": shown})
