"""Which language a text is in: py3langid, 139 languages, its model inside its wheel, nothing fetched.

A text of a few words can be in many languages; then nobody says anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Le

from review_app.grading.checks.citations import CITATION
from review_app.grading.checks.finding import (
    FORMATTING,
    NO_OUTPUT,
    PASSED,
    Finding,
    failed,
    not_applicable,
    shown,
)
from review_app.grading.checks.names import Names
from review_app.traces.trace import Trace

# Numbers, addresses, code and citations are in no language.
_NO_WORDS = re.compile(r"https?://\S+|\S*[@_/\\<>{}=]\S*|\S*\d\S*")
_READ = 2_000
SURE = 0.8


@dataclass(frozen=True, kw_only=True)
class AnswerLanguage:
    """The output is in one of `languages` (two letters: en), or, without that, in the language the trace says it is
    in, or else in that of the user's last message.

    min_letters: a shorter output is not looked at. sure: the least probability with which another language is one."""

    LAYER: ClassVar[str] = FORMATTING
    VERSION: ClassVar[int] = 1
    languages: Names = ()
    min_letters: Annotated[int, Ge(1)] = 25
    sure: Annotated[float, Gt(0), Le(1)] = SURE

    def run(self, trace: Trace) -> Finding:
        """Fails with both: "in en (1.00), expected de: 'Your Pelican is…'"."""
        if trace.output is None:
            return NO_OUTPUT
        if sum(map(str.isalpha, words_only(trace.output[:_READ]))) < self.min_letters:
            return not_applicable(f"fewer than {self.min_letters} letters to tell a language by")
        wanted = self.languages or self._of_trace(trace)
        if not wanted:
            return not_applicable("neither the trace nor the user's message says which language is expected")
        language, probability = detected(trace.output)
        if language in {name.lower()[:2] for name in wanted}:
            return PASSED
        if probability < self.sure:
            return not_applicable(f"no telling: perhaps {language} ({probability:.2f})")
        return failed(f"in {language} ({probability:.2f}), expected {' or '.join(wanted)}: {shown(trace.output, 60)}")

    def _of_trace(self, trace: Trace) -> tuple[str, ...]:
        if trace.language:
            return (trace.language,)
        asked = next((message.text for message in reversed(trace.messages) if message.role == "user"), "")
        language, probability = detected(asked) if asked.strip() else ("", 0.0)
        return (language,) if probability >= self.sure else ()


def detected(text: str) -> tuple[str, float]:
    """(ISO 639-1, or -3 where there is none of two letters; its probability)."""
    return _detected(words_only(text[:_READ]))


def words_only(text: str) -> str:
    """The text without what is in no language."""
    return _NO_WORDS.sub(" ", CITATION.sub(" ", text))


@lru_cache(maxsize=2_000)
def _detected(text: str) -> tuple[str, float]:
    language, probability = _identifier().classify(text)
    return str(language), float(probability)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    # The model is 4.6 MB and takes half a second to load: not in a project that never asks.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
