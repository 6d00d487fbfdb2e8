"""How far each judge can be trusted, and where it differs from people."""

from __future__ import annotations

import html
from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from review_app import actions
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.judges.judge_sections import excluded
from review_app.agreement.raters.people_report import PeopleReport
from review_app.agreement.raters.people_sections import panel_sections, people_sections
from review_app.agreement.report import AgreementReport, PanelReport
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import (
    disagreement_list,
    figure_link,
    judge_sheet,
    reliability_sheet,
    section_sheet,
    sheet,
    trouble,
    whats_missing,
)


def page() -> None:
    """Draw the agreement page."""
    name = session.reviewer() or ""
    st.header("How far can each judge be trusted?")
    try:
        report = actions.agreement_seen_by(session.project(), name)
        differing = actions.disagreements(session.project(), name, report)
    except ReviewAppError as error:
        trouble.show(error)
        return
    _headlines(report, name)
    if report.judges:
        st.subheader("Figures")
    for place, judge in enumerate(report.judges):
        judge_sheet.figures(judge, judge_sheet.Reader(name=name, key=str(place)))
    _together(report.panels, name)
    _people(report.people, name)
    _besides(report, name)
    st.subheader("Where judge and people differ")
    disagreement_list.show(differing, name)


def _headlines(report: AgreementReport, name: str) -> None:
    mind = [sheet.note(f"Mind: {report.frame.note}.")] if report.frame.note else []
    sheet.show(sheet.note(_frame(report)), *mind)
    for judge in report.judges:
        with st.container(border=True):
            judge_sheet.headline(judge, _same_question(judge, report.people), name)
    if not report.judges:
        whats_missing.judges("Nothing to compare yet", name)
        return
    address = html.escape(f"/blind-spots?{urlencode({'reviewer': name})}")
    link = f'<a href="{address}" target="_self">Blind spots</a>'
    sheet.show(f'<p class="note">In which traces a judge errs most, and what moves it besides quality: {link}</p>')


def _same_question(judge: JudgeReport, every: Sequence[PeopleReport]) -> PeopleReport | None:
    asked = judge.criterion, judge.rubric_version
    return next((one for one in every if (one.criterion, one.rubric_version) == asked), None)


def _together(panels: Sequence[PanelReport], name: str) -> None:
    if panels:
        st.subheader("All judges of a question together")
    for place, panel in enumerate(panels):
        sheet.show(sheet.note(f"{panel.criterion}, rubric {panel.rubric_version}"))
        for section in panel_sections(panel):
            section_sheet.show(section, _question(panel), f"panel {place}")
        sheet.show(_counted(panel, name))


def _counted(panel: PanelReport, name: str) -> str:
    """Both counts of a panel, each leading to its traces."""
    figure = dict(_question(panel)) | {"panel": "all"}
    links: list[tuple[str, figure_link.Figure]] = [(f"{panel.panel.n:,} with a verdict of every judge", figure)]
    if panel.panel.joint:
        missed = f"{figure_link.count(panel.panel.joint.n)} that all of them missed"
        links.append((missed, {**figure, "said": "passed", "truth": "bad"}))
    return figure_link.note("Labelled traces:", links, name)


def _people(every: Sequence[PeopleReport], name: str) -> None:
    if every:
        st.subheader("People beside people")
    for place, people in enumerate(every):
        several = "1 reviewer" if people.n_reviewers == 1 else f"{people.n_reviewers:,} reviewers"
        sheet.show(sheet.note(f"{several} on {people.criterion}, rubric {people.rubric_version}"))
        for section in people_sections(people):
            if section.name == "left_out":
                continue
            folded = section.name == "answers"
            with st.expander("How often each answer was given") if folded else st.container():
                section_sheet.show(section, _question(people), f"people {place}")
        sheet.show(reliability_sheet.traces(people, name))


def _question(one: PanelReport | PeopleReport) -> list[tuple[str, str]]:
    return [("criterion", one.criterion), ("rubric_version", one.rubric_version)]


def _besides(report: AgreementReport, name: str) -> None:
    if report.uncaught and report.uncaught.codes:
        st.subheader("What no criterion caught")
        section_sheet.uncaught(report.uncaught, name)
    if report.excluded:
        sheet.show(sheet.note(f"In no report: {excluded(report.excluded)}."))


def _frame(report: AgreementReport) -> str:
    frame = report.frame
    days = [f"{at:%-d %b %Y}" for at in (frame.since, frame.until) if at]
    # The traces of one day are not "from it to it".
    period = f", {' to '.join(dict.fromkeys(days))}" if len(days) == 2 else ""
    return (
        f"Figures speak of all {frame.size:,} traces{period}, weighted by how likely each was to be drawn for review. "
        "The naive figures beside them ignore the draw and are there for comparison only."
    )
