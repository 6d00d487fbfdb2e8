"""Whether the output cites only what was retrieved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from review_app.grading.checks.finding import GROUNDING, NO_OUTPUT, PASSED, SHOWN, Finding, failed, not_applicable
from review_app.grading.checks.patterns import compiled, hits
from review_app.traces.trace import Trace

# [kb-014], [1; 3] or 【kb-014】, but not the text of a Markdown link.
CITATION = re.compile(r"[\[【]([^\[\]【】\n]{1,120})[\]】](?!\()")
# What counts as an id by default: one word with a digit in it. [x], [sic] and [your name] are no citations.
_ID = re.compile(r"(?=\D*\d)[^\s]+")


@dataclass(frozen=True, kw_only=True)
class CitedDocuments:
    """Every id the output cites is the id of a retrieved document.

    pattern: a regular expression with one group, the id; without it, ids with a digit in square brackets are looked
    for, several joined by a comma or semicolon."""

    LAYER: ClassVar[str] = GROUNDING
    VERSION: ClassVar[int] = 2
    pattern: str | None = None

    def __post_init__(self) -> None:
        if self.pattern is not None and (groups := compiled(self.pattern).groups) != 1:
            raise ValueError(f"{self.pattern!r} needs exactly one group, the id; it has {groups}")

    def run(self, trace: Trace) -> Finding:
        """Fails with what is cited and what was retrieved: "cites kb-091; retrieved: kb-014, kb-022"."""
        if trace.output is None:
            return NO_OUTPUT
        cited = self._cited(trace.output)
        if not cited:
            return not_applicable("the output cites nothing")
        retrieved = [document.id for document in trace.documents]
        unknown = [name for name in cited if name not in retrieved]
        if not unknown:
            return PASSED
        listed = ", ".join(retrieved[: 2 * SHOWN]) + (", …" if len(retrieved) > 2 * SHOWN else "")
        return failed(f"cites {', '.join(unknown)}; retrieved: {listed or 'nothing'}")

    def _cited(self, text: str) -> list[str]:
        if self.pattern is not None:
            return list(dict.fromkeys(hit[1] for hit in hits(compiled(self.pattern), text) if hit[1]))
        parts = (part.strip() for inside in CITATION.findall(text) for part in re.split("[,;]", inside))
        return list(dict.fromkeys(part for part in parts if _ID.fullmatch(part)))
