"""Runs of candidates: how good each is, two of them side by side, and each changed case one click away."""

from __future__ import annotations

import streamlit as st

from review_app import actions
from review_app.errors import ReviewAppError
from review_app.ui import review_pane, session
from review_app.ui.review_pane import comparison
from review_app.ui.widgets import case_links, deed, gate_sheet, preference_sheet, run_list, sheet, trouble

_NONE = "No candidate was run yet: review-app run --name NAME --target ... asks one every golden case."


def page() -> None:
    """Draw the page of candidates, or the case that the address bar names."""
    name, project = session.reviewer() or "", session.project()
    case = session.asked_for("case")
    if case:
        _case(name, (session.asked_for("baseline"), session.asked_for("candidate")), case)
        return
    st.header("Candidates")
    session.show_notice()
    try:
        runs = actions.run_summaries(project, name)
        leads = actions.role(project, name) in ("lead", "admin")
    except ReviewAppError as error:
        trouble.show(error)
        return
    if not runs:
        st.caption(_NONE)
        return
    run_list.show(runs)
    st.subheader("Side by side")
    chosen = run_list.choose(runs)
    if chosen is None:
        st.caption("Choose two different runs.")
        return
    _against(name, chosen)
    _cases(name, chosen, leads)
    if leads:
        _approve(name, chosen[1])


def _case(name: str, runs: tuple[str, str], case: str) -> None:
    try:
        found = actions.compared_case(session.project(), name, runs, case)
    except ReviewAppError as error:
        st.header("Candidates")
        trouble.show(error)
        return
    data = comparison.of_case(found, case_links.address(name, runs))
    review_pane.mount(f"case:{':'.join(runs)}:{case}", data)


def _against(name: str, runs: tuple[str, str]) -> None:
    try:
        decision = actions.preview_gate(session.project(), name, runs[1], runs[0])
    except ReviewAppError as error:
        sheet.show(sheet.lead("A gate would refuse these runs"))
        trouble.show(error)
        return
    sheet.show(sheet.lead(f"A gate would say now: {decision.outcome}"))
    gate_sheet.reasons(decision)
    gate_sheet.figures(decision, name)
    st.caption("This decides nothing and counts no look: review-app gate does.")


def _cases(name: str, runs: tuple[str, str], leads: bool) -> None:
    project = session.project()
    st.subheader("Changed cases")
    words = st.toggle("Also those where only the words differ")
    try:
        cases = actions.changed_cases(project, name, runs, words)
        results = actions.pair_results(project, name, runs)
    except ReviewAppError as error:
        trouble.show(error)
        return
    if cases.empty:
        st.caption("No metric differs on any case.")
    else:
        case_links.show(cases, name, runs)
    st.subheader("Compared blind")
    if results is not None:
        preference_sheet.show(results, name)
    else:
        st.caption("These answers were not put to people as pairs yet.")
    if leads:
        _send(name, runs, list(cases["example_id"]))


def _send(name: str, runs: tuple[str, str], cases: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        send = st.button(f"Send {len(cases):,} cases as pairs", disabled=not cases)
        reviews = st.number_input("People who compare each", min_value=1, max_value=9, value=1, width=220)
    st.caption("From then on nobody sees here whose answer is whose before their own review of the pair is in.")
    if send:
        deed.do(lambda: f"Reviews asked for: {actions.send_pairs(session.project(), name, runs, cases, int(reviews))}.")


def _approve(name: str, run_id: str) -> None:
    st.subheader("Baseline")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        approve = st.button("Approve this candidate as the baseline")
        note = st.text_input("Why this run", max_chars=500, key="baseline-why")
    if approve:
        deed.do(lambda: _approved(name, run_id, note))


def _approved(name: str, run_id: str, note: str) -> str:
    made = actions.approve_baseline(session.project(), name, run_id, note)
    return f"{made.run_id} is the baseline over {made.release_hash}"
