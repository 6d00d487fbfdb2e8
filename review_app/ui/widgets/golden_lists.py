"""The golden board's lists: what waits for approval, what was decided, what was released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from review_app.actions.releasing import GoldenDrift
from review_app.golden.coverage import Covered
from review_app.golden.diff import Diff, Removed
from review_app.golden.inspection import Finding
from review_app.ui.widgets import sheet
from review_app.ui.widgets.disagreement_list import with_links
from review_app.watch.text import said_of_drift

WAITING: dict[str, Any] = {
    "open": st.column_config.LinkColumn("trace", display_text=r"trace_id=([^&]*)"),
    "example_id": "case",
    "layer": "kept as",
    "reason": st.column_config.TextColumn("why", width="large"),
    "proposer": "proposed by",
    "proposed_at": st.column_config.DatetimeColumn("at (UTC)", format="D MMM YYYY, HH:mm"),
}
DECIDED: dict[str, Any] = {
    "open": WAITING["open"],
    "example_id": "case",
    "status": "now",
    "approver": "decided by",
    "layer": "kept as",
    "split": "for",
    "reason": st.column_config.TextColumn("why", width="medium"),
    "proposer": "proposed by",
    "decision_note": "note",
    "retired_why": "left because",
    "proposed_at": WAITING["proposed_at"],
}
COVERED: dict[str, Any] = {
    "by": "by",
    "value": "value",
    "cases": "cases",
    "dev": "dev",
    "test": "test",
    "traffic": "traces",
    "share": st.column_config.NumberColumn("share of traffic", format="percent"),
}
DRIFT: dict[str, Any] = {
    "column": st.column_config.TextColumn("traces by"),
    "before": st.column_config.NumberColumn("up to the release", format="localized"),
    "since": st.column_config.NumberColumn("since", format="localized"),
    "said": st.column_config.TextColumn("what changed", width="large"),
}
RELEASES: dict[str, Any] = {
    "number": st.column_config.NumberColumn("release", format="%d"),
    "examples": "cases",
    "at": st.column_config.DatetimeColumn("at (UTC)", format="D MMM YYYY, HH:mm"),
    "by": "by",
    "notes": "notes",
    "content_hash": st.column_config.TextColumn("hash", width="large"),
}


def waiting(proposals: pd.DataFrame, reviewer: str) -> list[str]:
    """Draw the open proposals; the ids of those ticked."""
    return sheet.ticked(_readable(proposals, reviewer), WAITING, "example_id", "golden-waiting")


def decided(proposals: pd.DataFrame, reviewer: str) -> list[str]:
    """Draw what was approved, rejected or has left, newest first; the ids of those ticked."""
    frame = _readable(proposals, reviewer).sort_values("proposed_at", ascending=False)
    frame = frame.assign(**{name: frame[name].fillna("") for name in ("approver", "decision_note", "retired_why")})
    return sheet.ticked(frame, DECIDED, "example_id", "golden-decided")


def found(findings: Mapping[str, Sequence[Finding]]) -> None:
    """Draw what the inspection says of the ticked cases; nothing where it found nothing."""
    rows = [(name, one.kind.replace("_", " "), one.says) for name, several in findings.items() for one in several]
    if rows:
        sheet.show(sheet.table(("case", "found", "which"), rows, "what was found in the ticked cases"))


def covered(rows: Sequence[Covered]) -> None:
    """Draw what the approved cases cover."""
    frame = pd.DataFrame([asdict(row) for row in rows], columns=list(COVERED))
    st.dataframe(frame, column_config=COVERED, hide_index=True, width="stretch")


def drifted(drift: GoldenDrift | None) -> None:
    """Draw whether the traffic is still made up as it was when the last release was frozen."""
    if drift is None:
        return
    st.markdown(f"**Traffic since release {drift.release}**")
    rows = [
        {"column": one.column, "before": one.before, "since": one.now, "said": said_of_drift(one)}
        for one in drift.columns
    ]
    st.dataframe(pd.DataFrame(rows), column_config=DRIFT, hide_index=True, width="stretch")


def changed(change: Diff) -> None:
    """Draw what came, what left and why, and what differs."""
    rows = [
        *(("added", name, "") for name in change.added),
        *(("removed", gone.example_id, _why(gone)) for gone in change.removed),
        *(("changed", name, ", ".join(fields)) for name, fields in change.changed.items()),
        ("the same", f"{change.kept:,}", ""),
    ]
    sheet.show(sheet.table(("", "case", "why"), rows, f"release {change.new} against {change.old}"))


def releases(made: pd.DataFrame) -> None:
    """Draw the releases, newest first."""
    frame = made.sort_values("number", ascending=False)[list(RELEASES)]
    st.dataframe(frame, column_config=RELEASES, hide_index=True, width="stretch")


def _readable(proposals: pd.DataFrame, reviewer: str) -> pd.DataFrame:
    return with_links(proposals, reviewer).assign(layer=proposals["layer"].str.replace("_", " "))


def _why(gone: Removed) -> str:
    return f"{gone.why} (replaced by {gone.successor})" if gone.successor else gone.why
