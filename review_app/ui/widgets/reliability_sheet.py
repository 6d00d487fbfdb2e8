"""How far people agree on one question, as the page shows it: a sentence, the coefficients, what to mind."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from review_app.agreement.estimate import Estimate
from review_app.agreement.raters.people_report import PeopleReport
from review_app.agreement.raters.people_sections import people_sections
from review_app.agreement.raters.reliability import Reliability
from review_app.agreement.sentence import percent
from review_app.ui.widgets import csv_file, figure_link, section_sheet, sheet

# name in Reliability -> what it is called, and what it tells that the others do not.
FIGURES: Mapping[str, tuple[str, str]] = {
    "percent_agreement": ("same answer", "of two answers to one trace; luck is in it"),
    "alpha": ("Krippendorff's alpha", "beyond chance, for any number of people"),
    "ac": ("Gwet's AC1 or AC2", "beyond chance, steady where one answer dominates"),
    "kappa": ("Cohen's kappa", "beyond chance, for exactly two people"),
    "fleiss": ("Fleiss' kappa", "beyond chance, as if everybody had the same habits"),
    "conger": ("Conger's kappa", "beyond chance, each with habits of their own"),
    "brennan_prediger": ("Brennan-Prediger", "beyond chance, all answers equally likely"),
}
_AS_SHARE = "percent_agreement"


def show(people: PeopleReport, person: str) -> None:
    """Draw the figures of the team; nobody is named. person: who reads them."""
    told = people.reliability
    sheet.show(sheet.lead(_sentence(told)), *map(sheet.note, _mind(people)), traces(people, person))
    figures, shares = st.columns([7, 3], gap="large")
    if not told.refusal:
        figures.html(sheet.page(_figures(told)))
    shares.html(sheet.page(_shares(people, person)))
    for section in people_sections(people):
        if section.name == "people_scale":
            about = [("criterion", people.criterion), ("rubric_version", people.rubric_version)]
            section_sheet.show(section, about, people.criterion)
    with st.expander("How these were computed, and what was left out"):
        sheet.show(_methods(told), *map(sheet.note, _left_out(people)))
        csv_file.offer(_rows(people), "people", people.criterion)
        sheet.show(sheet.note("How often each answer was given:"))
        csv_file.offer(share_rows(people), "answers", people.criterion)


def of_people(people: PeopleReport, **conditions: str) -> dict[str, str]:
    """A figure of one question; conditions: as `actions.traces_behind` has them."""
    asked = {"criterion": people.criterion, "rubric_version": people.rubric_version, "people": "all"}
    return asked | conditions


def traces(people: PeopleReport, person: str) -> str:
    """A line whose numbers lead to the traces they count."""
    several = f"{people.reliability.n_units:,} with two answers or more"
    links = [(several, of_people(people, twice="2")), ("all that were answered", of_people(people))]
    return figure_link.note("Traces:", links, person)


def comparable(people: PeopleReport, everybody: bool, person: str) -> None:
    """Draw whether all can be compared: who shares traces with whom, and what to do about it."""
    found = people.reviewers.overlap
    groups = len(found.components)
    share = "" if found.share_double is None else f" ({percent(found.share_double)})"
    lines = [f"{found.n_double:,} of {found.n:,} traces{share} have two reviewers or more."]
    if groups > 1:
        lines.append(f"The reviewers fall into {groups} groups that share no trace.")
    elif found.connected and found.n_double:
        lines.append("All reviewers can be compared with each other, directly or through others.")
    if found.advice:
        lines.append(f"Advice: {found.advice}.")
    sheet.show(*map(sheet.note, lines))
    if everybody:
        sheet.show(_pairs(people, person))
        if people.pairs:
            csv_file.offer(pair_rows(people), "pairs", people.criterion)


def _sentence(told: Reliability) -> str:
    same = told.percent_agreement
    if same.value is None:
        return f"How far people agree is not known yet: {told.refusal or same.reason}."
    return f"Two people give the same answer on {percent(same.value)} of traces{_between(same)}."


def _between(same: Estimate) -> str:
    return "" if same.low is None or same.high is None else f" (95 %: {percent(same.low)} to {percent(same.high)})"


def _mind(people: PeopleReport) -> list[str]:
    told = people.reliability
    rests = f"Rests on {told.n_units:,} traces with two answers or more, {told.n_pairs:,} pairs of answers by "
    lines = [f"{rests}{told.n_raters} people."]
    lines += [f"Mind: {note}." for note in (told.paradox, told.unstable) if note]
    lines += [f"Ceiling for a judge: {people.ceiling.text}."] if people.ceiling and not told.refusal else []
    return lines


def _figures(told: Reliability) -> str:
    found: dict[str, Estimate] = {name: getattr(told, name) for name in FIGURES}
    rows: list[list[sheet.Cell]] = [
        [
            _called(name, told),
            sheet.number(_value(name, one)),
            sheet.number(_interval(name, one)),
            sheet.track(one.low, one.value, one.high),
            FIGURES[name][1] if one.value is not None else one.reason,
        ]
        for name, one in found.items()
    ]
    return sheet.table(("figure", "value", "95 % interval", "0 to 1", "what it tells"), rows, "how far people agree")


def _called(name: str, told: Reliability) -> str:
    """For two people Fleiss' kappa is the older figure, by its own name."""
    return "Scott's pi" if name == "fleiss" and told.n_raters == 2 else FIGURES[name][0]


