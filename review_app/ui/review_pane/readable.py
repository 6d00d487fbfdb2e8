"""JSON values as lines a support lead can read: one row per value, indented by depth, no braces."""

from __future__ import annotations

import re
from typing import Any

import orjson

LONGEST_VALUE = 4_000
DEEPEST, MOST_ROWS = 6, 400
_BASE64 = re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/_-]{200,}={0,2}")

Row = tuple[int, str, str]
"""(depth, key, text); a key with values below it has an empty text."""


def rows(value: Any) -> list[Row]:
    """The value as rows. Text that holds a JSON object or list is opened; more than MOST_ROWS rows are counted."""
    found = _rows(opened(value), "", 0)
    if len(found) > MOST_ROWS:
        return [*found[:MOST_ROWS], (0, "…", f"{len(found) - MOST_ROWS} more values")]
    return found


def opened(value: Any) -> Any:
    """The object or list that a text holds as JSON; any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def in_a_line(value: Any, longest: int = 90) -> str:
    """The first few rows on one line: "order: 4471-B, status: shipped"."""
    parts = [f"{key}: {text}" if key else text for _, key, text in rows(value) if text]
    line = ", ".join(" ".join(part.split()) for part in parts)
    return line if len(line) <= longest else line[: longest - 1].rstrip(" ,") + "…"


def _rows(value: Any, key: str, depth: int) -> list[Row]:
    if not isinstance(value, dict | list) or not value or depth > DEEPEST:
        return [(depth, key, text_of(value))]
    if isinstance(value, list) and len(value) <= 12 and not any(isinstance(one, dict | list) for one in value):
        return [(depth, key, ", ".join(map(text_of, value)))]
    inside = value.items() if isinstance(value, dict) else ((f"{n}.", one) for n, one in enumerate(value, 1))
    below = depth + 1 if key else depth
    head = [(depth, key, "")] if key else []
    return head + [row for name, one in inside for row in _rows(one, _name(str(name)), below)]


def text_of(value: Any) -> str:
    """One value in words. Base64 is named with its length, long text cut with the rest counted."""
    if value is None or value in ({}, []):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    if _BASE64.fullmatch(text):
        return f"base64 data, {len(text):,} characters"
    if len(text) > LONGEST_VALUE:
        return f"{text[:LONGEST_VALUE]}… {len(text) - LONGEST_VALUE:,} more characters"
    return text


def _name(key: str) -> str:
    return key.replace("_", " ") if key else "(no name)"
