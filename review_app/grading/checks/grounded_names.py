"""Whether the proper names in the output are in what it rests on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from review_app.grading.checks.citations import CITATION
from review_app.grading.checks.context import NOTHING_RETRIEVED, Sources, retrieved, texts
from review_app.grading.checks.finding import GROUNDING, NO_OUTPUT, Finding, judged, not_applicable
from review_app.grading.checks.folding import plain
from review_app.grading.checks.language import detected
from review_app.grading.checks.names import Names
from review_app.traces.trace import Trace

# A word with a capital: in the middle of a sentence it is a name, except in German, where every noun has one.
_CAPITALISED = re.compile(r"(?<![\w'’])[^\W\d_][\w'’]*")
_STARTS = re.compile(r"(?:^|[.!?:…»«“”\"„(\[*•>-]|\n)\s*$")
_SALUTATION = re.compile(
    r"^\s*(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen|abend)|liebe[rs]?|"
    r"sehr geehrte[rs]?|bonjour|bonsoir|chère?|madame|monsieur)\b[^\n,.!:;]*",
    re.IGNORECASE,
)
_COMMON = (
    "I I'm I'll I've I'd Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May "
    "June July August September October November December English German French Mr Mrs Ms Dr OK FAQ PDF URL ID "
    "Herr Frau Sie Ihr Ihre Ihnen Ihrer Ihren Ihrem AM PM"
)
_NO_NAMES = {plain(word) for word in _COMMON.split()}
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class GroundedNames:
    """Every proper name in the output is in `sources` too. A name is a word with a capital that does not begin a
    sentence, or one with capitals inside; in German the latter only. Scripts without capitals have no names for it.

    ignore: words that are no names, your own product for instance. salutation: whether the name after "Dear" counts as
    well; it often comes from an account that the trace does not hold."""

    LAYER: ClassVar[str] = GROUNDING
    VERSION: ClassVar[int] = 1
    sources: Sources = ("documents", "tools", "user", "system")
    ignore: Names = ()
    salutation: bool = False

    def run(self, trace: Trace) -> Finding:
        """Fails with each name that is in no source."""
        if trace.output is None:
            return NO_OUTPUT
        if not retrieved(trace):
            return NOTHING_RETRIEVED
        text = CITATION.sub(" ", trace.output)
        names = _names(text if self.salutation else _SALUTATION.sub("", text), trace.language)
        if not names:
            return not_applicable("the output has no names")
        known = set(_LETTERS.findall(" ".join(plain(text) for text in texts(trace, self.sources))))
        spared = {plain(word) for word in self.ignore}
        return judged(
            [
                f"{name} is in no source"
                for name in names
                if plain(name) not in spared and not all(_is_in(word, known) for word in _LETTERS.findall(plain(name)))
            ]
        )


def _names(text: str, language: str | None) -> list[str]:
    """Each name once, in order."""
    words = [hit for hit in _CAPITALISED.finditer(text) if hit[0] != hit[0].lower()]
    if not words:
        return []
    german = (language or detected(text)[0]).lower().startswith(("de", "lb"))
    found = [_bare(hit[0]) for hit in words if _is_name(text, hit, german)]
    return [name for name in dict.fromkeys(found) if len(name) > 1 and plain(name) not in _NO_NAMES]


def _is_name(text: str, hit: re.Match[str], german: bool) -> bool:
    word = hit[0]
    inside = any(sign.isupper() for sign in word[1:])
    if inside or german:
        # SHOUTED words of a sentence are none: a short word of capitals is an abbreviation, which may be invented.
        return inside and not (word.isupper() and len(word) > 5)
    return word[0].isupper() and not _STARTS.search(text[max(0, hit.start() - 8) : hit.start()])


def _bare(word: str) -> str:
    """Without a genitive."""
    return re.sub(r"['’]s?$", "", word).rstrip("'’")


def _is_in(word: str, known: set[str]) -> bool:
    """Also in the plural."""
    return word in known or word.removesuffix("s") in known
