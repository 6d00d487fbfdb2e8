"""One golden case in full: what was frozen, who said what, why it was drawn, and what happened to it since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
        sheet.table(("", "text"), _texts(trace, expected), "what was asked and answered"),
        sheet.table(("who", "answers", "note", "how"), map(_said, review.get("reviews", [review])), "what people said"),
        sheet.table(
            ("judge", "criterion", "said", "confidence"), map(_judged, review["judges"]), "what judges had said"
        ),
        sheet.table(
            ("queue", "draw", "because", "probability"), map(_drawn, review.get("drawn", [])), "why it was drawn"
        ),
        sheet.table(("at (UTC)", "what", "who", "note"), _steps(case), "what happened to it"),
        sheet.note(f"Rubric version {review['rubric_version']}; group {case.group or 'none'}."),
    )


def _texts(trace: Mapping[str, Any], expected: str | None) -> list[tuple[str, str]]:
    asked = [(message["role"], _text(message.get("content", ""))) for message in trace.get("messages", [])]
    return [*asked, ("answered", _text(trace.get("output") or "")), ("expected", _text(expected or "not said"))]


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
