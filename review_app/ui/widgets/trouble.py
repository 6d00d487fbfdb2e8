"""An error of ours as a person should meet it: what happened, where, what to do; no stack trace."""

from __future__ import annotations

import streamlit as st

from review_app.errors import ReviewAppError


def show(error: ReviewAppError) -> None:
    """Draw the error. Its words may quote foreign text, so they are text and never Markdown."""
    with st.container(border=True):
        st.badge("That did not work", color="red")
        st.text(error.message)
        if error.where:
            st.text(f"Where: {error.where}")
        if error.do:
            st.text(f"What to do: {error.do}")