def _value(name: str, one: Estimate) -> str:
    if one.value is None:
        return "undefined"
    return percent(one.value) if name == _AS_SHARE else f"{one.value:.2f}"


def _interval(name: str, one: Estimate) -> str:
    if one.low is None or one.high is None:
        return "–"
    return f"{percent(one.low)} to {percent(one.high)}" if name == _AS_SHARE else f"{one.low:.2f} to {one.high:.2f}"


def _shares(people: PeopleReport, person: str) -> str:
    rows: list[list[sheet.Cell]] = [
        [
            str(one.category),
            sheet.number(percent(one.share)),
            figure_link.cell(f"{one.n_units:,}", _given(people, str(one.category)), person),
        ]
        for one in people.reliability.shares
        if one.n_units
    ]
    return sheet.table(("answer", "share", "traces"), rows, "how often each answer was given")


def _given(people: PeopleReport, answer: str) -> dict[str, str]:
    """Shares are of the traces with two answers or more, where there are any."""
    twice = {"twice": "2"} if people.reliability.n_units else {}
    return of_people(people, answer=answer, **twice)


def _methods(told: Reliability) -> str:
    rows: list[list[sheet.Cell]] = []
    for name in FIGURES:
        one: Estimate = getattr(told, name)
        rows.append([_called(name, told), one.method, sheet.number(f"{one.n:,}"), one.reason])
    return sheet.table(("figure", "method", "traces", "remark"), rows, "methods")


def _left_out(people: PeopleReport) -> list[str]:
    told = people.reliability
    lines = [f"Left out: {n:,} ({why})." for why, n in told.excluded.items() if n]
    if told.undefined_resamples:
        lines.append(f"Alpha was undefined in {told.undefined_resamples:,} resamples, which are left out.")
    return [*lines, f"Scale: {told.scale}. Seed {told.seed}. Rubric {people.rubric_version}."]


def _pairs(people: PeopleReport, person: str) -> str:
    if not people.pairs:
        return sheet.note("No two reviewers share enough traces yet to be compared with each other.")
    rows: list[list[sheet.Cell]] = [
        [
            pair.first,
            pair.second,
            figure_link.cell(f"{pair.n:,}", of_people(people, by=pair.first, beside=pair.second), person),
            sheet.number(
                f"{_value(_AS_SHARE, pair.percent_agreement)} ({_interval(_AS_SHARE, pair.percent_agreement)})"
            ),
            sheet.number(f"{_value('kappa', pair.kappa)} ({_interval('kappa', pair.kappa)})"),
            pair.kappa.reason,
        ]
        for pair in people.pairs
    ]
    head = ("one", "another", "traces", "same answer, 95 %", "kappa, 95 %", "remark")
    return sheet.table(head, rows, "two reviewers each")


def _rows(people: PeopleReport) -> pd.DataFrame:
    found = []
    for name in FIGURES:
        one: Estimate = getattr(people.reliability, name)
        about = {"criterion": people.criterion, "rubric_version": people.rubric_version, "figure": name}
        found.append(about | {key: getattr(one, key) for key in ("value", "low", "high", "n", "method", "reason")})
    return pd.DataFrame(found)


def share_rows(people: PeopleReport) -> pd.DataFrame:
    """criterion, rubric_version, answer, share (in [0, 1]), traces; a row per answer, unrounded."""
    about = people.criterion, people.rubric_version
    rows = [(*about, str(one.category), one.share, one.n_units) for one in people.reliability.shares]
    return pd.DataFrame(rows, columns=["criterion", "rubric_version", "answer", "share", "traces"])


def pair_rows(people: PeopleReport) -> pd.DataFrame:
    """One row per two reviewers, unrounded: who, traces, and both figures with their bounds."""
    return pd.DataFrame(
        [
            {"criterion": people.criterion, "one": pair.first, "another": pair.second, "traces": pair.n}
            | {
                f"{name} {part}".strip(): getattr(one, part or "value")
                for name, one in (("same answer", pair.percent_agreement), ("kappa", pair.kappa))
                for part in ("", "low", "high", "reason")
            }
            for pair in people.pairs
        ]
    )
