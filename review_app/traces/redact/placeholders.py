"""The placeholders of one trace: the same value gets the same one, and none is given twice."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import blake2b

_PLACEHOLDER = re.compile(r"<([A-Z][A-Z0-9_]*)_(\d{1,9})>")
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
        # However it is written: a card in groups or not, an address in capitals or not.
        value = _SEPARATORS.sub("", value).lower() if name in ("card", "iban", "phone", "email") else value
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


def numberless(text: str) -> str:
    """The text with `<EMAIL>` for `<EMAIL_3>`: two of them are equal where the words are."""
    return _PLACEHOLDER.sub(r"<\1>", text)
