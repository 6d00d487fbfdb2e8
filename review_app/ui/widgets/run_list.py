"""The runs there are, and the choice of two."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from review_app import actions
from review_app.gate.run_report import MetricRates, RunReport
from review_app.ui import session
from review_app.ui.widgets import sheet

_HEAD = ("system", "run", "started (UTC)", "release", "answers", "metrics (95 % interval)", "cost", "latency p50, p95")


def show(runs: Sequence[actions.RunSummary]) -> None:
    """Draw every run, the newest first."""
    sheet.show(sheet.table(_HEAD, map(_row, runs), "runs of candidates"))


def choose(runs: Sequence[actions.RunSummary]) -> tuple[str, str] | None:
    """Draw the choice of baseline and candidate, as the address bar has it at first; None until both are chosen."""
    names = {run.run_id: f"{run.series} ({run.run_id})" for run in runs}
    approved = next((run.run_id for run in runs if run.in_force), None)
    newest = next((run.run_id for run in runs if run.run_id != approved), None)
    with st.container(horizontal=True):
        old = _one("Baseline", names, session.asked_for("baseline"), approved)
        new = _one("Candidate", names, session.asked_for("candidate"), newest)
    if old is None or new is None or old == new:
        return None
    session.keep_in_address(baseline=old, candidate=new)
    return old, new


def _one(label: str, names: dict[str, str], asked: str, default: str | None) -> str | None:
    ids = list(names)
    first = asked if asked in names else default
    return st.selectbox(
        label, ids, index=None if first is None else ids.index(first), format_func=names.__getitem__, key=f"run:{label}"
    )


def _row(run: actions.RunSummary) -> tuple[sheet.Cell, ...]:
    about: tuple[sheet.Cell, ...] = (
        sheet.lines([run.series, *_approved(run)]),
        run.run_id,
        sheet.soft(f"{run.at:%d %b %Y, %H:%M}"),
        sheet.number(str(run.release)),
    )
    if run.report is None:
        return (*about, "", run.trouble, "", "")
    return (*about, sheet.lines(_answers(run)), sheet.lines(map(_rate, run.report.metrics)), *_spent(run.report))


def _approved(run: actions.RunSummary) -> list[str]:
    if run.note is None:
        return []
    return ["approved baseline" if run.in_force else "was the baseline", *([run.note] if run.note else [])]


def _answers(run: actions.RunSummary) -> list[str]:
    assert run.report is not None
    found = run.report
    state = "complete" if run.complete else "partial"
    failed = [f"{found.failed:,} failed"] if found.failed else []
    each = f"{found.cases:,} cases" if found.trials == 1 else f"{found.cases:,} cases × {found.trials}"
    return [state, f"{found.answered:,} of {found.wanted:,} answers", each, *failed]


def _rate(metric: MetricRates) -> str:
    mean = metric.mean
    if mean.value is None:
        return f"{metric.name}: not known, {mean.reason}"
    return f"{metric.name}: {mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f}, n = {mean.n:,})"


def _spent(report: RunReport) -> tuple[sheet.Cell, sheet.Cell]:
    cost = "not known" if report.cost_usd is None else f"${report.cost_usd:.4f}"
    time = "not known" if report.latency_s is None else f"{report.latency_s[0]:.2f} s, {report.latency_s[1]:.2f} s"
    return sheet.soft(cost), sheet.soft(time)
