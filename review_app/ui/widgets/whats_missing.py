"""What a page with nothing to show asks for next, in the order in which it is done."""

from __future__ import annotations

import html
from urllib.parse import urlencode

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import sheet


def judges(nothing: str, person: str) -> None:
    """It takes traces, verdicts of a judge, a draw, and reviews of what was drawn."""
    st.info(f"{nothing}: it takes verdicts of a judge and reviews of the same traces.")
    verdicts = "Read in what judges said: review-app import-verdicts FILE --map MAP, or with the traces: ingest."
    sheet.show(sheet.note(f"1. {verdicts}"), _drawing(2, person), _reviewing(3, person))


def people(nothing: str, person: str) -> None:
    """It takes a draw, and two people who answer the same traces."""
    st.info(f"{nothing}: it takes answers of people, some of them on the same traces.")
    sheet.show(_drawing(1, person), _reviewing(2, person))


def _drawing(step: int, person: str) -> str:
    said = "Draw traces for review, with known probabilities:"
    return _line(step, said, "/sampling", "Sampling", person) if _leads(person) else _asking(step)


def _asking(step: int) -> str:
    return sheet.note(f"{step}. Ask a lead to draw traces for review.")


def _reviewing(step: int, person: str) -> str:
    return _line(step, "Answer what was drawn:", "/", "Review", person)


def _line(step: int, text: str, path: str, name: str, person: str) -> str:
    address = html.escape(f"{path}?{urlencode({'reviewer': person})}")
    return f'<p class="note">{step}. {html.escape(text)} <a href="{address}" target="_self">{html.escape(name)}</a></p>'


def _leads(person: str) -> bool:
    try:
        return actions.role(session.project(), person) in ("lead", "admin")
    except ReviewAppError:
        return False
