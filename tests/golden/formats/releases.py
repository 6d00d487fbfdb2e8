"""A release with a bit of everything, hostile text included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from review_app.golden import release
from review_app.golden.example import Example, propose
from review_app.golden.release import Verified
from review_app.traces.trace import Message

from ...builders import NOON, a_trace

NASTY = "{{ env.SECRET }} {% raw %} {# no #} =cmd|' /C calc'!A0 <img src=x> \u202e né 'quoted'"
CLAIMS = [{"kind": "must", "text": "name the deadline"}, {"kind": "must_not", "text": "{{promise}} money"}]


def _review(**changes: object) -> dict[str, object]:
    plain = {
        "reviewer": "ana",
        "rubric_version": "abc",
        "labels": {"good_enough": "fail"},
        "is_bad": True,
        "note": "=wrong()",
        "correction": None,
        "judges": [],
    }
    return plain | changes


def examples() -> list[Example]:
    """Right; corrected, with claims and a tool's message; and one that says only what was wrong."""
    chat = (
        Message(role="system", content="Be kind."),
        Message(role="user", content=NASTY),
        Message(role="tool", content="order: A-17", name="find_order"),
    )
    return [
        propose(a_trace("t-1"), _review(labels={"good_enough": "pass"}, is_bad=False), "edge_case", "a rare one"),
        propose(
            a_trace("t-2", messages=chat, output="No."),
            _review(correction="file:///etc/passwd\nYes, 30 days.", assertions=CLAIMS),
            "known_failure",
            "=seen before",
        ),
        propose(a_trace("t-3", output="Never."), _review(), "expensive_mistake", "it cost us a customer"),
    ]


def a_release(folder: Path) -> Verified:
    """Written, and read back as exports get it; the first case is for development."""
    one, *others = examples()
    placed = [replace(one, split="dev"), *(replace(other, split="test") for other in others)]
    made = release.write(folder, 1, placed, "ben", NOON)
    return release.verify(made.path, made.content_hash)
