"""One judge on one criterion, as the agreement page shows it: the sentence, the figures, what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from review_app.agreement.estimate import Estimate
from review_app.agreement.figures import METRIC_TEXT, METRICS, Cells
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.judges.judge_sections import excluded, judge_sections, title
from review_app.agreement.raters.people_report import PeopleReport
from review_app.agreement.section import Section, as_records
from review_app.agreement.sentence import pass_rate_sentence, percent
from review_app.ui.widgets import (
    csv_file,
    figure_link,
    interval_chart,
    reliability_chart,
    section_sheet,
    sheet,
    trend_chart,
)

PLAIN_RATES = ("tpr", "tnr", "ppv", "npv", "prevalence", "accuracy")
# In an expander of their own; blind spots have their own page.
_FOLDS = {
    "calibration": "Calibration of its confidence, as a table",
    "by_week": "By week, as a table",
    "by_prompt": "By prompt version",
    "scale": "On the scale",
    "scale_labelled": "On the scale, labelled traces alone",
    "labels": "Label by label",
    "anchoring": "Answers changed after its verdict",
    "since_draw": "Traffic since the last draw",
    "remarks": "Method, numbers, what was left out",
}
# Of which of the four cells a rate is the share: what people say, or what the judge says.
_RESTS: Mapping[str, tuple[str, str, str]] = {
    "tpr": ("truth", "bad", "bad"),
    "tnr": ("truth", "good", "good"),
    "ppv": ("said", "flagged", "flagged"),
    "npv": ("said", "passed", "passed"),
}


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who looks at a judge. key: tells this judge's part of the page from another's."""

    name: str
    key: str


def headline(judge: JudgeReport, people: PeopleReport | None, person: str) -> None:
    """Draw what somebody reads who has a minute. people: those who judged the same, for the ceiling."""
    told = [pass_rate_sentence(judge.pass_rate)]
    if people and people.ceiling and not judge.refusal:
        told.append(f"ceiling: {people.ceiling.text}")
    lines = [sheet.note(_sentence(line)) for line in told if line]
    sheet.show(
        sheet.note(title(judge)), sheet.lead(_sentence(_quoted(judge.sentence))), *lines, _rests_on(judge, person)
    )


def figures(judge: JudgeReport, reader: Reader) -> None:
    """Draw its figures, charts and what they rest on."""
    sections = {section.name: section for section in judge_sections(judge)}
    with st.container(border=True):
        sheet.show(sheet.note(title(judge)))
        chart, cells = st.columns([3, 2], gap="large") if judge.metrics else (None, st.container(width=520))
        if chart:
            with chart:
                known = [(METRIC_TEXT[name], judge.metrics[name]) for name in METRICS if name in judge.metrics]
                interval_chart.show(known, "Weighted figures of a judge with their intervals.")
        cells.html(sheet.page(*_cells(judge, reader.name)))
        _charts(judge)
        if "rates" in sections and sections["rates"].rows:
            with st.expander("Figures as a table"):
                sheet.show(_figures(judge, reader.name), *_how(judge, reader.name))
                csv_file.offer(pd.DataFrame(as_records(sections["rates"], about(judge))), "rates", reader.key)
                sheet.show(sheet.note("Judge beside people, in traces:"))
                csv_file.offer(pd.DataFrame(as_records(sections["confusion"], about(judge))), "confusion", reader.key)
        for name, text in _FOLDS.items():
            if name in sections:
                with st.expander(text):
                    _fold(judge, sections[name], reader)


def about(judge: JudgeReport) -> list[tuple[str, str]]:
    """The first columns of every file about this judge."""
    return [(name, getattr(judge, name)) for name in ("judge", "judge_version", "criterion", "rubric_version")]


def _charts(judge: JudgeReport) -> None:
    """The reliability diagram beside the trend by week; each alone where the other has nothing to show."""
    drawn: list[Callable[[], None]] = []
    if reliability_chart.known(judge.calibration):
        drawn.append(lambda: reliability_chart.show(judge.calibration))
    if trend_chart.known(judge.by_week):
        drawn.append(lambda: trend_chart.show(judge.by_week, "week"))
    for column, draw in zip(st.columns([2, 3], gap="large") if drawn else (), drawn, strict=False):
        with column:
            draw()


def _fold(judge: JudgeReport, section: Section, reader: Reader) -> None:
    if section.name == "by_prompt":
        trend_chart.show(judge.by_prompt, "prompt version")
    section_sheet.show(section, about(judge), reader.key, _links(judge, section.name, reader.name))


