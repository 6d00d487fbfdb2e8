"""How far each judge can be trusted, and where it differs from people."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.agreement.report import AgreementReport
from review_app.agreement.sentence import counted
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import disagreement_list, judge_sheet, sheet, trouble


def page() -> None:
    """Draw the agreement page."""
    name = session.reviewer() or ""
    st.header("How far can each judge be trusted?")
    try:
        report = actions.measure_agreement(session.project())
        differing = actions.disagreements(session.project(), name, report)
    except ReviewAppError as error:
        trouble.show(error)
        return
    sheet.show(sheet.note(_frame(report)))
    for judge in report.judges:
        judge_sheet.show(judge, frozenset(differing["trace_id"]))
    if not report.judges:
        st.info("Nothing to compare yet: it takes verdicts of a judge and reviews of the same traces.")
    for left_out in report.excluded:
        sheet.show(sheet.note(f"In no report: {counted(left_out)} ({left_out.reason})."))
    st.subheader("Where judge and people differ")
    disagreement_list.show(differing, name)


def _frame(report: AgreementReport) -> str:
    frame = report.frame
    period = f", {frame.since:%-d %b %Y} to {frame.until:%-d %b %Y}" if frame.since and frame.until else ""
    return (
        f"Figures speak of all {frame.size:,} traces{period}, weighted by how likely each was to be drawn for review. "
        "The naive figures beside them ignore the draw and are there for comparison only."
    )
