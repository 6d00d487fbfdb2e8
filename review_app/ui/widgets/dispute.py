"""One trace on which reviews differ: what people said side by side, and the form that settles it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from review_app.review.adjudication import Dispute, Outcome, Settlement
from review_app.review.rubric import Criterion
from review_app.ui.widgets import sheet
from review_app.ui.widgets.disagreement_list import with_links

# Beside a form the pane has no room for its columns, and its page is a page like the others.
_BESIDE = """<style>
.stApp .stMainBlockContainer:has(.rv) { padding: 4.5rem 2rem 1rem; }
.stApp .stMainBlockContainer:has(.rv) > div { gap: 1rem; }
.stColumn .rv { height: calc(100dvh - 13rem); overflow-y: auto; }
.stColumn .rv .rv-body { display: block; }
.stColumn .rv .rv-form { display: none; }
.stColumn .rv :is(.rv-main, .rv-docs) { overflow: visible; border-left: 0; padding-inline: 0 .75rem; }
</style>"""
OUTCOMES: dict[Outcome, str] = {
    "settled": "Settle the answer",
    "fix_rubric": "The rubric must be mended first",
    "fix_context": "The context shown must be mended first",
}
SETTLED: dict[str, Any] = {
    "open": st.column_config.LinkColumn("trace", display_text=r"trace_id=([^&]*)"),
    "criterion": "criterion",
    "outcome": "outcome",
    "label": "answer",
    "note": st.column_config.TextColumn("why", width="large"),
    "settled_by": "by",
    "at": st.column_config.DatetimeColumn("at (UTC)", format="D MMM YYYY, HH:mm"),
}


def layout() -> None:
    """Make room for the trace beside the form."""
    st.html(_BESIDE)


def pick(waiting: pd.DataFrame) -> tuple[str, str]:
    """Draw the choice of a trace; its id and the version of the rubric. waiting: as `actions.to_adjudicate` gives it,
    with at least one row."""
    traces = list(waiting.groupby(["trace_id", "rubric_version"], sort=False).groups)
    index = st.selectbox(
        f"Trace ({len(traces)} to settle)",
        range(len(traces)),
        format_func=lambda place: traces[place][0] if place < len(traces) else "",
        width=420,
    )
    trace_id, rubric_version = traces[index]
    return str(trace_id), str(rubric_version)


def sides(dispute: Dispute) -> None:
    """Draw everybody's labels, words and corrections, a column each."""
    people = dispute.opinions
    rows: list[list[sheet.Cell]] = [
        [one.question, *(_text(one, person.labels.get(one.name)) for person in people)] for one in dispute.criteria
    ]
    rows.append(["in their words", *(person.note or "–" for person in people)])
    if any(person.correction for person in people):
        rows.append(["corrected", *(person.correction or "–" for person in people)])
    head = ["", *(person.reviewer for person in people)]
    sheet.show(sheet.table(head, rows, "what reviewers said"))


def ask(dispute: Dispute) -> list[Settlement] | None:
    """Draw the form; what was decided once it is sent, else None."""
    with st.form(f"dispute:{dispute.trace.trace_id}", enter_to_submit=False):
        decided = [_decision(place, one) for place, one in enumerate(dispute.criteria, start=1)]
        note = st.text_area("Why", max_chars=4_000, height=90, help="Those who are overruled read it.")
        correction = st.text_area("Corrected answer, if it needs one", max_chars=40_000, height=90)
        if not st.form_submit_button("Settle", type="primary"):
            return None
    return [
        Settlement(
            criterion=name, outcome=outcome, label=label, note=note.strip(), correction=correction.strip() or None
        )
        for name, outcome, label in decided
    ]


def settled(found: pd.DataFrame, reviewer: str) -> None:
    """Draw what was settled, newest first."""
    readable = with_links(found, reviewer).assign(outcome=found["outcome"].str.replace("_", " "))
    st.dataframe(readable[list(SETTLED)], column_config=SETTLED, hide_index=True, width="stretch")


def _decision(place: int, criterion: Criterion) -> tuple[str, Outcome, str | None]:
    # The question stands in `sides`; a label of Streamlit would read it as Markdown.
    sheet.show(sheet.note(f"{place}. {criterion.question}"))
    outcome = st.selectbox(f"Outcome {place}", list(OUTCOMES), format_func=lambda one: OUTCOMES[one])
    label = _answer(f"Answer {place}", criterion)
    return criterion.name, outcome, label if outcome == "settled" else None


def _answer(name: str, criterion: Criterion) -> str | None:
    values = list(criterion.values())
    if criterion.multiple:
        return ",".join(st.multiselect(name, values, format_func=lambda one: _text(criterion, one))) or None
    if values:
        picked: str | None = st.selectbox(
            name, values, index=None, placeholder="pick one", format_func=lambda one: _text(criterion, one)
        )
        return picked
    return st.text_input(name, max_chars=4_000).strip() or None


def _text(criterion: Criterion, label: str | None) -> str:
    if label is None:
        return "–"
    texts = {one.value: one.text or one.value for one in criterion.labels}
    return ", ".join(texts.get(part, part) for part in label.split(",")) if texts else label
