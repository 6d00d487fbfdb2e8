"""What a button does: one action, then the page as it is afterwards."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import trouble


def do(act: Callable[[], str]) -> None:
    """Act, then draw the page anew with the line `act` gave back; an error of ours is shown where the button is."""
    try:
        done = act()
    except ReviewAppError as error:
        trouble.show(error)
        return
    session.give_notice(done)
    st.rerun()
