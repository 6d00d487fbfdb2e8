"""What a draw would cost and tell, before it is made."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from review_app.sampling.planning import Forecast, JudgeForecast
from review_app.ui.widgets import csv_file, sheet

# strategy -> whom it chooses from, for somebody who has not read sampling.yaml.
STRATEGIES: Mapping[str, str] = {
    "random": "everything in the frame, also what every judge passed: blind spots live there",
    "flagged": "a check failed, or a judge gave a bad label",
    "check_failed": "a check in force failed",
    "judge_flagged": "a judge gave a bad label",
    "disagreement": "of one question, some judges say bad and some do not",
    "uncertain": "a judge's confidence is below a bound",
    "rare": "a value that few traces have: language, route, model, prompt, tool",
    "complaint": "the user was unhappy: feedback below 0",
    "new_cluster": "what people ask of late and did not before",
    "slice": "a wave: fresh traces of one slice, sent by somebody who leads",
}
_ERRORS = {"tpr": "TPR", "tnr": "TNR", "prevalence": "prevalence", "kappa": "kappa"}
_RATE = (
    "its share of the budget over the traces it chooses from; random has what the others cannot spend; no rate falls. "
    "A trace open to several is drawn with 1 - (1 - p1)(1 - p2)..."
)
_RATIO = "mean probability of the traces it flags over that of the traces it passes; about 2 is best"
_MISSED = "{:,.0f} passed traces in the sample, of which {:.1%} are expected to be bad; below 5 recall is not bounded"
_ERROR = "predicted by linearisation, from the rates expected below and each trace's probability"
_HEAD = (
    "judge",
    "flagged : passed",
    "a flagged one is drawn",
    "missed failures",
    *(f"SE {name}" for name in _ERRORS.values()),
)


def show(found: Forecast, shares: Mapping[str, float]) -> None:
    """Draw the forecast. shares: of the plan, strategy -> share of the budget."""
    sheet.show(sheet.lead(_sentence(found)), *map(sheet.note, _lines(found)))
    sheet.show(_strategies(found, shares))
    csv_file.offer(strategy_rows(found, shares), "strategies")


def strategy_rows(found: Forecast, shares: Mapping[str, float]) -> pd.DataFrame:
    """strategy, share (of the budget, NA where it left the plan), traces it chooses from, probability of each."""
    rows = [(name, shares.get(name), found.eligible[name], float(rate)) for name, rate in found.rates.items()]
    return pd.DataFrame(rows, columns=["strategy", "share", "traces", "probability"])


def judge_rows(found: Forecast) -> pd.DataFrame:
    """A row per judge, unrounded: what `judges` shows."""
    return pd.DataFrame(
        [
            {"judge": one.judge, "judge_version": one.judge_version, "criterion": one.criterion}
            | {"flagged": one.n_flagged, "passed": one.n_passed, "ratio": one.ratio}
            | {"missed_failures": one.missed_failures}
            | {f"SE {text}": getattr(one.standard_errors, name) for name, text in _ERRORS.items()}
            for one in found.judges
        ]
    )


def judges(found: Forecast) -> None:
    """Draw what the draw would tell of each judge."""
    if not found.judges:
        st.caption("No judge has a verdict on any of these traces.")
        return
    sheet.show(sheet.table(_HEAD, [_judge(one) for one in found.judges], "what the draw tells of each judge"))
    csv_file.offer(judge_rows(found), "judges")
    sheet.show(*(sheet.note(f"{_name(one)}: {line}.") for one in found.judges for line in one.advice))
    with st.expander("What is expected, and another split"):
        sheet.show(*(sheet.note(line) for one in found.judges for line in _expected(one)))


def errors(forecasts: Mapping[int, Forecast]) -> pd.DataFrame:
    """judge, judge_version, criterion, reviews (the budget), traces expected, figure, standard_error (NA: undefined).

    forecasts: budget -> forecast."""
    rows = [
        (one.judge, one.judge_version, one.criterion, budget, found.traces, text,
         getattr(one.standard_errors, name))
        for budget, found in sorted(forecasts.items())
        for one in found.judges
        for name, text in _ERRORS.items()
    ]  # fmt: skip
    head = ["judge", "judge_version", "criterion", "reviews", "traces", "figure", "standard_error"]
    return pd.DataFrame(rows, columns=head).astype({"standard_error": float})


def _sentence(found: Forecast) -> str:
    if found.added < 0.5:
        return f"Nothing new: the queue holds {found.held:,} traces, and this budget expects no more."
    return (
        f"About {found.added:,.0f} new traces, {found.reviews:,.0f} reviews more: some {found.minutes:,.0f} "
        "reviewer-minutes. Nothing is drawn yet."
    )


def _lines(found: Forecast) -> list[str]:
    whole = (
        f"Queue {found.queue}: {found.traces:,.0f} traces expected in all, give or take {found.sd:,.0f} (one standard "
        f"deviation), from {found.frame_size:,} eligible ones; {found.held:,} are in it already."
    )
    lines = [whole]
    if found.unreachable:
        lines.append(f"{found.unreachable:,} traces cannot be chosen by any strategy: no figure will speak for them.")
    return lines


def _strategies(found: Forecast, shares: Mapping[str, float]) -> str:
    rows: list[list[sheet.Cell]] = [
        [
            name,
            STRATEGIES.get(name, ""),
            sheet.number(f"{shares[name]:.0%}" if name in shares else "left the plan"),
            sheet.number(f"{found.eligible[name]:,}"),
            sheet.explained(f"{rate:.4f}", _RATE),
        ]
        for name, rate in sorted(found.rates.items(), key=lambda one: (one[0] != "random", one[0]))
    ]
    head = ("strategy", "chooses from", "of the budget", "traces", "probability of each")
    return sheet.table(head, rows, "strategies of the plan")


def _judge(one: JudgeForecast) -> list[sheet.Cell]:
    return [
        _name(one),
        sheet.explained(f"{one.n_flagged:,.0f} : {one.n_passed:,.0f}", "traces expected in the sample, by its verdict"),
        sheet.explained("–" if one.ratio is None else f"{one.ratio:.1f} times as likely", _RATIO),
        sheet.explained(f"{one.missed_failures:.1f}", _MISSED.format(one.n_passed, one.anticipated.missed)),
        *(sheet.explained(_error(getattr(one.standard_errors, name)), _ERROR) for name in _ERRORS),
    ]


def _name(one: JudgeForecast) -> str:
    return f"{one.judge} {one.judge_version} on {one.criterion}"


def _error(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _expected(one: JudgeForecast) -> list[str]:
    of = one.anticipated
    split = (
        f"To measure the share of failures alone, Neyman's allocation would take {one.neyman['flagged']:,.0f} flagged "
        f"and {one.neyman['passed']:,.0f} passed traces: a proposal. Missed failures are those expected in the sample; "
        "fewer than 5 cannot bound recall."
    )
    return [f"{_name(one)}: {of.prevalence:.1%} failures, TPR {of.tpr:.2f}, TNR {of.tnr:.2f} ({of.source}).", split]
