"""JSON values as a tree a support lead can read: keys in words, yes and no, no braces, everything foldable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from review_app.ui.review_pane import blobs

LONGEST_VALUE = 100_000
DEEPEST, MOST_VALUES = 12, 2_000

Node = dict[str, Any]
"""{"key", "text"}, or {"key", "of": [Node]} for a value with values below it."""


def tree(value: Any) -> Node:
    """The value as a tree. Text that holds a JSON object or list is opened. Beyond MOST_VALUES values, or DEEPEST
    levels, the rest is counted or shown as JSON."""
    return _node(opened(value), "", 0, iter(range(MOST_VALUES)))


def opened(value: Any) -> Any:
    """The object or list that a text holds as JSON; any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def in_a_line(value: Any, longest: int = 90) -> str:
    """The first few values on one line: "order: 4471-B, status: shipped"."""
    line = ", ".join(" ".join(part[: longest + 1].split()) for part in _parts(tree(value)))
    return line if len(line) <= longest else line[: longest - 1].rstrip(" ,") + "…"


def _parts(node: Node) -> Iterator[str]:
    if "of" not in node:
        yield f"{node['key']}: {node['text']}" if node["key"] else node["text"]
    for below in node.get("of", ()):
        yield from _parts(below)


def _node(value: Any, key: str, depth: int, left: Iterator[int]) -> Node:
    if not isinstance(value, dict | list) or not value or depth >= DEEPEST:
        return {"key": key, "text": text_of(value)}
    if isinstance(value, list) and len(value) <= 12 and all(_short(one) for one in value):
        return {"key": key, "text": ", ".join(map(text_of, value))}
    inside = value.items() if isinstance(value, dict) else ((f"{n}.", one) for n, one in enumerate(value, 1))
    below: list[Node] = []
    for name, one in inside:
        if next(left, None) is None:
            below.append({"key": "…", "text": f"{len(value) - len(below):,} more values"})
            break
        below.append(_node(one, _name(str(name)), depth + 1, left))
    return {"key": key, "of": below}


def _short(value: Any) -> bool:
    return not isinstance(value, dict | list) and (not isinstance(value, str) or len(value) <= 40)


def text_of(value: Any) -> str:
    """One value in words. Base64 is named with its size; text beyond LONGEST_VALUE is cut, the rest counted."""
    if value is None or value in ({}, []):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = blobs.cut(value if isinstance(value, str) else orjson.dumps(value).decode())
    if len(text) > LONGEST_VALUE:
        return f"{text[:LONGEST_VALUE]}… {len(text) - LONGEST_VALUE:,} more characters"
    return text


def _name(key: str) -> str:
    return key.replace("_", " ") if key else "(no name)"
