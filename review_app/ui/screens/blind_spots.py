"""Where a judge errs more often than elsewhere, what moves it besides quality, and what nobody asked about."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from review_app import actions
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.judges.judge_sections import judge_sections, title
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import (
    figure_link,
    interval_chart,
    judge_sheet,
    section_sheet,
    sheet,
    spot_list,
    trouble,
    whats_missing,
)

_MIND = (
    "Each finding is a hypothesis, found on the same labels that suggest it: confirm it with fresh labels. Choosing a "
    "slice because it looked bad pulls figures of the whole frame slightly down, so read those from draws nobody chose."
)


def page() -> None:
    """Draw the blind spots page."""
    name = session.reviewer() or ""
    st.header("Where does a judge err most?")
    session.show_notice()
    sheet.show(sheet.note(_MIND))
    explore = st.toggle("Explore: list what may be there, with a tenth of it expected to be false")
    topics = st.toggle("Look at topics as well: groups of what people asked")
    try:
        with st.spinner("Looking through all slices"):
            found = actions.audit(session.project(), name, explore, topics)
    except ReviewAppError as error:
        trouble.show(error)
        return
    if found.unseen:
        sheet.show(sheet.note(f"Mind: {found.unseen}."))
    for place, judge in enumerate(found.judges):
        _judge(judge, spot_list.Reader(name=name, leads=found.leads, key=str(place)))
    if not found.judges:
        whats_missing.judges("Nothing to look at yet", name)
    st.subheader("What no criterion caught")
    if found.uncaught and found.uncaught.codes:
        section_sheet.uncaught(found.uncaught, name)
    else:
        st.caption("No note stands on a trace without a bad answer.")


def _judge(judge: JudgeReport, reader: spot_list.Reader) -> None:
    about = judge_sheet.about(judge)
    with st.container(border=True):
        sheet.show(sheet.lead(title(judge)))
        for heading, spots in (("Blind spots", judge.blind_spots), ("False alarms", judge.false_alarms)):
            if spots:
                st.subheader(heading, anchor=False)
                spot_list.show(spots, about, reader)
        _biases(judge, reader)


def _biases(judge: JudgeReport, reader: spot_list.Reader) -> None:
    st.subheader("What moves it besides quality", anchor=False)
    if judge.biases:
        # Several formats share a name; points of a scale would not fit beside shares.
        shares = [one for one in judge.biases.effects if one.unit == "share"]
        often = Counter(one.name for one in shares)
        interval_chart.show(
            [(one.name if often[one.name] == 1 else one.contrast, one.effect) for one in shares],
            "Effect of each bias with its interval.",
            axis="change of its share of passes",
            to=None,
        )
        if judge.biases.refusal:
            sheet.show(sheet.note(judge.biases.refusal))
    for section in judge_sections(judge):
        if section.name == "biases":
            section_sheet.show(section, judge_sheet.about(judge), reader.key)
    labelled = [(f"{judge.n:,} labelled traces", figure_link.of_judge(judge))]
    sheet.show(figure_link.note("Looked for in", labelled, reader.name))
