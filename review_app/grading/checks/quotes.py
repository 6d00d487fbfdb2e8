"""Whether what the output quotes really stands in what was retrieved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge

from review_app.grading.checks.context import NO_SENTENCES, Sources, is_json, texts
from review_app.grading.checks.finding import GROUNDING, NO_OUTPUT, Finding, judged, not_applicable, shown
from review_app.grading.checks.folding import plain
from review_app.grading.checks.patterns import line
from review_app.traces.trace import Trace

# English, German (both ways), French, Japanese, and the straight one; none reaches over a blank line.
_QUOTED = re.compile(
    "|".join(
        (
            r"“([^“”]{1,2000})”",
            r"„([^„“”]{1,2000})[“”]",
            r"»([^«»]{1,2000})«",
            r"«([^«»]{1,2000})»",
            r"「([^「」]{1,2000})」",
            r"『([^『』]{1,2000})』",
            r'(?<!\w)"([^"]{1,2000})"',
        )
    )
)
_LEFT_OUT = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|…|\.\.\.)\s*")
_EDGES = " .,;:!?\"'-()[]"


@dataclass(frozen=True, kw_only=True)
class VerbatimQuotes:
    """Every quotation of at least `words` words stands word by word in `sources`; typography, case, spaces and what
    stands at its ends do not matter, and "…" may leave something out. A text without spaces between words counts four
    characters as a word."""

    LAYER: ClassVar[str] = GROUNDING
    VERSION: ClassVar[int] = 1
    words: Annotated[int, Ge(1)] = 4
    sources: Sources = ("documents", "tools", "user")

    def run(self, trace: Trace) -> Finding:
        """Fails with each quotation and its line."""
        if trace.output is None:
            return NO_OUTPUT
        if is_json(trace.output):
            return NO_SENTENCES
        quoted = [(place, text) for place, text in _quotations(trace.output) if _words(text) >= self.words]
        if not quoted:
            return not_applicable(f"the output quotes nothing of {self.words} words or more")
        known = [plain(text) for text in texts(trace, self.sources)]
        return judged(
            [
                f"line {line(trace.output, place)}: {shown(text)} is in no source"
                for place, text in quoted
                if not any(_in_order(text, source) for source in known)
            ]
        )


def _quotations(output: str) -> Iterator[tuple[int, str]]:
    for hit in _QUOTED.finditer(output):
        text = next(group for group in hit.groups() if group is not None)
        if "\n\n" not in text:
            yield hit.start(), text


def _words(text: str) -> int:
    unspaced = sum(sign >= "\u2e80" for sign in text)
    return len(text.split()) if not unspaced else max(len(text.split()), unspaced // 4)


def _in_order(quoted: str, source: str) -> bool:
    """Whether all its pieces stand in the source, one behind the other, none beginning or ending inside a word."""
    at = 0
    for piece in filter(None, (plain(piece).strip(_EDGES) for piece in _LEFT_OUT.split(quoted))):
        hit = re.compile(rf"(?<!\w){re.escape(piece)}(?!\w)" if piece.isascii() else re.escape(piece)).search(
            source, at
        )
        if hit is None:
            return False
        at = hit.end()
    return True
