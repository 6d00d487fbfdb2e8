"""Who is at this browser: a name typed once, on a machine where a name is enough."""

from __future__ import annotations

import streamlit as st

from review_app.ui import session


def ask() -> None:
    """A small form that takes a name."""
    with st.container(width=420):
        st.subheader("Who is reviewing?")
        st.caption("Your reviews are kept under this name. Use the same one every time.")
        with st.form("who", border=False):
            typed = st.text_input("Your name", max_chars=session.LONGEST_NAME, autocomplete="nickname")
            if st.form_submit_button("Start", type="primary"):
                name = session.valid_name(typed)
                if name:
                    session.sit_down(name)
                    st.rerun()
                st.error("A name has 1 to 60 visible characters.")


def refused() -> None:
    """Nobody may sit down: the proxy named no one."""
    st.error("The proxy in front of this server did not say who you are.")
    st.text("Ask the person who runs it to check the header it sends.")
