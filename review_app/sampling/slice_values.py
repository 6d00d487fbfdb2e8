"""What a slice asks of one column, as text: it stands with a wave, in an address, and is typed at a terminal.

"de" is that value, `none of ["de", "fr"]` any other, and of a number "up to 3", "above 3 up to 8" and "above 8" are
ranges, which what is missing is never in.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

NUMBERS = ("n_turns", "n_documents", "n_tools", "output_chars")
"""Columns of which a range can be asked."""

_NUMBER = r"-?[0-9.]+(?:e[+-]?[0-9]+)?"
_RANGE = re.compile(f"(?:above (?P<low>{_NUMBER}))? ?(?:up to (?P<high>{_NUMBER}))?")
_BUT = "none of "


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """value: exactly this text; but: any text except these; or the numbers above low up to high, None where open."""

    value: str = ""
    but: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def is_range(self) -> bool:
        """Whether it asks for a number."""
        return self.low is not None or self.high is not None

    def holds(self, texts: pd.Series) -> npt.NDArray[np.bool_]:
        """Shape (n,). texts: the column as text, what is missing named as such."""
        if self.is_range:
            numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float)
            above = numbers > (-np.inf if self.low is None else self.low)
            return np.asarray(above & (numbers <= (np.inf if self.high is None else self.high)), dtype=bool)
        found = ~texts.isin(self.but) if self.but else texts == self.value
        return np.asarray(found, dtype=bool)


def range_text(low: float | None, high: float | None) -> str:
    """The range as text, its bounds to the last bit."""
    ends = ((word, end) for word, end in (("above", low), ("up to", high)) if end is not None)
    return " ".join(f"{word} {repr(float(end)).removesuffix('.0')}" for word, end in ends)


def but_text(values: tuple[str, ...]) -> str:
    """Any value except these, as text."""
    return _BUT + json.dumps(values, ensure_ascii=False)


def read(column: str, text: str) -> Wanted:
    """What a text asks of this column."""
    found = _RANGE.fullmatch(text) if column in NUMBERS and text else None
    if found and any(found.groups()):
        low, high = (None if end is None else float(end) for end in found.groups())
        return Wanted(low=low, high=high)
    return Wanted(but=_listed(text)) if _listed(text) else Wanted(value=text)


def _listed(text: str) -> tuple[str, ...]:
    if not text.startswith(_BUT):
        return ()
    try:
        values = json.loads(text.removeprefix(_BUT))
    except json.JSONDecodeError:
        return ()
    return tuple(map(str, values)) if isinstance(values, list) else ()
