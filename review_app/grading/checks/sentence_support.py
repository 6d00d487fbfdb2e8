"""How much of each sentence of the output stands in what was retrieved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from review_app.grading.checks.context import NO_SENTENCES, NOTHING_RETRIEVED, Sources, is_json, texts
from review_app.grading.checks.finding import GROUNDING, NO_OUTPUT, Finding, not_applicable, shown
from review_app.grading.checks.language import SURE, detected
from review_app.grading.checks.sentences import content, sentences
from review_app.traces.trace import Trace

_FEWEST = 3  # words with content, for a sentence to claim anything
_WINDOW = 3  # sentences of a source that are read together
_WEAKEST = 3
Share = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, kw_only=True)
class SentenceSupport:
    """At most `max_unsupported` of the sentences have less than `min_score` support.

    A sentence's support is the share of its content words that stand in three neighbouring sentences of one source. It
    sees words, not meaning: a denial has the same words as the statement. Sentences with fewer than three such words
    are not counted. Where answer and sources are in different languages, words cannot be compared."""

    LAYER: ClassVar[str] = GROUNDING
    VERSION: ClassVar[int] = 1
    min_score: Share = 0.3
    max_unsupported: Share = 0.5
    sources: Sources = ("documents", "tools")

    def run(self, trace: Trace) -> Finding:
        """Its detail, also when it passes: "3 of 5 sentences supported, mean 0.61; weakest: 0.10 'We will…'; …"."""
        if trace.output is None:
            return NO_OUTPUT
        if is_json(trace.output):
            return NO_SENTENCES
        known = texts(trace, self.sources)
        windows = [window for text in known for window in _windows(text)]
        if not windows:
            return NOTHING_RETRIEVED
        scored = sorted(_scored(trace.output, windows))
        if not scored:
            return not_applicable("no sentence has three content words")
        if told := _other_language(trace.output, "\n".join(known)):
            return not_applicable(told)
        weak = sum(score < self.min_score for score, _ in scored)
        mean = sum(score for score, _ in scored) / len(scored)
        weakest = "; ".join(f"{score:.2f} {shown(sentence)}" for score, sentence in scored[:_WEAKEST])
        told = f"{len(scored) - weak} of {len(scored)} sentences supported, mean {mean:.2f}; weakest: {weakest}"
        return Finding("fail" if weak > self.max_unsupported * len(scored) else "pass", told)


@lru_cache(maxsize=2_000)  # the same articles are retrieved again and again
def _windows(text: str) -> list[set[str]]:
    found = [content(sentence) for sentence in sentences(text)]
    windows = (set().union(*found[start : start + _WINDOW]) for start in range(max(1, len(found) - _WINDOW + 1)))
    return [window for window in windows if window]


def _scored(output: str, windows: list[set[str]]) -> list[tuple[float, str]]:
    """(support in [0, 1], sentence) of each sentence that claims something."""
    claims = [(sentence, words) for sentence in sentences(output) if len(words := content(sentence)) >= _FEWEST]
    return [(max(len(words & window) for window in windows) / len(words), sentence) for sentence, words in claims]


def _other_language(output: str, context: str) -> str:
    (said, sure), (known, as_sure) = detected(output), detected(context)
    if said == known or sure < SURE or as_sure < SURE:
        return ""
    return f"the output is in {said}, what was retrieved in {known}"
