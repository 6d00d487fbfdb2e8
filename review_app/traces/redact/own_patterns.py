"""Patterns of a team's own, run by RE2: an engine that takes linear time whatever the pattern and the text.

It is the one inside pyarrow, which we have anyway. It knows no look-around and no back-references, and its \\d and
\\w are ASCII.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import compute

from review_app.traces.redact.detector import Found, Span

_MARK = "\0"


@dataclass(frozen=True, kw_only=True)
class OwnPattern:
    """Finds what a pattern of project.yaml matches. Without a hint: what matches a text need not match its JSON."""

    name: str
    pattern: str
    hint: None = None

    def found(self, texts: Sequence[str]) -> Iterator[Found]:
        """Each match; an empty one is none."""
        # RE2 is compiled anew with each call, so all texts go in together.
        plain = pa.array([text.replace(_MARK, " ") for text in texts], pa.large_string())
        marked = compute.replace_substring_regex(plain, pattern=self.pattern, replacement=f"{_MARK}\\0{_MARK}")
        for place, text in enumerate(marked.to_pylist()):
            if _MARK in text and (spans := list(_spans(text))):
                yield place, spans


def any_match(pattern: str, texts: Sequence[str]) -> list[bool]:
    """Which of the texts an RE2 pattern matches."""
    return list(compute.match_substring_regex(pa.array(texts, pa.large_string()), pattern=pattern).to_pylist())


def _spans(marked: str) -> Iterator[Span]:
    at = 0
    for number, piece in enumerate(marked.split(_MARK)):
        if number % 2 and piece:
            yield at, at + len(piece)
        at += len(piece)


def fault(pattern: str) -> str | None:
    """What is wrong with a pattern, in RE2's words; None where it can be used."""
    try:
        matches_nothing = compute.match_substring_regex(pa.array([""]), pattern=pattern)[0].as_py()
    except pa.ArrowInvalid as wrong:
        return str(wrong).removeprefix("Invalid regular expression: ")
    return "it matches the empty text" if matches_nothing else None
