"""Find traces, open one, or send some to the queue by hand."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import deed, trace_list, trouble


def page() -> None:
    """Draw the traces page."""
    name, project = session.reviewer() or "", session.project()
    st.header("Traces")
    session.show_notice()
    try:
        leads = actions.role(project, name) in ("lead", "admin")
        text, filters, length = trace_list.narrow(actions.trace_choices(project, name))
        if text.strip():
            _index()
        trail = session.trail(repr((text, filters, length)))
        # One more than is shown, to know whether there are older ones.
        found = actions.find_traces(project, name, text, filters, length + 1, trail[-1] if trail else None)
    except ReviewAppError as error:
        trouble.show(error)
        return
    if found.empty and not trail:
        st.caption("No trace is like that. Fewer words or filters find more.")
        return
    ticked = trace_list.show(found[:length], name)
    trace_list.leaf(found, length, trail)
    st.caption("What checks and judges said stays hidden while a trace may come to you.")
    if leads:
        if st.button(f"Send {len(ticked):,} to the queue", disabled=not ticked):
            deed.do(lambda: f"Added to the queue by hand: {actions.send_to_queue(project, name, ticked)}.")
        st.caption(
            "What is picked by hand has no known probability of being drawn: its reviews count in no estimate, "
            "and the agreement page says how many there are."
        )


def _index() -> None:
    """Bring the text search up to date; the first time this may take a minute, so it says how far it is."""
    place = st.empty()
    actions.index_traces(session.project(), lambda done: _progress(place, done))
    place.empty()


def _progress(place: DeltaGenerator, done: int) -> None:
    place.caption(f"Reading traces for the search: {done:,}")
