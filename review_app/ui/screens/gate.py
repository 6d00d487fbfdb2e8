"""What the gate decided, the newest first, and one decision in full."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.gate.decision import Decision
from review_app.ui import session
from review_app.ui.widgets import case_links, gate_sheet, sheet, trouble

_FILES = {"markdown": "md", "json": "json", "junit": "xml", "html": "html"}
_NAMES = {"markdown": "Markdown", "json": "JSON", "junit": "JUnit", "html": "HTML"}
_SHOWN = 200


def page() -> None:
    """Draw the gate's history, and the decision that the address bar names."""
    name, project = session.reviewer() or "", session.project()
    st.header("Gate")
    try:
        actions.require_role(project, name)
        history = actions.gate_history(project)
    except ReviewAppError as error:
        trouble.show(error)
        return
    if history.empty:
        st.caption("The gate has decided nothing yet: review-app gate CANDIDATE.")
        return
    asked = session.asked_for("decision")
    if asked:
        _decision(name, asked)
        st.subheader("All decisions")
    head = ("decision", "at (UTC)", "answer", "release", "baseline", "candidate", "look")
    sheet.show(sheet.table(head, _rows(history.head(_SHOWN), name), "decisions of the gate"))
    if len(history) > _SHOWN:
        st.caption(f"And {len(history) - _SHOWN:,} older ones: review-app gate history lists them.")


def _rows(history: pd.DataFrame, name: str) -> Iterator[tuple[sheet.Cell, ...]]:
    for row in history.to_dict("records"):
        link = sheet.link(row["gate_id"], f"/gate?{urlencode({'reviewer': name, 'decision': row['gate_id']})}")
        unnamed = not isinstance(row["baseline_series"], str)
        pair = (
            ("not said", "not said", "")
            if unnamed
            else (row["baseline_series"], row["candidate_series"], f"{row['number']:.0f}")
        )
        yield link, sheet.soft(f"{row['at']:%d %b %Y, %H:%M}"), row["outcome"], sheet.number(str(row["release"])), *pair


def _decision(name: str, gate_id: str) -> None:
    try:
        found = actions.gate_decision(session.project(), name, gate_id)
    except ReviewAppError as error:
        trouble.show(error)
        return
    with st.container(border=True):
        sheet.show(sheet.lead(gate_sheet.HEADLINES[found.outcome]), *_pair(found, name))
        gate_sheet.reasons(found)
        gate_sheet.figures(found, name)
        gate_sheet.changed(found, name)
        _take_away(name, gate_id)


def _pair(found: Decision, name: str) -> list[str]:
    if not found.candidate:
        return [sheet.note(found.pair)] if found.pair else []
    both = sheet.link(found.pair, case_links.address(name, (found.baseline, found.candidate)))
    return [sheet.table(("runs",), [(both,)], "the two runs")]


def _take_away(name: str, gate_id: str) -> None:
    try:
        reports = {form: actions.gate_report(session.project(), name, gate_id, form) for form in _NAMES}
    except ReviewAppError as error:
        trouble.show(error)
        return
    with st.container(horizontal=True):
        for form, text in reports.items():
            file = f"gate-{gate_id}.{_FILES[form]}"
            st.download_button(_NAMES[form], text, file_name=file, key=f"gate:{form}", on_click="ignore")
