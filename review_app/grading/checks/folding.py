"""Texts made comparable: what only looks different becomes the same."""

from __future__ import annotations

import re
import unicodedata

import regex

# Quotation marks and dashes of every typography become the ASCII one.
_SIGNS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a\u02bc\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63", "-")
)
# Small letters of Cyrillic and Greek that look like a Latin one (Unicode TS 39, confusables), and the dotless i.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u0432\u043d\u043a\u043c\u0442"
    "\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c4\u03c5\u03c7\u0131",
    "aeopcyxijsdhbhkmt" + "aopviktuxi",
)
_SPACE = re.compile(r"\s+")
_UNSEEN = regex.compile(r"\p{Cf}+")


def plain(text: str) -> str:
    """NFKC, small letters, without characters that nobody sees, ASCII quotation marks and dashes, single spaces."""
    if text.isascii():
        return _SPACE.sub(" ", text.lower()).replace("`", "'").strip()
    # Twice: a small letter may have another compatible form, as `ϓ` has.
    small = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _SPACE.sub(" ", _UNSEEN.sub("", small).translate(_SIGNS)).strip()


def undisguised(text: str) -> str:
    """The same, and letters of another script that look Latin are Latin, line by line: for finding what somebody
    tried to hide. Line breaks stay."""
    return "\n".join(plain(line).translate(_LOOKALIKES) for line in text.split("\n"))
