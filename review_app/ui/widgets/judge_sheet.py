"""One judge on one criterion, as the agreement page shows it: the sentence, the figures, what they rest on."""

from __future__ import annotations

import streamlit as st

from review_app.agreement.estimate import Estimate
from review_app.agreement.report import METRIC_TEXT, METRICS, BlindSpot, Cells, JudgeReport, OrdinalPanel
from review_app.agreement.sentence import counted, p_text, percent
from review_app.ui.widgets import sheet

PLAIN_RATES = ("tpr", "tnr", "ppv", "npv", "prevalence", "accuracy")


def show(judge: JudgeReport, seen: frozenset[str]) -> None:
    """Draw the report. seen: traces this person may see named as failures."""
    with st.container(border=True):
        title = f"{judge.judge} {judge.judge_version} on {judge.criterion}"
        sheet.show(sheet.note(title), sheet.lead(_sentence(judge)), sheet.note(_rests_on(judge)))
        figures, cells = st.columns([3, 2], gap="large") if judge.metrics else (None, st.container(width=520))
        if figures:
            figures.html(sheet.page(_figures(judge)))
        cells.html(sheet.page(*_cells(judge)))
        if judge.ordinal:
            sheet.show(_ordinal(judge.ordinal))
        sheet.show(*_remarks(judge, seen))


def _sentence(judge: JudgeReport) -> str:
    return judge.sentence[:1].upper() + judge.sentence[1:] + "."


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
            _track(name, judge.metrics.get(name)),
            sheet.soft(_value(name, naive.get(name))),
        )
        for name in METRICS
        if name in judge.metrics or name in naive
    ]
    head = ("", "weighted", "95 % interval", "", "naive, not for decisions")
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


def _track(name: str, estimate: Estimate | None) -> sheet.Cell:
    if estimate is None or name not in PLAIN_RATES:
        return ""
    return sheet.track(estimate.low, estimate.value, estimate.high)


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


def _ordinal(panels: tuple[OrdinalPanel, ...]) -> str:
    head = (
        "judge's",
        "figures are",
        "n",
        "RMSE",
        "Pearson",
        "Spearman",
        "Kendall tau-b",
        "exact",
        "within 1",
        "mean gap",
    )
    rows = [
        (
            panel.judge_value,
            panel.weighting,
            sheet.number(str(panel.n)),
            *(sheet.number(_plain(x)) for x in (panel.rmse, panel.pearson, panel.spearman, panel.kendall_tau_b)),
            *(sheet.number("undefined" if x is None else percent(x)) for x in (panel.exact, panel.within_one)),
            sheet.number(_plain(panel.mean_gap, "+.2f")),
        )
        for panel in panels
    ]
    return sheet.table(head, rows, "Distance on the scale")


def _plain(value: float | None, form: str = ".3f") -> str:
    return "undefined" if value is None else format(value, form)


def _remarks(judge: JudgeReport, seen: frozenset[str]) -> list[str]:
    found = [_spot(spot, seen) for spot in judge.blind_spots.found]
    found.append(f"Blind spots: {judge.blind_spots.note}")
    if judge.excluded:
        left = "; ".join(f"{counted(one)} ({one.reason})" for one in judge.excluded)
        found.append(f"Left out: {left}.")
    if judge.verdicts:
        v = judge.verdicts
        found.append(
            f"In all traffic it flagged {v.n_flagged:,}, passed {v.n_passed:,}, "
            f"and gave no usable verdict on {v.n_without_verdict:,}."
        )
    reasons = {f"{METRIC_TEXT[name]}: {one.reason}" for name, one in judge.metrics.items() if one.reason}
    return [sheet.note(remark) for remark in [*found, *(f"Undefined {reason}." for reason in sorted(reasons))]]


def _spot(spot: BlindSpot, seen: frozenset[str]) -> str:
    # An example names a trace as a failure: not to somebody who still has to judge it.
    named = [trace_id for trace_id in spot.examples if trace_id in seen]
    inside, outside = (_value("tpr", rate) for rate in (spot.rate_in, spot.rate_out))
    return (
        f"Blind spot, a hypothesis: where {spot.column} is {spot.value}, it passed {spot.events} of {spot.n} bad "
        f"answers ({inside} of them in all traffic, against {outside} elsewhere; adjusted p {p_text(spot.p_adjusted)})."
        + (f" For example {', '.join(named[:3])}." if named else "")
        + " Label fresh traces of this kind to confirm."
    )