def _links(judge: JudgeReport, section: str, person: str) -> section_sheet.Links | None:
    """Where the numbers of traces lead in the sections that have them by row."""
    if section == "calibration" and judge.calibration.diagram:
        bins = judge.calibration.diagram.bins
        each = [figure_link.of_judge(judge, least=repr(one.low), most=repr(one.high)) for one in bins]
    elif section in ("by_week", "by_prompt"):
        name = {"by_week": "week", "by_prompt": "prompt_version"}[section]
        each = [figure_link.of_judge(judge, **{name: one.part}) for one in getattr(judge, section) if not one.refusal]
    else:
        return None
    return section_sheet.Links("n", each, person)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _quoted(text: str) -> str:
    """The sentence marks the two verdicts for Markdown, which a page does not read."""
    return text.replace("*fail*", "“fail”").replace("*pass*", "“pass”")


def _rests_on(judge: JudgeReport, person: str) -> str:
    mind = f" Mind: {judge.missed_note}." if judge.missed_note else ""
    labelled = [(f"{judge.n:,} labelled traces", figure_link.of_judge(judge))]
    return figure_link.note("Rests on", labelled, person, f" that were drawn with known probability.{mind}")


def _figures(judge: JudgeReport, person: str) -> str:
    naive = judge.naive.metrics if judge.naive else {}
    rows = [
        (
            METRIC_TEXT[name],
            sheet.number(_value(name, judge.metrics.get(name))),
            sheet.number(_interval(name, judge.metrics.get(name))),
            _rests(judge, name, person) if name in judge.metrics else "",
            sheet.soft(_value(name, naive.get(name))),
        )
        for name in METRICS
        if name in judge.metrics or name in naive
    ]
    head = ("", "weighted", "95 % interval", "labelled traces it is about", "naive, not for decisions")
    return sheet.table(head, rows, f"Figures of {judge.judge}")


def _rests(judge: JudgeReport, name: str, person: str) -> sheet.Cell:
    if name not in _RESTS:
        return figure_link.cell(f"{judge.n:,}", figure_link.of_judge(judge), person)
    condition, value, text = _RESTS[name]
    cells = judge.counts
    of = {
        "bad": cells.flagged_bad + cells.passed_bad,
        "good": cells.flagged_good + cells.passed_good,
        "flagged": cells.flagged_bad + cells.flagged_good,
        "passed": cells.passed_bad + cells.passed_good,
    }
    figure = figure_link.of_judge(judge, **{condition: value})
    return figure_link.cell(f"{figure_link.count(of[value])} {text}", figure, person)


def _how(judge: JudgeReport, person: str) -> list[str]:
    """Method, numbers and what was left out, in lines."""
    lines = []
    if judge.metrics:
        of = judge.metrics["tpr"]
        lines.append(sheet.note(f"Weighted: {of.method}; {of.n:,} labelled traces for each."))
    if judge.pass_rate and judge.pass_rate.leading.value is not None:
        lines.append(sheet.note(f"Corrected pass rate: {section_sheet.how(judge.pass_rate.leading)}."))
    if judge.naive:
        naive = [(f"{judge.naive.n:,} labelled traces", figure_link.of_judge(judge, naive="1"))]
        lines.append(figure_link.note("Naive: as if drawn evenly, over", naive, person, "."))
    return lines + ([sheet.note(f"Left out: {excluded(judge.excluded)}.")] if judge.excluded else [])


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


def _cells(judge: JudgeReport, person: str) -> list[str]:
    found = [_square("In the labelled traces", judge.counts, (judge, person))]
    if judge.cells:
        found.append(_square("Estimated in all traffic", judge.cells))
    return found


def _square(name: str, cells: Cells, labelled: tuple[JudgeReport, str] | None = None) -> str:
    """labelled: whose counts these are and who reads them, so that each leads to its traces; estimates lead nowhere."""

    def cell(said: str, truth: str, remark: str, off: bool) -> sheet.Cell:
        of = getattr(cells, f"{said}_{truth}")
        if labelled is None:
            return sheet.count(f"{of:,.0f}", remark, off=off)
        judge, person = labelled
        figure = figure_link.of_judge(judge, said=said, truth=truth)
        return sheet.count(figure_link.anchor(figure_link.count(of), figure, person), remark, off=off)

    flags = (cell("flagged", "bad", "found", False), cell("flagged", "good", "false alarms", True))
    passes = (cell("passed", "bad", "missed", True), cell("passed", "good", "right to pass", False))
    rows = (("Judge flags", *flags), ("Judge passes", *passes))
    return sheet.table((name, "people: bad", "people: good"), rows, name, even=True)
