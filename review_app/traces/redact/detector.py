"""What finds one kind of thing in texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

Span = tuple[int, int]
Found = tuple[int, list[Span]]
"""Which of the texts, and where in it: [start, end), from left to right, apart from each other."""


class Detector(Protocol):
    """name: what the summary counts under; in capitals it is the word of the placeholder. hint: an RE2 pattern, or None
    where there is none; a trace whose JSON it does not match holds nothing to find."""

    @property
    def name(self) -> str:
        """A word."""

    @property
    def hint(self) -> str | None:
        """It is matched against thousands of traces at once."""

    def found(self, texts: Sequence[str], /) -> Iterable[Found]:
        """The texts that hold something."""


def _anything(match: re.Match[str]) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Finds what a regular expression matches and `real` does not turn down. Where the expression has a group `value`,
    only that is replaced. words: a text without any of them, as they are, holds nothing to find."""

    name: str
    pattern: re.Pattern[str]
    words: tuple[str, ...]
    real: Callable[[re.Match[str]], bool] = _anything

    @property
    def hint(self) -> str:
        """Any of the words."""
        return "|".join(re.escape(word) for word in self.words)

    def found(self, texts: Sequence[str]) -> Iterator[Found]:
        """Each match that is real."""
        group: str | int = "value" if "value" in self.pattern.groupindex else 0
        for place, text in enumerate(texts):
            if not any(word in text for word in self.words):
                continue
            if spans := [match.span(group) for match in self.pattern.finditer(text) if self.real(match)]:
                yield place, spans


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Finds what a function finds in one text."""

    name: str
    hint: str
    spans: Callable[[str], Iterator[Span]]

    def found(self, texts: Sequence[str]) -> Iterator[Found]:
        """What the function finds."""
        for place, text in enumerate(texts):
            if spans := list(self.spans(text)):
                yield place, spans
