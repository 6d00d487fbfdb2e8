"""What the answers in a foreign file mean. Nothing is guessed: a value that is not declared is refused, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ConfigDict

from review_app.traces.columns import text_of
from review_app.traces.trace import Json

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one value means: a label, or no label with a `status` of tables.VERDICT_STATUSES and the reason `why`."""

    label: str | None = None
    status: str = "ok"
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """labels: the answers there are, worst first where they have an order. bad: those that count as failure.
    missing: value -> why it is no answer ({"0": "not applicable", "tie": "a tie"}); an empty cell is missing anyway.
    unparsable, refused: values that say that the judge's reply could not be read, or that it declined.
    translate: value -> label.

    Numbers compare as numbers: 3, 3.0 and "3" are one label."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    labels: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    unparsable: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    translate: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = [label for label in (*self.bad, *self.translate.values()) if label not in self.labels]
        if self.labels and unknown:
            raise ValueError(f"{unknown[0]!r} is not among the labels {', '.join(self.labels)}")

    def read(self, value: Json, labels: tuple[str, ...] = ()) -> Answer:
        """What `value` means; `labels` stand in where the scale names none. Raises ValueError naming them."""
        text = spelled(value)
        if text is None:
            return Answer(status="missing", why="empty")
        for given, why in self.missing.items():
            if spelled(given) == text:
                return Answer(status="missing", why=why)
        for status, values in (("unparsable", self.unparsable), ("refused", self.refused)):
            if text in map(spelled, values):
                return Answer(status=status, why=text)
        labels = self.labels or labels
        known = {spelled(label): label for label in labels}
        known |= {spelled(given): label for given, label in self.translate.items()}
        if text not in known:
            raise ValueError(f"{str(value)[:80]!r} is not among {', '.join([*labels, *self.missing])}")
        return Answer(label=known[text])

    def numbers(self) -> dict[str, float]:
        """Each label as a number: its own where every label is one, else its place from 1."""
        if self.is_numeric():
            return {label: float(label) for label in self.labels}
        return {label: float(place) for place, label in enumerate(self.labels, start=1)}

    def is_numeric(self) -> bool:
        """Whether every label is a number."""
        return bool(self.labels) and all(_NUMBER.fullmatch(label) for label in self.labels)


def spelled(value: Json) -> str | None:
    """The one spelling of a value by which labels are compared; None when it is empty."""
    text = text_of(value)
    if text is None or not _NUMBER.fullmatch(text):
        return text
    return text_of(float(text))
