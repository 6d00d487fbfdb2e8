"""Slices in which a judge errs more often than elsewhere: how much more, for example where, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from review_app import actions
from review_app.agreement.estimate import Estimate
from review_app.agreement.judges.judge_sections import spots_section
from review_app.agreement.section import figure
from review_app.agreement.sentence import p_text, percent
from review_app.agreement.slicing.blind_spots import TOP_UP, BlindSpot, BlindSpots
from review_app.ui import session
from review_app.ui.widgets import deed, figure_link, interval_chart, section_sheet, sheet, trace_links

_EVENT = {"missed": "bad answers passed", "alarm": "good answers flagged"}
_NONE_TO_SEE = "No example that you may see: each may still come to you."
# Which answers the search looks at, and which verdict on them is an error. People who tied are in neither.
_COUNTED = {"missed": ("clearly_bad", "passed"), "alarm": ("clearly_good", "flagged")}
_UNIVERSE = {"missed": "bad answers", "alarm": "good answers"}
_DOES = {"missed": ("passes", "bad"), "alarm": ("flags", "good")}


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who looks. leads: may send traces to the queue. key: tells this judge's list from another's."""

    name: str
    leads: bool
    key: str


def show(spots: BlindSpots, about: Sequence[tuple[str, str]], reader: Reader) -> None:
    """Draw the findings, how they were looked for, and all of them as a file. about: which judge on which question,
    the first columns of the file."""
    for place, spot in enumerate(spots.found):
        with st.container(border=True):
            _finding(spot, dict(about), reader)
            if reader.leads:
                with st.container(horizontal=True):
                    _top_up(spot, f"{reader.key} {spots.kind} {place}")
                    _propose(spot, f"{reader.key} {spots.kind} {place}")
    truth, _ = _COUNTED[spots.kind]
    every = [(f"{spots.universe:,} {_UNIVERSE[spots.kind]}", {**dict(about), "truth": truth})]
    sheet.show(sheet.note(spots.note), figure_link.note("Looked at:", every, reader.name))
    with st.expander("Method and numbers"):
        shuffled = f", {spots.shuffles:,} shuffles" if spots.shuffles else ""
        sheet.show(sheet.note(f"{spots.method}; at {spots.alpha:g}{shuffled}."))
        if spots.found:
            section_sheet.show(replace(spots_section(spots), lines=()), about, reader.key)


def _finding(spot: BlindSpot, about: figure_link.Figure, reader: Reader) -> None:
    does, answers = _DOES[spot.kind]
    truth, said = _COUNTED[spot.kind]
    inside = {**about, "where": actions.slice_text(spot.terms), "truth": truth}
    counted = [(f"{spot.events:,} errors", {**inside, "said": said}), (f"{spot.n:,} {answers} answers", inside)]
    sheet.show(
        sheet.lead(spot.where),
        sheet.note(
            f"{spot.events} of {spot.n} {_EVENT[spot.kind]}. In all traffic it {does} {_share(spot.rate_in)} of "
            f"{answers} answers here, {_share(spot.rate_out)} elsewhere; adjusted p {p_text(spot.p_adjusted)}."
        ),
        *(sheet.note(f"The very same traces: {other}.") for other in spot.same_as),
        sheet.note(f"{spot.advice[:1].upper()}{spot.advice[1:]}."),
        figure_link.note("All of them:", counted, reader.name),
        trace_links.note(spot.examples, reader.name) or sheet.note(_NONE_TO_SEE),
    )
    figures = [("here", spot.rate_in), ("elsewhere", spot.rate_out), ("difference", spot.difference)]
    interval_chart.show(
        figures, "Share of errors here and elsewhere, with intervals.", axis="share of errors, weighted"
    )


def _share(one: Estimate) -> str:
    if one.value is None or one.low is None or one.high is None:
        return figure(one)
    return f"{percent(one.value)} ({100 * one.level:.3g} %: {percent(one.low)} to {percent(one.high)})"


def _top_up(spot: BlindSpot, key: str) -> None:
    condition = actions.slice_condition(spot.terms)
    if st.button(f"Send {TOP_UP} fresh traces of this slice to the queue", key=f"send {key}"):
        deed.do(lambda: _sent(actions.top_up_slice(session.project(), session.reviewer() or "", condition, TOP_UP)))


def _propose(spot: BlindSpot, key: str) -> None:
    pressed = st.button("Propose its examples for the golden set", disabled=not spot.examples, key=f"propose {key}")
    if pressed:
        deed.do(lambda: _proposed(spot))


def _proposed(spot: BlindSpot) -> str:
    project, person = session.project(), session.reviewer() or ""
    reason = f"Blind spot: {spot.where}"[:500]
    for trace_id in spot.examples:
        actions.propose_golden(project, person, trace_id, "known_failure", reason)
    return f"Proposed, or proposed before: {len(spot.examples)}. The page Golden has them."


def _sent(sampled: actions.Sampled) -> str:
    return f"{sampled.added:,} fresh traces of this slice were added to the queue, after those that wait there."
