"""Severity of each reviewer as a dot with its interval, by name."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from review_app.agreement.raters.severity import Severity

_ROW = 32
# Seen on white and on black; rules are black unless told otherwise.
_GREY = "#85909c"
# A normal distribution's 95 %.
_Z = 1.96


def show(found: Severity) -> None:
    """Draw a row per reviewer; nothing where severity is refused."""
    if not found.raters:
        return
    frame = points(found)
    base = alt.Chart(frame).encode(y=alt.Y("reviewer:N", sort=None, title=None, axis=alt.Axis(labelLimit=220)))
    scale = alt.X("severity:Q", title="severity, in scale points (bar: 95 %, ± 1.96 standard errors)")
    told = [alt.Tooltip(f"{name}:{kind}") for name, kind in (("reviewer", "N"), ("severity", "Q"), ("answers", "Q"))]
    chart = alt.layer(
        alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(strokeDash=[4, 4], color=_GREY).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=3, color=_GREY).encode(x=alt.X("low:Q"), x2="high:Q"),
        base.mark_point(filled=True, size=90, opacity=1).encode(x=scale, tooltip=told),
    ).properties(height=alt.Step(_ROW), description="Severity of each reviewer with its interval, by name.")
    st.altair_chart(chart, width="stretch")


def points(found: Severity) -> pd.DataFrame:
    """reviewer, severity, low, high (NA without a standard error), answers; by name."""
    rows = [
        (one.rater, one.value, *(None if one.se is None else one.value + sign * _Z * one.se for sign in (-1, 1)), one.n)
        for one in sorted(found.raters, key=lambda one: one.rater)
    ]
    return pd.DataFrame(rows, columns=["reviewer", "severity", "low", "high", "answers"])
