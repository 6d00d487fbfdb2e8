"""One judge on one criterion, as the agreement page shows it: the sentence, the figures, what they rest on."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from review_app.agreement.estimate import Estimate
from review_app.agreement.figures import METRIC_TEXT, METRICS, Cells
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.judges.judge_sections import judge_sections, title
from review_app.agreement.raters.people_report import PeopleReport
from review_app.agreement.section import Section, as_records
from review_app.agreement.sentence import pass_rate_sentence, percent
from review_app.ui.widgets import (
    csv_file,
    interval_chart,
    reliability_chart,
    section_sheet,
    sheet,
    trend_chart,
)

PLAIN_RATES = ("tpr", "tnr", "ppv", "npv", "prevalence", "accuracy")
# In an expander of their own; the rates stand above, and blind spots on their own page.
_FOLDS = {
    "scale": "On the scale",
    "scale_labelled": "On the scale, labelled traces alone",
    "labels": "Label by label",
    "calibration": "Calibration of its confidence",
    "by_week": "By week",
    "by_prompt": "By prompt version",
    "anchoring": "Answers changed after its verdict",
    "remarks": "Method, numbers, what was left out",
}


def headline(judge: JudgeReport, people: PeopleReport | None) -> None:
    """Draw what somebody reads who has a minute. people: those who judged the same, for the ceiling."""
    told = [pass_rate_sentence(judge.pass_rate)]
    if people and people.ceiling and not judge.refusal:
        told.append(f"ceiling: {people.ceiling.text}")
    lines = [sheet.note(_sentence(line)) for line in told if line]
    sheet.show(
        sheet.note(title(judge)), sheet.lead(_sentence(_quoted(judge.sentence))), *lines, sheet.note(_rests_on(judge))
    )


def figures(judge: JudgeReport, key: str) -> None:
    """Draw its figures, charts and what they rest on. key: tells this judge's from another's."""
    sections = {section.name: section for section in judge_sections(judge)}
    with st.container(border=True):
        sheet.show(sheet.note(title(judge)))
        chart, cells = st.columns([3, 2], gap="large") if judge.metrics else (None, st.container(width=520))
        if chart:
            with chart:
                known = [(METRIC_TEXT[name], judge.metrics[name]) for name in METRICS if name in judge.metrics]
                interval_chart.show(known, "Weighted figures of a judge with their intervals.")
        cells.html(sheet.page(*_cells(judge)))
        if "rates" in sections and sections["rates"].rows:
            with st.expander("Figures as a table"):
                sheet.show(_figures(judge))
                csv_file.offer(pd.DataFrame(as_records(sections["rates"], about(judge))), "rates", key)
        for name, text in _FOLDS.items():
            if name in sections:
                with st.expander(text):
                    _fold(judge, sections[name], key)


def about(judge: JudgeReport) -> list[tuple[str, str]]:
    """The first columns of every file about this judge."""
    return [(name, getattr(judge, name)) for name in ("judge", "judge_version", "criterion", "rubric_version")]


def _fold(judge: JudgeReport, section: Section, key: str) -> None:
    if section.name == "calibration":
        reliability_chart.show(judge.calibration)
    if section.name == "by_week":
        trend_chart.show(judge.by_week, "week")
    if section.name == "by_prompt":
        trend_chart.show(judge.by_prompt, "prompt version")
    section_sheet.show(section, about(judge), key)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _quoted(text: str) -> str:
    """The sentence marks the two verdicts for Markdown, which a page does not read."""
    return text.replace("*fail*", "“fail”").replace("*pass*", "“pass”")


def _rests_on(judge: JudgeReport) -> str:
    parts = [f"Rests on {judge.n} labelled traces that were drawn with known probability."]
    if judge.missed_note:
        parts.append(f"Mind: {judge.missed_note}.")
    return " ".join(parts)


def _figures(judge: JudgeReport) -> str:
    naive = judge.naive.metrics if judge.naive else {}
    rows = [
        (
            METRIC_TEXT[name],
            sheet.number(_value(name, judge.metrics.get(name))),
            sheet.number(_interval(name, judge.metrics.get(name))),
            sheet.number(f"{judge.metrics[name].n:,}" if name in judge.metrics else ""),
            sheet.soft(_value(name, naive.get(name))),
        )
        for name in METRICS
        if name in judge.metrics or name in naive
    ]
    head = ("", "weighted", "95 % interval", "n", "naive, not for decisions")
    return sheet.table(head, rows, f"Figures of {judge.judge}")


def _value(name: str, estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return "undefined" if estimate.value is None else _in_words(name, estimate.value)


def _interval(name: str, estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{_in_words(name, estimate.low)} to {_in_words(name, estimate.high)}"


def _in_words(name: str, value: float) -> str:
    return percent(value) if name in PLAIN_RATES else f"{value:.2f}"


def _cells(judge: JudgeReport) -> list[str]:
    found = [_square("In the labelled traces", judge.counts)]
    if judge.cells:
        found.append(_square("Estimated in all traffic", judge.cells))
    return found


def _square(title: str, cells: Cells) -> str:
    flags = (sheet.count(cells.flagged_bad, "found"), sheet.count(cells.flagged_good, "false alarms", off=True))
    passes = (sheet.count(cells.passed_bad, "missed", off=True), sheet.count(cells.passed_good, "right to pass"))
    rows = (("Judge flags", *flags), ("Judge passes", *passes))
    return sheet.table((title, "people: bad", "people: good"), rows, title, even=True)
