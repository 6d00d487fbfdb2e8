"""A score that another tool kept beside a trace, and what it is here: a judge's verdict or a person's opinion."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from review_app.tables import HumanOpinion, Verdict
from review_app.traces.columns import text_of, time_of
from review_app.traces.faults import odd_number
from review_app.traces.trace import Json

_UNPARSABLE = {"NOT_PARSABLE"}  # Phoenix' evaluators write it as a label when a judge's answer could not be read
_EMPTY: tuple[Json, ...] = (None, "", [], {}, "{}")
_VERSIONS = ("judge_version", "evaluator_version", "prompt_version", "version")


@dataclass(frozen=True, kw_only=True)
class ForeignScore:
    """One of them. source: the tool. who: the judge or the person, None where the tool does not say. noted: the score's
    own metadata. failure: why there is no answer. beside: what else the tool recorded of it."""

    source: str
    trace_id: str
    name: str
    who: str | None = None
    label: str | None = None
    score: float | None = None
    note: str | None = None
    noted: Json = None
    failure: str | None = None
    at: datetime | None = None
    beside: dict[str, Json] | None = None

    def verdict(self) -> Verdict:
        """As a judge's answer; one that could not be read, or failed, stays a failure and has no label."""
        unparsable = self.label in _UNPARSABLE
        answered = not (unparsable or self.failure) and (self.label is not None or self.score is not None)
        return Verdict(
            trace_id=self.trace_id,
            judge=self.who or f"{self.source}:{self.name}",
            judge_version=_version(self.noted) or "unknown",
            criterion=self.name,
            label=self.label if answered else None,
            score=self.score if answered else None,
            rationale=self.note or self.failure,
            status="ok" if answered else "unparsable" if unparsable else "error" if self.failure else "missing",
            at=self.at,
            beside=self.beside,
        )

    def opinion(self) -> HumanOpinion:
        """As what a person said; one who is not named is called `unknown`."""
        return HumanOpinion(
            trace_id=self.trace_id,
            author=self.who or "unknown",
            criterion=self.name,
            label=self.label,
            score=self.score,
            note=self.note,
            source=self.source,
            at=self.at,
            beside=self.beside,
        )


def number_of(value: Json) -> float | None:
    """A finite number, also when it is written as text; None for everything else, truth values among it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number - number == 0 else None


def instant(value: Json) -> datetime | None:
    """A time; None where it is none, which costs the score nothing."""
    try:
        return time_of(value, "UTC")
    except (ValueError, OverflowError):
        return None


def besides(record: Mapping[str, Json], taken: Collection[str]) -> dict[str, Json] | None:
    """What a score's record says in other fields than those taken; None where it says nothing."""
    return {name: plain(value) for name, value in record.items() if name not in taken and value not in _EMPTY} or None


def plain(value: Json) -> Json:
    """The JSON value, a number that no JSON reader keeps as text: no answer is lost for what stands beside it."""
    if isinstance(value, Mapping):
        return {str(name): plain(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [plain(inside) for inside in value]
    return value if odd_number(value) is None else str(value)


def _version(noted: Json) -> str | None:
    return (
        next((text for key in _VERSIONS if (text := text_of(noted.get(key)))), None)
        if isinstance(noted, Mapping)
        else None
    )
