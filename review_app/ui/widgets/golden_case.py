"""One golden case in full: what was frozen, who said what, why it was drawn, and what happened to it since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from review_app import actions
from review_app.golden.inspection import Finding
from review_app.ui.widgets import sheet

_CUT = 4_000


def show(case: actions.GoldenCase, findings: Sequence[Finding]) -> None:
    """Draw a case; every word of it is foreign, and escaped."""
    trace, review = case.content["trace"], case.content["review"]
    expected = case.content["expected"]
    sheet.show(
        sheet.lead(
            f"{case.example_id}: {case.status}, {case.layer.replace('_', ' ')}, for {case.split or 'neither side'}"
        ),
        sheet.note(case.reason),
        *(sheet.note(f"Found: {one.kind.replace('_', ' ')}: {one.says}") for one in findings),
        *_part("What was asked and answered", ("", "text"), _texts(trace, expected)),
        *_part("What people said", ("who", "answers", "note", "how"), map(_said, review.get("reviews", [review]))),
        *_part("What judges had said", ("judge", "criterion", "said", "confidence"), map(_judged, review["judges"])),
        *_part("Why it was drawn", ("queue", "draw", "because", "probability"), map(_drawn, review.get("drawn", []))),
        *_part("What happened to it", ("at (UTC)", "what", "who", "note"), _steps(case)),
        sheet.note(f"Rubric version {review['rubric_version']}; group {case.group or 'none'}."),
    )


def _part(title: str, head: Sequence[str], rows: Iterable[Sequence[sheet.Cell]]) -> tuple[str, ...]:
    found = list(rows)
    return (sheet.heading(title), sheet.table(head, found, title) if found else sheet.note("nothing"))


def _texts(trace: Mapping[str, Any], expected: str | None) -> list[tuple[str, str]]:
    asked = [(message["role"], _text(message.get("content", ""))) for message in trace.get("messages", [])]
    given = [(f"document {one['id']}", _text(one.get("text") or "")) for one in trace.get("documents", [])]
    called = [(f"tool {one['name']}", _text(_call(one))) for one in trace.get("tool_calls", [])]
    answered = [("answered", _text(trace.get("output") or "")), ("expected", _text(expected or "not said"))]
    return [*asked, *given, *called, *answered]


def _call(call: Mapping[str, Any]) -> str:
    return orjson.dumps({name: part for name, part in call.items() if name != "name"}).decode()


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    whole = content if isinstance(content, str) else "\n".join(str(part.get("text", "")) for part in content)
    return whole if len(whole) <= _CUT else f"{whole[:_CUT]}…"


def _said(review: Mapping[str, Any]) -> tuple[str, ...]:
    answers = ", ".join(f"{name}: {label}" for name, label in review["labels"].items())
    return review["reviewer"], answers, review["note"] or "", "assisted" if review.get("assisted") else "blind"


def _judged(verdict: Mapping[str, Any]) -> tuple[sheet.Cell, ...]:
    said = verdict["label"] or verdict["status"]
    confidence = "" if verdict["confidence"] is None else f"{verdict['confidence']:.2f}"
    return f"{verdict['judge']} {verdict['judge_version']}", verdict["criterion"], said, sheet.number(confidence)


def _drawn(draw: Mapping[str, Any]) -> tuple[sheet.Cell, ...]:
    chance = sheet.number(f"{draw['inclusion_probability']:.4f}")
    return draw["queue"], sheet.number(str(draw["number"])), draw["reasons"], chance


def _steps(case: actions.GoldenCase) -> list[tuple[str, ...]]:
    return [(f"{step.at:%d %b %Y, %H:%M}", step.what, step.person, step.note) for step in case.history]
