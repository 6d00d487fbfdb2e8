"""Words that must not be in an answer, however they are disguised."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from review_app.grading.checks.finding import NO_OUTPUT, SAFETY, SHOWN, Finding, judged
from review_app.grading.checks.folding import undisguised
from review_app.grading.checks.names import Names
from review_app.grading.checks.patterns import line
from review_app.traces.trace import Trace


@dataclass(frozen=True, kw_only=True)
class ForbiddenTerms:
    """None of `terms` stands in the output as a word or series of words: in whatever case, with letters of another
    script that look the same, with invisible characters between."""

    LAYER: ClassVar[str] = SAFETY
    VERSION: ClassVar[int] = 1
    terms: Names

    def __post_init__(self) -> None:
        empty = [term for term in self.terms if not undisguised(term)]
        if empty or not self.terms:
            raise ValueError("needs terms, and none of them empty")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Of two that begin alike, the longer.
        folded = sorted((undisguised(term) for term in self.terms), key=len, reverse=True)
        said = "|".join(re.escape(term).replace(r"\ ", r"\s+") for term in folded)
        return re.compile(rf"(?<!\w)(?:{said})(?!\w)")

    def run(self, trace: Trace) -> Finding:
        """Fails with each term and its line: "line 2: 'guarantee'"."""
        if trace.output is None:
            return NO_OUTPUT
        text = undisguised(trace.output)
        found = list(self._pattern.finditer(text))
        return judged([f"line {line(text, hit.start())}: {hit[0]!r}" for hit in found[:SHOWN]], len(found))
