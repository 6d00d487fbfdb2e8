"""The only user of Streamlit's session state: who sits here, and what their browser said last.

A session may be gone at any time (a restart, two minutes offline), so nothing that matters lives here only.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import streamlit as st

from review_app.errors import WrongUsage
from review_app.ui.outbox import Sitting
from review_app.ui.review_pane import messages

PROJECT_VARIABLE = "REVIEW_APP_PROJECT"
USER_HEADER_VARIABLE = "REVIEW_APP_USER_HEADER"
LONGEST_NAME = 60


def project() -> Path:
    """The project folder this server works on. Raises WrongUsage when the page was not started by `serve`."""
    folder = os.environ.get(PROJECT_VARIABLE)
    if not folder:
        raise WrongUsage(
            f"{PROJECT_VARIABLE} is not set.", do="Start the pages with `review-app serve --project FOLDER`."
        )
    return Path(folder)


def place() -> str:
    """A short name of the project for the browser's own storage: drafts of two projects must not mix."""
    return hashlib.sha256(str(project().resolve()).encode()).hexdigest()[:10]


def reviewer() -> str | None:
    """The person at this browser: from the trusted proxy header, else as typed, kept in the address bar."""
    if os.environ.get(USER_HEADER_VARIABLE):
        return valid_name(str(getattr(st.user, "email", None) or ""))
    known = st.session_state.get("reviewer") or valid_name(st.query_params.get("reviewer", ""))
    if known:
        sit_down(known)
    return known


def named_by_proxy() -> bool:
    """Whether names come from a proxy, so that nobody can choose one."""
    return bool(os.environ.get(USER_HEADER_VARIABLE))


def sit_down(name: str) -> None:
    """Remember the person, here and in the address bar, where a reload finds them again."""
    st.session_state["reviewer"] = name
    if st.query_params.get("reviewer") != name:
        st.query_params["reviewer"] = name


def stand_up() -> None:
    """Forget the person, so that another can sit down."""
    st.session_state.pop("reviewer", None)
    st.query_params.pop("reviewer", None)


def valid_name(typed: str) -> str | None:
    """The name with single blanks, or None unless it is 1 to 60 printable characters."""
    name = " ".join(typed.split())
    return name if 1 <= len(name) <= LONGEST_NAME and name.isprintable() else None


def sitting(name: str) -> Sitting:
    """What this session told that person's browser so far."""
    found: Sitting = st.session_state.setdefault(f"sitting:{name}", Sitting())
    return found


def pane_key(name: str, queue: str = "") -> str:
    """The pane's key: another person gets another pane, and so does another queue than the project's."""
    return f"pane:{name}:{queue}" if queue else f"pane:{name}"


def outbox(name: str, queue: str = "") -> messages.Outbox:
    """What the review pane sent last."""
    state = st.session_state.get(pane_key(name, queue)) or {}
    return messages.read(state.get("outbox"))


def asked_for(parameter: str) -> str:
    """A value of the address bar, cut to the length of an id."""
    return str(st.query_params.get(parameter, ""))[:512]


def keep_in_address(**values: str) -> None:
    """Write what was chosen into the address bar, for a reload or a colleague."""
    for name, value in values.items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def conditions() -> dict[str, str]:
    """What the address bar says besides the person, each cut to a length no honest link reaches."""
    return {name: str(st.query_params[name])[:4_000] for name in st.query_params if name != "reviewer"}


def trail(of: str) -> list[str]:
    """The steps taken through the list that `of` describes; another list starts at its first page."""
    known: tuple[str, list[str]] = st.session_state.get("trail", ("", []))
    if known[0] != of:
        known = st.session_state["trail"] = (of, [])
    return known[1]


def give_notice(text: str) -> None:
    """Keep a line to show after the next draw of the page."""
    st.session_state["notice"] = text


def show_notice() -> None:
    """Show the line kept, once."""
    text = st.session_state.pop("notice", None)
    if text:
        with st.container(border=True):
            st.text(text)
