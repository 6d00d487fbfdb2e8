"""The traces a figure counts, each one click from its page, and in words what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from review_app import actions
from review_app.ui.widgets import csv_file, sheet
from review_app.ui.widgets.disagreement_list import with_links
from review_app.ui.widgets.figure_link import count

COLUMNS: dict[str, Any] = {
    "open": st.column_config.LinkColumn("trace", display_text=r"trace_id=([^&]*)", width="medium"),
    "route": "route",
    "language": "language",
    "n_turns": "turns",
    "n_documents": "documents",
    "n_tools": "tools",
}
_TRUTH = {
    "bad": "people call it bad (half of those on which they tied)",
    "good": "people call it good (half of those on which they tied)",
    "clearly_bad": "people call it bad",
    "clearly_good": "people call it good",
}
_TOLD = {
    "week": "week {}", "prompt_version": "prompt version {}", "least": "P(bad) at least {:.3f}",
    "most": "P(bad) at most {:.3f}", "answer": "somebody answered {}", "by": "answered by {}", "beside": "and by {}",
    "draw": "added to the queue by draw {}", "uncaught": "a note of the code {}, and no bad answer by anybody",
}  # fmt: skip


def show(found: actions.FigureTraces, figure: Mapping[str, str], person: str) -> None:
    """Draw what was counted, how many traces that is, and those this person may see."""
    sheet.show(sheet.lead(_size(found)), *map(sheet.note, (*said(figure), *_kept_back(found))))
    if len(found.traces):
        rows = with_links(found.traces, person)[list(COLUMNS)]
        st.dataframe(
            rows, column_config=COLUMNS, hide_index=True, width="stretch", height=min(560, 38 + 35 * len(rows))
        )
        csv_file.offer(found.traces, "traces")
    else:
        st.caption("None to list here.")


def said(figure: Mapping[str, str]) -> list[str]:
    """What was counted, a line per condition; its words are foreign."""
    lines = []
    if "criterion" in figure:
        lines.append(f"Question {figure['criterion']}, rubric {figure.get('rubric_version', '')}.")
    if "judge" in figure:
        drawn = "labelled" if "naive" in figure else "drawn and labelled"
        lines.append(f"Judge {figure['judge']} {figure.get('judge_version', '')}: {drawn} traces with its verdict.")
    if "panel" in figure:
        lines.append("Drawn and labelled traces with a verdict of every judge of the question.")
    if "twice" in figure:
        lines.append("Two people or more answered.")
    parts = [_verdict(figure)] if "said" in figure else []
    parts += [_TRUTH.get(figure["truth"], "")] if "truth" in figure else []
    parts += [actions.slice_words(figure["where"])] if "where" in figure else []
    parts += [_part(name, figure[name]) for name in _TOLD if name in figure]
    return lines + ([f"Of these: {'; '.join(parts)}."] if parts else [])


def _verdict(figure: Mapping[str, str]) -> str:
    flagged = figure["said"] == "flagged"
    if "panel" in figure:
        return "some judge flags it" if flagged else "all judges pass it"
    return "the judge flags it" if flagged else "the judge passes it"


def _part(name: str, value: str) -> str:
    told: str = _TOLD[name]
    return told.format(float(value)) if name in ("least", "most") else told.replace("{}", value)


def _size(found: actions.FigureTraces) -> str:
    if found.count == found.n:
        return f"{found.n:,} {'trace' if found.n == 1 else 'traces'}"
    return f"{count(found.count)}: {found.n:,} traces, those on which people tied counting half"


def _kept_back(found: actions.FigureTraces) -> list[str]:
    if not found.hidden:
        return []
    return [f"{found.hidden:,} of them are not listed: what people or judges said of these is not yours to know yet."]
