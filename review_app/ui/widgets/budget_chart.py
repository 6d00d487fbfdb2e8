"""What a larger budget buys: the predicted standard errors of a judge's figures against the budget."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from review_app.ui.widgets import csv_file

# Told apart on white and on black, and by the shape of their points besides.
_COLOURS = ("#3d7fc4", "#c96f1e", "#2f9466", "#a860bd")
_GREY = "#85909c"
_JUDGE = ["judge", "judge_version", "criterion"]


def show(errors: pd.DataFrame, budget: int) -> None:
    """Draw one judge's errors, with their table and all of them as a file. errors: plan_sheet.errors."""
    if errors.empty:
        return
    known = list(errors[_JUDGE].drop_duplicates().itertuples(index=False, name=None))
    place = st.selectbox("Judge", range(len(known)), format_func=lambda at: "{} {} on {}".format(*known[at]), width=360)
    shown = errors[(errors[_JUDGE] == list(known[place])).all(axis=1)]
    drawn = shown.dropna(subset=["standard_error"])
    if drawn.empty:
        st.caption("No standard error can be predicted: a part of the traces cannot be drawn.")
    else:
        st.altair_chart(_chart(drawn, budget), width="stretch")
    with st.expander("As a table"):
        table = shown.pivot(index=["reviews", "traces"], columns="figure", values="standard_error").reset_index()
        columns = {
            "reviews": st.column_config.NumberColumn("budget, reviews", format="%d"),
            "traces": st.column_config.NumberColumn("traces expected", format="%.0f"),
            **{
                str(name): st.column_config.NumberColumn(f"SE {name}", format="%.4f")
                for name in shown["figure"].unique()
            },
        }
        st.dataframe(table, column_config=columns, hide_index=True, width=620)
        csv_file.offer(errors, "standard_errors")


def _chart(errors: pd.DataFrame, budget: int) -> alt.LayerChart | alt.FacetChart:
    order = list(errors["figure"].unique())
    told = [
        alt.Tooltip("figure:N"),
        alt.Tooltip("reviews:Q", title="budget, reviews", format=","),
        alt.Tooltip("standard_error:Q", title="standard error", format=".4f"),
    ]
    legend = alt.Legend(title=None, orient="top")
    lines = (
        alt.Chart(errors[["figure", "reviews", "standard_error"]])
        .mark_line(point=alt.OverlayMarkDef(filled=True, size=70))
        .encode(
            x=alt.X("reviews:Q", title="budget, in reviews"),
            y=alt.Y("standard_error:Q", title="predicted standard error", scale=alt.Scale(zero=True)),
            color=alt.Color("figure:N", sort=order, scale=alt.Scale(range=list(_COLOURS)), legend=legend),
            shape=alt.Shape("figure:N", sort=order, legend=legend),
            tooltip=told,
        )
    )
    here = (
        alt.Chart(pd.DataFrame({"reviews": [budget]})).mark_rule(strokeDash=[4, 4], color=_GREY).encode(x="reviews:Q")
    )
    text = "Predicted standard errors against the budget; the dashed line is the budget asked for."
    return alt.layer(here, lines).properties(height=280, description=text)
