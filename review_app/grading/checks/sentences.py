"""Sentences of an answer, and the words in them that carry its content."""

from __future__ import annotations

import re

from review_app.grading.checks.citations import CITATION
from review_app.grading.checks.folding import plain

_END = re.compile(r"(?<=[.!?…])[\"'”»“’)\]]*\s+|\n+|(?<=[。！？])")
# After these a point ends no sentence: a number (3. Februar), one letter (z. B.), a short form.
_GOES_ON = re.compile(r"(?:\b\d{1,2}|\b[^\W\d_]|\b(?:Dr|Mr|Mrs|Ms|Nr|No|Art|ca|bzw|inkl|max|min|env|approx|St))\.$")
_WORD = re.compile(r"[^\W_]+")
_STEM = 6
_LONGEST = 2_000  # of a sentence; "a. a. a." is none
_SHORTEST = 4
# Words of four letters and more that any text has.
_WITHOUT_CONTENT = (
    "this that these those with from have been will would could should your yours their there here about what when "
    "which while where than then them they also only just more most some such into over after before because "
    "please thanks thank hello dear kind regards anything help else let know happy sorry welcome "
    "diese dieser dieses einen einem einer eine nicht auch aber oder wenn dann noch sich sind wird werden wurde "
    "haben hatte kann können ihre ihren ihrer ihnen unser unsere über unter nach beim zum bitte danke vielen dank "
    "hallo guten grüße freundlichen gerne dass weil sehr mehr hier dort "
    "vous votre vos nous notre avec dans pour mais cette sont était être avoir plus aussi comme leur leurs elle "
    "elles tout tous toute bonjour merci cordialement voici très sans sous"
)
_EMPTY = {word[:_STEM] for word in _WITHOUT_CONTENT.split()}


def sentences(text: str) -> list[str]:
    """The sentences of a text, without citations; lines end a sentence."""
    found: list[str] = []
    open_one = ""
    for piece in _END.split(CITATION.sub("", text)):
        open_one = f"{open_one} {piece}".strip()
        if open_one and (len(open_one) > _LONGEST or not _GOES_ON.search(open_one[-12:])):
            found.append(open_one)
            open_one = ""
    return [*found, open_one] if open_one else found


def content(sentence: str) -> set[str]:
    """Beginnings of the words that carry content, and its numbers: endings of cases and plurals do not matter. Text
    without spaces between words goes by pairs of characters."""
    found: set[str] = set()
    for word in _WORD.findall(plain(sentence)):
        if word.isascii() or word[0] < "\u2e80":
            stem = word[:_STEM]
            if word[0].isdigit() or (len(word) >= _SHORTEST and stem not in _EMPTY):
                found.add(stem)
        else:
            found.update(word[place : place + 2] for place in range(len(word) - 1))
    return found
