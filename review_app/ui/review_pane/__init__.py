"""The screen reviewers work on: a small component of our own, because it must be faster than a page rerun.

Keys, focus, drafts and the step to the next item live in the browser (`assets/`, plain ES modules). Python sends
items ahead (`payload`), receives answers in an outbox that is sent again until acknowledged (`messages`), and is the
authority on everything. What only looks like a copy of a server rule in the browser is a courtesy to the reviewer.
"""

from __future__ import annotations

import functools
from typing import Any

import streamlit as st


def mount(key: str, data: dict[str, Any]) -> None:
    """Draw the pane. Its messages arrive in the session state under `key`, as {"outbox": ...}."""
    _component()(key=key, data=data, on_outbox_change=lambda: None)


@functools.cache
def _component() -> Any:
    # Not at import: the files are known to a running server only, and tests import the modules beside this one.
    return st.components.v2.component(
        "review-app.review_pane",
        html='<div class="rv" tabindex="-1"></div>',
        css="review_pane.css",
        js="review_pane.js",
        isolate_styles=False,
    )
