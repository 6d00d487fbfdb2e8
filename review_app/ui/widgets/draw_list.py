"""What was drawn so far, and how far each draw is reviewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pandas as pd
import streamlit as st

from review_app import actions
from review_app.ui.widgets import csv_file, figure_link, sheet

_HEAD = ("draw", "when (UTC)", "kind", "frame", "unreachable", "added", "traces reviewed", "reviews done", "")
_ROWS = 30


def show(found: actions.DrawHistory, person: str) -> None:
    """Draw a row per draw and wave, the newest first, and the details of each. person: who reads them."""
    if not found.draws:
        st.caption("Nothing was drawn so far. Press Draw above, or run `review-app sample`.")
        return
    if found.refusal:
        sheet.show(sheet.note(f"Mind, no figure speaks for all traffic: {found.refusal}"))
    newest = found.draws[::-1]
    sheet.show(sheet.table(_HEAD, [_row(one, person) for one in newest], "draws and waves"))
    csv_file.offer(rows(found), "draws")
    for one in newest:
        with st.expander(f"Draw {one.draw.number:d} in detail"):
            _details(one)


def said(done: actions.Sampled) -> str:
    """What a draw did, in a line."""
    parts = [f"{done.added:,} traces added; the queue holds {done.held:,} of {done.draw.frame_size:,} eligible."]
    if done.topped_up:
        parts.append(f"{done.topped_up:,} more reviews of traces drawn before.")
    if done.urgent:
        parts.append(f"{done.urgent:,} urgent traces before everything, outside the sample.")
    if done.draw.unreachable:
        parts.append(f"{done.draw.unreachable:,} traces no strategy can choose: no figure speaks for them.")
    return " ".join(parts)


def rows(found: actions.DrawHistory) -> pd.DataFrame:
    """One row per draw and wave, the newest first: what `show` shows."""
    return pd.DataFrame(
        [
            {"draw": one.draw.number, "draw_id": one.draw.draw_id, "at": one.draw.at.isoformat(), "kind": one.draw.kind}
            | {"frame": one.draw.frame_size, "unreachable": one.draw.unreachable, "added": one.progress.traces}
            | {"traces_reviewed": one.progress.reviewed, "reviews_done": one.progress.done}
            | {"reviews_needed": one.progress.needed, "frame_id": one.draw.frame_id, "filters": one.draw.frame}
            | {"salt": one.draw.salt, "flag_rule": one.draw.flag_rule, "slice": _slice(one.draw.slice)}
            | {"weight": one.draw.combination, "also": " ".join(_rules(one.draw.eligibility))}
            for one in found.draws[::-1]
        ]
    )


def _row(one: actions.PastDraw, person: str) -> list[sheet.Cell]:
    draw, progress = one.draw, one.progress
    share = progress.done / progress.needed if progress.needed else None
    return [
        str(draw.number),
        f"{draw.at:%-d %b %Y, %H:%M}",
        "wave" if draw.kind == "reacting" else "fixed rates",
        sheet.number(f"{draw.frame_size:,}"),
        sheet.number(f"{draw.unreachable:,}"),
        figure_link.cell(f"{progress.traces:,}", {"draw": draw.draw_id}, person),
        sheet.number(f"{progress.reviewed:,} of {progress.traces:,}"),
        sheet.number(f"{progress.done:,} of {progress.needed:,}"),
        sheet.track(0.0, share, share),
    ]


def _details(one: actions.PastDraw) -> None:
    draw = one.draw
    rates: list[list[sheet.Cell]] = [
        [name, sheet.number(f"{draw.eligible.get(name, 0):,}"), sheet.number(f"{float(rate):.4f}")]
        for name, rate in draw.rates.items()
    ]
    left, right = st.columns(2, gap="large")
    left.html(sheet.page(sheet.table(("strategy", "could choose", "probability of each"), rows=rates, label="rates")))
    left.html(sheet.page(_verdicts(one)))
    right.html(sheet.page(_strata(one)))
    frame = f"Frame {draw.frame_id or 'without an id'}: {_filters(draw.frame)}. Salt {draw.salt}."
    lines = [frame, f"Flagged: {draw.flag_rule}.", *_rules(draw.eligibility)]
    if draw.slice:
        weight = "" if draw.combination is None else f", weight {draw.combination:.2f} against the draws before"
        lines.insert(0, f"A wave over the traces where {_slice(draw.slice)}{weight}; estimated as Des Raj does.")
    sheet.show(*map(sheet.note, lines))
    csv_file.offer(counted(one), "draw", str(draw.number))


def _slice(condition: Mapping[str, str]) -> str:
    return " and ".join(f"{column} is {value}" for column, value in condition.items())


def _filters(text: str) -> str:
    """What a frame let in, in words."""
    kept = {name: value for name, value in orjson.loads(text or "{}").items() if value}
    said = [f"{name} {' or '.join(value) if isinstance(value, list) else value}" for name, value in kept.items()]
    return ", ".join(said) or "every trace there was"


def _rules(eligibility: Mapping[str, Any]) -> list[str]:
    """What else decided whom a strategy could choose."""
    said = []
    if "uncertain" in eligibility:
        said.append(f"Uncertain: a stated confidence below {eligibility['uncertain']['declared']['below']:g}.")
    if "rare" in eligibility:
        rule = eligibility["rare"]
        values = [f"{column} {_some(names)}" for column, names in rule["values"].items() if names]
        said.append(f"Rare, below {rule['declared']['below']:.0%} of the frame: {'; '.join(values) or 'no value'}.")
    if "new_cluster" in eligibility:
        said.append(f"New clusters: {_some(eligibility['new_cluster']['clusters']) or 'none'}.")
    if "exact" in eligibility:
        said.append("Exactly as many traces as the rates expect, by sequential Poisson sampling.")
    if "lake" in eligibility:
        said.append(f"Drawn in the lake at {eligibility['lake']['address']}.")
    return said


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _ROWS:,} more" if len(names) > _ROWS else ""
    return ", ".join(names[:_ROWS]) + more


def counted(one: actions.PastDraw) -> pd.DataFrame:
    """Everything counted when it was drawn: kind (strategy, judge, stratum), name, what, value."""
    draw = one.draw
    found: list[tuple[str, str, str, float]] = []
    for name, rate in draw.rates.items():
        found.append(("strategy", name, "could choose", draw.eligible.get(name, 0)))
        found.append(("strategy", name, "probability of each", float(rate)))
    for row in draw.verdict_counts.get("judges", ()):
        judge = f"{row['judge']} {row['judge_version']} on {row['criterion']}"
        found += [("judge", judge, name, row[name]) for name in ("n_flagged", "n_passed", "n_without_verdict")]
    found += [("stratum", name, "traces", n) for name, n in sorted(draw.strata.items())]
    return pd.DataFrame(found, columns=["kind", "name", "what", "value"])


def _verdicts(one: actions.PastDraw) -> str:
    rows: list[list[sheet.Cell]] = [
        [
            f"{row['judge']} {row['judge_version']} on {row['criterion']}",
            *(sheet.number(f"{row[name]:,}") for name in ("n_flagged", "n_passed", "n_without_verdict")),
        ]
        for row in one.draw.verdict_counts.get("judges", ())
    ]
    if not rows:
        return sheet.note("No verdict was there.")
    return sheet.table(("judge", "flagged", "passed", "no verdict"), rows, "verdicts in the frame")


def _strata(one: actions.PastDraw) -> str:
    counted = sorted(one.draw.strata.items(), key=lambda item: (-item[1], item[0]))
    rows: list[list[sheet.Cell]] = [[name, sheet.number(f"{n:,}")] for name, n in counted[:_ROWS]]
    if not rows:
        return sheet.note("Strata were not counted then.")
    more = sheet.note(f"and {len(counted) - _ROWS:,} more strata") if len(counted) > _ROWS else ""
    return sheet.table(("stratum", "traces in the frame"), rows, "strata of the frame") + more
