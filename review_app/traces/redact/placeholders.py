"""The placeholders of one trace: the same value gets the same one, and none is given twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

_PLACEHOLDER = re.compile(r"<([A-Z][A-Z0-9_]*)_(\d{1,9})>")
_INTERIM = 24  # letters, for 96 bits
_OF_INTERIM = re.compile(rf"<([A-Z][A-Z0-9_]*)_([a-p]{{{_INTERIM}}})>")
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_SEPARATORS = re.compile(r"[ ()/-]")


class Placeholders:
    """`<EMAIL_1>`, `<EMAIL_2>`, ... in the order in which values come."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], str] = {}
        self._last: Counter[str] = Counter()

    def reserve(self, text: str) -> None:
        """Placeholders that stand in the text already keep their meaning: numbers go on behind them."""
        for match in _PLACEHOLDER.finditer(text):
            self._last[match[1]] = max(self._last[match[1]], int(match[2]))

    def of(self, name: str, value: str) -> str:
        """The placeholder of a value that the detector `name` found."""
        value = _written_alike(name, value)
        known = self._given.get((name, value))
        if known is None:
            word = name.upper()
            self._last[word] += 1
            known = self._given[name, value] = f"<{word}_{self._last[word]}>"
        return known


class Digests:
    """Placeholders that are the same in every trace: a session must stay one. Somebody who guesses a value can check
    the guess, so they stand only where a number cannot."""

    def of(self, name: str, value: str) -> str:
        """The placeholder of a value."""
        return f"<{name.upper()}_{blake2b(value.encode(errors='replace'), digest_size=6).hexdigest()}>"


class Interim:
    """Placeholders of one trace before all of it is there: of each value a digest with the project's key, in letters,
    so that no detector takes it for a number. `Numbered` makes the usual ones of them."""

    def __init__(self, key: bytes, trace_id: str) -> None:
        self._key = blake2b(trace_id.encode(errors="replace"), key=key, digest_size=32).digest()

    def of(self, name: str, value: str) -> str:
        """The placeholder of a value that the detector `name` found."""
        said = f"{name}:{_written_alike(name, value)}".encode(errors="replace")
        digest = blake2b(said, key=self._key, digest_size=_INTERIM // 2).hexdigest()
        return f"<{name.upper()}_{digest.translate(_LETTERS)}>"


class Numbered:
    """`<EMAIL_1>`, `<EMAIL_2>`, ... for the interim placeholders of one trace, in the order in which they are read."""

    def __init__(self, behind: str = "") -> None:
        """behind: a text whose placeholders they come after."""
        self._naming = Placeholders()
        self._naming.reserve(behind)

    def text(self, text: str) -> str:
        """The text, or JSON, with numbers; those that stand in it already keep their meaning."""
        if not _OF_INTERIM.search(text):
            return text
        self._naming.reserve(text)
        return _OF_INTERIM.sub(lambda found: self._naming.of(found[1].lower(), found[2]), text)


def apart(texts: Sequence[str], own: str, other: str) -> list[str]:
    """Texts that were said of `own`, to stand beside `other`: a placeholder of theirs that is not one of `own`, and
    means something in `other`, gets a number of its own."""
    taken = set(_PLACEHOLDER.findall(other)) - set(_PLACEHOLDER.findall(own))
    naming = Placeholders()
    for text in (other, *texts):
        naming.reserve(text)

    def renamed(found: re.Match[str]) -> str:
        return naming.of(found[1].lower(), found[2]) if found.groups() in taken else found[0]

    return [_PLACEHOLDER.sub(renamed, text) for text in texts]


def numberless(text: str) -> str:
    """The text with `<EMAIL>` for `<EMAIL_3>`: two of them are equal where the words are."""
    return _PLACEHOLDER.sub(r"<\1>", text)


def _written_alike(name: str, value: str) -> str:
    """However it is written: a card in groups or not, an address in capitals or not."""
    return _SEPARATORS.sub("", value).lower() if name in ("card", "iban", "phone", "email") else value
