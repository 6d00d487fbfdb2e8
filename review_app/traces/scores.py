"""A score as other tools write it: a number, a word, or a yes and no."""

from __future__ import annotations

from typing import NamedTuple

from review_app.traces.columns import text_of
from review_app.traces.trace import Json


class Score(NamedTuple):
    """label: a word. score: a finite number. Neither: there is no score."""

    label: str | None = None
    score: float | None = None

    @property
    def status(self) -> str:
        """One of tables.VERDICT_STATUSES."""
        return "missing" if self.label is None and self.score is None else "ok"


def number(value: Json) -> float | None:
    """The value as a finite number; None where it is none, also for a yes, a no, and what no float holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if found - found == 0 else None


def cost(value: Json) -> float | None:
    """An amount of money from a number or its text; None where it is none, or less than nothing."""
    try:
        found = number(float(value) if isinstance(value, str) else value)
    except ValueError:
        return None
    return found if found is not None and found >= 0 else None


def score_of(value: Json) -> Score:
    """One value as a label or a number: a text, a yes and a no are labels, a number is a score."""
    if isinstance(value, str | bool):
        return Score(label=text_of(value))
    return Score(score=number(value))
