"""How an answer looks: what a judge may like though it says nothing about quality."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pandas as pd

# CommonMark's marks, at most three blanks in front. Read line by line; nothing is rendered.
_MARKS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "lists": re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE),
        "headings": re.compile(r"^ {0,3}#{1,6}[ \t]+\S", re.MULTILINE),
        "bold": re.compile(r"\*\*[^\s*][^*\n]*\*\*|__[^\s_][^_\n]*__"),
        "code": re.compile(r"^ {0,3}(?:```|~~~)|`[^`\n]+`", re.MULTILINE),
    }
)
_LONG = 400
"""Characters. A line that is longer fills about five lines of a page without a break."""

FEATURES = (*_MARKS, "long lines")
"""The columns of `features`."""


def features(texts: Iterable[str]) -> pd.DataFrame:
    """One row per text, a column per FEATURES, each its own name or "no " before it ("lists", "no lists").

    lists: one line or more begins with a bullet or a number; headings, bold, code: as Markdown has them; long lines:
    some line has more than 400 characters. An empty text has none of them.
    """
    rows = [[*(bool(mark.search(text)) for mark in _MARKS.values()), _has_long_line(text)] for text in texts]
    found = pd.DataFrame(rows, columns=list(FEATURES), dtype=bool)
    return pd.DataFrame({name: found[name].map({True: name, False: f"no {name}"}) for name in FEATURES}, dtype=object)


def _has_long_line(text: str) -> bool:
    return any(len(line) > _LONG for line in text.splitlines())
