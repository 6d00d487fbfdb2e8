"""What comes back from the browser. It is foreign input like any file: every size is capped, every field checked.

An entry that cannot be read is not dropped in silence: it becomes `Unreadable` with its number, so that the browser
learns of it and the entries behind it are not held up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from review_app.review.answer import Assertion, Promotion, Submission
from review_app.review.blind import Draft
from review_app.review.spans import MOST_SPANS, Span

LONGEST_NOTE, LONGEST_CORRECTION = 20_000, 400_000
MOST_ENTRIES, MOST_IN_BATCH = 500, 60


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


_STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Mark(BaseModel):
    """A passage the reviewer marked, in code points."""

    model_config = _STRICT

    criterion: Name
    place: Id
    start: Annotated[int, Ge(0), Le(2**31)]
    stop: Annotated[int, Ge(1), Le(2**31)]
    quote: Annotated[Text, MaxLen(LONGEST_NOTE)]
    label: Name


class Entry(BaseModel):
    """One answer, exactly as it stood on the screen: finished (`submit`), not finished (`draft`), put off (`defer`), or
    changed after the verdicts were shown (`amend`, where `token` names the change)."""

    model_config = _STRICT

    seq: Count
    kind: Literal["submit", "draft", "defer", "amend"]
    slot_id: Id
    token: Id
    trace_id: Id
    outcome: Literal["judged", "cannot_judge", "wrong_context", "skipped"] = "judged"
    answers: Annotated[dict[Name, Label], MaxLen(60)] = Field(default_factory=dict)
    notes: Annotated[dict[Name, Note], MaxLen(60)] = Field(default_factory=dict)
    spans: Annotated[list[Mark], MaxLen(MOST_SPANS)] = Field(default_factory=list)
    note: Note = ""
    correction: Output | None = None
    layer: Name | None = None
    layer_reason: Note = ""
    must: Note = ""
    must_not: Note = ""
    written_at: Annotated[int, Ge(0), Le(2**53)] = 0
    seconds: Annotated[float, Ge(0), Le(86_400)] | None = None

    def submission(self) -> Submission:
        """The entry as the answer to its slot. Empty answers count as not given."""
        return Submission(
            slot_id=self.slot_id,
            token=self.token,
            outcome=self.outcome,
            answers=self._given() if self.outcome == "judged" else {},
            notes={name: note for name, note in self.notes.items() if note.strip()},
            spans=self._spans() if self.outcome == "judged" else (),
            note=self.note.strip(),
            correction=self.correction,
            promote=self._promotion(),
            seconds=self.seconds,
        )

    def draft(self) -> Draft:
        """The entry as an unfinished answer."""
        return Draft(
            outcome=self.outcome,
            answers=self._given(),
            notes=self.notes,
            spans=self._spans(),
            note=self.note,
            correction=self.correction,
            layer=self.layer,
            layer_reason=self.layer_reason,
            must=self.must,
            must_not=self.must_not,
            written_at=self.written_at,
        )

    def _promotion(self) -> Promotion | None:
        # Why it failed is usually why it must be kept: nobody should have to write it twice.
        if not self.layer:
            return None
        claims = (*_claims("must", self.must), *_claims("must_not", self.must_not))
        return Promotion(layer=self.layer, reason=self.layer_reason.strip() or self.note.strip(), assertions=claims)

    def _spans(self) -> tuple[Span, ...]:
        return tuple(Span(**mark.model_dump()) for mark in self.spans)

    def _given(self) -> dict[str, str]:
        return {name: label for name, label in self.answers.items() if label.strip()}


def _claims(kind: Literal["must", "must_not"], text: str) -> list[Assertion]:
    return [Assertion(kind=kind, text=line.strip()) for line in text.splitlines() if line.strip()]


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """An entry we could not take; `seq` is its number in the outbox."""

    seq: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """Everything one browser page has not seen acknowledged, oldest first.

    boot: names the page's life, from load to reload; `seq` counts within it. held: tokens of the items it holds.
    batch: the traces answered since the last pause, when it is time for one; else empty."""

    boot: str = ""
    held: frozenset[str] = frozenset()
    batch: tuple[str, ...] = ()
    entries: tuple[Entry | Unreadable, ...] = ()


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore")

    boot: Annotated[str, MinLen(8), MaxLen(64)]
    held: Annotated[list[Id], MaxLen(40)] = Field(default_factory=list)
    batch: Annotated[list[Id], MaxLen(MOST_IN_BATCH)] = Field(default_factory=list)
    entries: Annotated[list[dict[str, Any]], MaxLen(MOST_ENTRIES)] = Field(default_factory=list)


def read(raw: object) -> Outbox:
    """The outbox as it came; an empty one when it is none at all."""
    try:
        envelope = _Envelope.model_validate(raw)
    except ValidationError:
        return Outbox()
    entries = [entry for one in envelope.entries if (entry := _entry(one)) is not None]
    entries.sort(key=lambda entry: entry.seq)
    return Outbox(
        boot=envelope.boot, held=frozenset(envelope.held), batch=tuple(envelope.batch), entries=tuple(entries)
    )


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
