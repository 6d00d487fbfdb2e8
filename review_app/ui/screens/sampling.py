"""For those who lead: what a draw would cost and tell, the draw itself, and what was drawn so far."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import session
from review_app.ui.widgets import budget_chart, deed, draw_list, plan_sheet, trouble

# The budgets of the curve, as parts of the one asked for.
_STEPS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)


def page() -> None:
    """Draw the sampling page."""
    name, project = session.reviewer() or "", session.project()
    st.header("Sampling")
    session.show_notice()
    try:
        history = actions.draw_history(project, name)
    except ReviewAppError as error:
        trouble.show(error)
        return
    st.subheader("What a draw would do now")
    budget = st.number_input("Budget, in reviews", 1, 10_000_000, history.budget, step=10, width=200)
    if budget != history.budget:
        st.caption(f"sampling.yaml says {history.budget:,}. A draw only adds: what was drawn stays.")
    try:
        forecasts = _forecasts(project, budget, history.budget)
        _plan(forecasts, budget, history)
    except ReviewAppError as error:
        trouble.show(error)
    st.subheader("What was drawn so far")
    draw_list.show(history, name)


def _plan(forecasts: Mapping[int, actions.Forecast], budget: int, history: actions.DrawHistory) -> None:
    now = forecasts[budget]
    plan_sheet.show(now, history.shares)
    wanted = None if budget == history.budget else budget
    if st.button("Draw", type="primary", key="draw"):
        with st.spinner("Drawing"):
            deed.do(lambda: _drawn(wanted))
    st.subheader("What it would tell of each judge")
    plan_sheet.judges(now)
    budget_chart.show(plan_sheet.errors(forecasts), budget)


def _drawn(budget: int | None) -> str:
    actions.require_role(session.project(), session.reviewer() or "", "lead", "admin")
    return draw_list.said(actions.sample(session.project(), budget))


def _forecasts(project: Path, budget: int, planned: int) -> dict[int, actions.Forecast]:
    """Budget -> forecast: the one asked for, and some below and above it."""
    budgets = sorted({max(1, round(budget * step)) for step in _STEPS})
    # The plan's own budget may stand in minutes, which are a part of a review more.
    asked = [None if one == planned else one for one in budgets]
    return dict(
        zip(
            budgets, actions.plan_budgets(project, asked, actions.measured_agreement(project, audit=False)), strict=True
        )
    )
