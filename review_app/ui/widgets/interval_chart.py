"""Figures as dots with their intervals, one below the other."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from review_app.agreement.estimate import Estimate

_ROW = 34
_LABEL = 160  # pixels
_WRAP = 22  # characters
# Seen on white and on black.
_BAR = "#808080"


def show(
    figures: Sequence[tuple[str, Estimate]], description: str, axis: str = "weighted", to: float | None = 1.0
) -> None:
    """Draw a row per figure that has a value, its interval as a bar; nothing where none has.

    figures: name and value. description: what the chart holds, for those who hear it. axis: what the figures
    are. to: where the axis ends; None as far as the intervals reach, 0 between and marked."""
    frame = points(figures)
    if frame.empty:
        return
    ends = frame[["value", "low", "high"]].astype(float)
    domain = [min(0.0, ends.min().min()), max(0.0, ends.max().max()) if to is None else to]
    told = [
        alt.Tooltip("figure:N"), alt.Tooltip("value:Q", format=".3f"), alt.Tooltip("low:Q", format=".3f"),
        alt.Tooltip("high:Q", format=".3f"), alt.Tooltip("level:Q", format=".1%"), alt.Tooltip("n:Q"),
        alt.Tooltip("method:N"),
    ]  # fmt: skip
    # Two short lines: on a telephone one long line leaves no room for the chart.
    names = alt.Axis(labelExpr="split(datum.label, '\\n')", labelLimit=_LABEL, labelOffset=-5)
    base = alt.Chart(frame).encode(y=alt.Y("label:N", sort=None, title=None, axis=names), tooltip=told)
    scale = alt.Scale(domain=domain)
    # An empty layer would be a picture without a name to those who hear the page.
    nought = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(strokeDash=[4, 4], color=_BAR).encode(x="zero:Q")
    chart = alt.layer(
        *([nought] if to is None else []),
        base.mark_rule(strokeWidth=4, opacity=0.7, color=_BAR).encode(
            x=alt.X("low:Q", scale=scale, title=f"{axis}, with its interval"), x2="high:Q"
        ),
        base.mark_point(filled=True, size=80, opacity=1).encode(x=alt.X("value:Q", scale=scale)),
    ).properties(height=alt.Step(_ROW), description=description)
    st.altair_chart(chart, width="stretch")


def points(figures: Sequence[tuple[str, Estimate]]) -> pd.DataFrame:
    """figure, label (in lines), value, low, high (NA without an interval), level, n, method of those with a value."""
    rows = [
        (name, "\n".join(textwrap.wrap(name, _WRAP)), one.value, one.low, one.high, one.level, one.n, one.method)
        for name, one in figures
        if one.value is not None
    ]
    return pd.DataFrame(rows, columns=["figure", "label", "value", "low", "high", "level", "n", "method"])
