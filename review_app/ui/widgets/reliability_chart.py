"""Does P(bad) mean what it says: bins with intervals, the diagonal of perfection, and the recalibrated score."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

from review_app.agreement.confidence.calibration import Calibration

_SHARE = alt.Scale(domain=[0, 1])


def known(found: Calibration) -> bool:
    """Whether there is a diagram."""
    return found.diagram is not None and found.corp is not None


def show(found: Calibration) -> None:
    """Draw the diagram; nothing where calibration was refused."""
    if found.diagram is None or found.corp is None:
        return
    steps = pd.DataFrame({"score": found.corp.steps.at, "bad": found.corp.steps.value})
    told = [alt.Tooltip(f"{name}:Q", format=".3f") for name in ("score", "bad", "low", "high")]
    x = alt.X("score:Q", scale=_SHARE, title="the judge's P(bad)")
    base = alt.Chart(bins(found)).encode(x=x, tooltip=[*told, alt.Tooltip("n:Q")])
    diagonal = alt.Chart(pd.DataFrame({"score": [0.0, 1.0], "bad": [0.0, 1.0]}))
    y = alt.Y("bad:Q", scale=_SHARE, title="share people call bad (bar: 95 %)")
    chart = alt.layer(
        diagonal.mark_line(strokeDash=[4, 4], opacity=0.6, color="#808080").encode(x=x, y=y),
        alt.Chart(steps).mark_line(color="#c96f1e", strokeWidth=2).encode(x=x, y=y),
        base.mark_rule(strokeWidth=3, opacity=0.7, color="#808080").encode(y=alt.Y("low:Q", scale=_SHARE), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(y=y),
    ).properties(height=260, description="Share of bad answers against the judge's probability, with the diagonal.")
    st.altair_chart(chart, width="stretch")
    st.caption("Dots: bins of equal size. Dashed: a judge whose P(bad) is right. Line: P(bad) recalibrated (isotonic).")


def bins(found: Calibration) -> pd.DataFrame:
    """score, bad, low, high (NA without an interval), n of each bin."""
    rows = [
        (one.mean_score, one.bad.value, one.bad.low, one.bad.high, one.bad.n)
        for one in (found.diagram.bins if found.diagram else ())
    ]
    return pd.DataFrame(rows, columns=["score", "bad", "low", "high", "n"])
