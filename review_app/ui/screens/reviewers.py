"""How far people agree with each other, and how each of them works: private to the person and to those who lead."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.agreement.raters.people_report import PeopleReport
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import reliability_sheet, reviewer_sheet, severity_chart, sheet, trouble, whats_missing

_LEADS = (
    "Figures of persons are for you and each person alone: no measure of worth, and no ranking. They stand by name. A "
    "flag starts a conversation."
)
_ONE = "What you see: the team's figures without a name, and your own. Nobody but you and those who lead sees yours."


def page() -> None:
    """Draw the reviewers page."""
    name = session.reviewer() or ""
    st.header("Do people agree?")
    try:
        found = actions.people_report(session.project(), name)
    except ReviewAppError as error:
        trouble.show(error)
        return
    sheet.show(sheet.note(_LEADS if found.everybody else _ONE))
    if not found.people:
        whats_missing.people("Nothing to compare yet", name)
        return
    _question(_picked(found.people), found, name)
    st.subheader("Asked again")
    reviewer_sheet.again(found.consistency)
    st.subheader("After seeing a verdict")
    reviewer_sheet.anchoring(found.anchoring)


def _picked(people: tuple[PeopleReport, ...]) -> PeopleReport:
    """The question to show: the first that people can be compared on, unless another was picked."""
    first = next((place for place, one in enumerate(people) if not one.reliability.refusal), 0)
    several = len({one.rubric_version for one in people}) > 1
    place = st.selectbox(
        "Question",
        range(len(people)),
        index=first,
        format_func=lambda at: people[at].criterion + (f", rubric {people[at].rubric_version}" if several else ""),
        width=420,
    )
    return people[place]


def _question(people: PeopleReport, found: actions.TeamAgreement, name: str) -> None:
    reliability_sheet.show(people, name)
    st.subheader("Who can be compared")
    reliability_sheet.comparable(people, found.everybody, name)
    st.subheader("Each reviewer" if found.everybody else "You")
    if found.everybody:
        severity_chart.show(people.reviewers.severity)
    reviewer_sheet.figures(people, name)
    st.subheader("To talk about")
    reviewer_sheet.flags(people, name)
    st.subheader("A second opinion")
    reviewer_sheet.second_opinion(people, name)
