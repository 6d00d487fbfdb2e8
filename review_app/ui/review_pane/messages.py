"""What comes back from the browser. It is foreign input like any file: every size is capped, every field checked.

An entry that cannot be read is not dropped in silence: it becomes `Unreadable` with its number, so that the browser
learns of it and the entries behind it are not held up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from review_app.review.answer import Promotion, Submission
from review_app.review.blind import Draft

LONGEST_NOTE, LONGEST_CORRECTION = 20_000, 400_000
MOST_ENTRIES = 500


def _storable(value: Any) -> Any:
    """Text without NUL and without half of an emoji: neither can be stored."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\N{SYMBOL FOR NULL}")


Text = Annotated[str, BeforeValidator(_storable)]
Id = Annotated[Text, MinLen(1), MaxLen(600)]
Count = Annotated[int, Ge(1), Le(2**53)]
Name = Annotated[Text, MaxLen(200)]
Label = Annotated[Text, MaxLen(4_000)]
Note = Annotated[Text, MaxLen(LONGEST_NOTE)]
Output = Annotated[Text, MaxLen(LONGEST_CORRECTION)]


class Entry(BaseModel):
    """One answer, finished (`submit`) or not (`draft`), exactly as it stood on the screen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    seq: Count
    kind: Literal["submit", "draft"]
    slot_id: Id
    token: Id
    trace_id: Id
    outcome: Literal["judged", "cannot_judge", "wrong_context", "skipped"] = "judged"
    answers: Annotated[dict[Name, Label], MaxLen(60)] = Field(default_factory=dict)
    note: Note = ""
    correction: Output | None = None
    layer: Name | None = None
    layer_reason: Note = ""
    seconds: Annotated[float, Ge(0), Le(86_400)] | None = None

    def submission(self) -> Submission:
        """The entry as the answer to its slot. Empty answers count as not given."""
        return Submission(
            slot_id=self.slot_id,
            token=self.token,
            outcome=self.outcome,
            answers=self._given() if self.outcome == "judged" else {},
            note=self.note.strip(),
            correction=self.correction,
            promote=self._promotion(),
            seconds=self.seconds,
        )

    def draft(self) -> Draft:
        """The entry as an unfinished answer."""
        return Draft(
            answers=self._given(),
            note=self.note,
            correction=self.correction,
            layer=self.layer,
            layer_reason=self.layer_reason,
        )

    def _promotion(self) -> Promotion | None:
        # Why it failed is usually why it must be kept: nobody should have to write it twice.
        return (
            Promotion(layer=self.layer, reason=self.layer_reason.strip() or self.note.strip()) if self.layer else None
        )

    def _given(self) -> dict[str, str]:
        return {name: label for name, label in self.answers.items() if label.strip()}


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """An entry we could not take; `seq` is its number in the outbox."""

    seq: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """Everything one browser page has not seen acknowledged, oldest first.

    boot: names the page's life, from load to reload; `seq` counts within it. held: tokens of the items it holds."""

    boot: str = ""
    held: frozenset[str] = frozenset()
    entries: tuple[Entry | Unreadable, ...] = ()


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore")

    boot: Annotated[str, MinLen(8), MaxLen(64)]
    held: Annotated[list[Id], MaxLen(40)] = Field(default_factory=list)
    entries: Annotated[list[dict[str, Any]], MaxLen(MOST_ENTRIES)] = Field(default_factory=list)


def read(raw: object) -> Outbox:
    """The outbox as it came; an empty one when it is none at all."""
    try:
        envelope = _Envelope.model_validate(raw)
    except ValidationError:
        return Outbox()
    entries = [entry for one in envelope.entries if (entry := _entry(one)) is not None]
    entries.sort(key=lambda entry: entry.seq)
    return Outbox(boot=envelope.boot, held=frozenset(envelope.held), entries=tuple(entries))


def _entry(raw: dict[str, Any]) -> Entry | Unreadable | None:
    """The entry, or why it is unreadable; None when it has not even a number to answer to."""
    try:
        return Entry.model_validate(raw)
    except ValidationError as fault:
        seq = raw.get("seq")
        if not isinstance(seq, int) or not 1 <= seq <= 2**53:
            return None
        first = fault.errors(include_url=False, include_input=False)[0]
        return Unreadable(seq=seq, reason=f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
