"""A judge's rates in parts of the frame, week by week or by prompt version, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from review_app.agreement.judges.trend import TrendPoint

# Told apart on white and on black, and by the shape of their points besides.
_COLOURS = ("#3d7fc4", "#2f9466", "#c96f1e")
# Short: on a telephone the legend has 250 pixels. TPR, TNR and prevalence in the table.
_NAMES = {"tpr": "bad flagged", "tnr": "good passed", "prevalence": "bad in all"}


def known(points: Sequence[TrendPoint]) -> bool:
    """Whether there are two parts or more to compare."""
    return len(set(rates(points)["part"])) > 1


def show(points: Sequence[TrendPoint], part: str) -> None:
    """Draw the rates by part; nothing below two parts that have figures. part: what a part is."""
    frame = rates(points)
    if frame["part"].nunique() < 2:
        return
    order = list(_NAMES.values())
    legend = alt.Legend(title=None, orient="top", columns=2)
    told = [
        alt.Tooltip("part:N"), alt.Tooltip("figure:N"), alt.Tooltip("value:Q", format=".3f"),
        alt.Tooltip("low:Q", format=".3f"), alt.Tooltip("high:Q", format=".3f"), alt.Tooltip("n:Q"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(
        x=alt.X("part:N", sort=None, title=part, axis=alt.Axis(labelAngle=0, labelLimit=120)),
        xOffset=alt.XOffset("figure:N", sort=order),
        color=alt.Color("figure:N", sort=order, scale=alt.Scale(domain=order, range=list(_COLOURS)), legend=legend),
        tooltip=told,
    )
    scale = alt.Scale(domain=[0, 1])
    chart = alt.layer(
        base.mark_rule(strokeWidth=3, opacity=0.5).encode(
            y=alt.Y("low:Q", scale=scale, title="weighted (bar: 95 %)"), y2="high:Q"
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            y=alt.Y("value:Q", scale=scale), shape=alt.Shape("figure:N", sort=order, legend=legend)
        ),
    ).properties(height=260, description=f"Rates of the judge by {part}, with their intervals.")
    st.altair_chart(chart, width="stretch")


def rates(points: Sequence[TrendPoint]) -> pd.DataFrame:
    """part, figure, value, low, high, n; a row per part and rate that has a value."""
    rows = [
        (point.part, text, one.value, one.low, one.high, one.n)
        for point in points
        for name, text in _NAMES.items()
        if (one := point.metrics.get(name)) is not None and one.value is not None
    ]
    return pd.DataFrame(rows, columns=["part", "figure", "value", "low", "high", "n"])
