"""Reviews that people gave elsewhere, read through a mapping that says which column is what, and what answers mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import ConfigDict

from review_app.grading.scale import Answer, Scale
from review_app.review.rubric import Criterion, Rubric
from review_app.tables import OUTCOMES, Reject
from review_app.traces import yaml_file
from review_app.traces.columns import Source
from review_app.traces.fields import BadField, Record, needed_in, number_in, text_in, time_in
from review_app.traces.lines import reject
from review_app.traces.table_rows import Row, rows
from review_app.traces.trace import Json


@dataclass(frozen=True, kw_only=True)
class ReviewMapping:
    """Either wide, one row is one review: `criteria` names each criterion's column; or long, one row is one answer:
    `criterion` and `label` are columns, and the rows of one trace and reviewer are one review.

    Each field is a column, {column: …} or {constant: …}. scale: what values mean; its labels are the rubric's where it
    names none. outcomes: value -> one of tables.OUTCOMES; an empty outcome is "judged". timezone: what times without a
    zone are in. records: the dotted keys that lead to the array of rows inside a JSON file."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    trace_id: Source
    reviewer: Source
    criteria: Mapping[str, Source] = field(default_factory=dict)
    criterion: Source | None = None
    label: Source | None = None
    scale: Scale = field(default_factory=Scale)
    outcome: Source | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)
    note: Source | None = None
    correction: Source | None = None
    at: Source | None = None
    seconds: Source | None = None
    inclusion_probability: Source | None = None
    external_id: Source | None = None
    timezone: str | None = None
    records: str | None = None

    def __post_init__(self) -> None:
        if bool(self.criteria) == bool(self.criterion and self.label):
            raise ValueError("needs either criteria (a column for each), or criterion and label")
        unknown = sorted(set(self.outcomes.values()) - set(OUTCOMES))
        if unknown:
            raise ValueError(f"outcomes has {unknown[0]!r}, which is not among {', '.join(OUTCOMES)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedReview:
    """What one person said of one trace, elsewhere.

    answers: criterion -> label. missing: criterion -> why there is no label; an unasked or optional question is in
    neither. inclusion_probability: with which the trace was chosen there, in (0, 1]; None where nobody knows.
    row: the line it stands in, of a long table its first."""

    trace_id: str
    reviewer: str
    outcome: str = "judged"
    answers: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    correction: str | None = None
    at: datetime | None = None
    seconds: float | None = None
    inclusion_probability: float | None = None
    external_id: str | None = None
    row: int = 0


def load(path: Path) -> ReviewMapping:
    """The mapping in a yaml file. Raises BadConfig with file, line and field."""
    return yaml_file.load(path, ReviewMapping)


def read_reviews(path: Path, mapping: ReviewMapping, rubric: Rubric) -> Iterator[ImportedReview | Reject]:
    """Each review, and a Reject for each row that is none. A long table is gathered in memory first.

    Raises BadInput when the mapping names a criterion the rubric has not."""
    for name in mapping.criteria:
        rubric.criterion(name)
    if mapping.criteria:
        yield from _wide(path, mapping, rubric)
    else:
        yield from _long(path, mapping, rubric)


def _wide(path: Path, mapping: ReviewMapping, rubric: Rubric) -> Iterator[ImportedReview | Reject]:
    for row in rows(path, mapping.records):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            given = {name: source.of(row[1]) for name, source in mapping.criteria.items()}
            yield _review(row, mapping, rubric, given)
        except BadField as fault:
            yield _rejected(path, row, fault)


def _long(path: Path, mapping: ReviewMapping, rubric: Rubric) -> Iterator[ImportedReview | Reject]:
    assert mapping.criterion
    assert mapping.label
    gathered: dict[tuple[str, str], tuple[Row, dict[str, Json]]] = {}
    for row in rows(path, mapping.records):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            # Answers are read here already, so that a bad one costs its own row only.
            criterion = _known(rubric, needed_in(row[1], mapping.criterion, "criterion"))
            value = mapping.label.of(row[1])
            _answer(criterion, value, mapping.scale)
            who = needed_in(row[1], mapping.trace_id, "trace_id"), needed_in(row[1], mapping.reviewer, "reviewer")
            given = gathered.setdefault(who, (row, {}))[1]
            if criterion.name in given:
                raise BadField("criterion", f"an earlier row has the answer of {who[1]} to it on {who[0]}")
            _review(row, mapping, rubric, {})
            given[criterion.name] = value
        except BadField as fault:
            yield _rejected(path, row, fault)
    for row, given in gathered.values():
        if given:
            yield _review(row, mapping, rubric, given)


def _review(row: Row, mapping: ReviewMapping, rubric: Rubric, given: Record) -> ImportedReview:
    line, record = row
    outcome = text_in(record, mapping.outcome) or "judged"
    outcome = mapping.outcomes.get(outcome, outcome)
    if outcome not in OUTCOMES:
        raise BadField("outcome", f"{outcome!r} is not among {', '.join([*OUTCOMES, *mapping.outcomes])}")
    answers, missing = _answers(given, mapping.scale, rubric) if outcome == "judged" else ({}, {})
    return ImportedReview(
        trace_id=needed_in(record, mapping.trace_id, "trace_id"),
        reviewer=needed_in(record, mapping.reviewer, "reviewer"),
        outcome=outcome,
        answers=answers,
        missing=missing,
        note=text_in(record, mapping.note) or "",
        correction=text_in(record, mapping.correction),
        at=time_in(record, mapping.at, "at", mapping.timezone),
        seconds=number_in(record, mapping.seconds, "seconds"),
        inclusion_probability=_probability(record, mapping),
        external_id=text_in(record, mapping.external_id),
        row=line,
    )


def _answers(given: Record, scale: Scale, rubric: Rubric) -> tuple[dict[str, str], dict[str, str]]:
    """(criterion -> label, criterion -> why there is none)."""
    read = {name: _answer(rubric.criterion(name), value, scale) for name, value in given.items()}
    labels = {name: answer.label for name, answer in read.items() if answer.label is not None}
    missing = {
        name: answer.why
        for name, answer in read.items()
        if answer.label is None and (answer.why != "empty" or _expected(rubric.criterion(name), labels))
    }
    return labels, missing


def _expected(criterion: Criterion, labels: Mapping[str, str]) -> bool:
    return criterion.required and criterion.asked(labels)


def _answer(criterion: Criterion, value: Json, scale: Scale) -> Answer:
    try:
        if criterion.kind in ("text", "numeric"):
            return _free_answer(criterion, value)
        if criterion.multiple and isinstance(value, str) and value.strip():
            parts = [scale.read(part, criterion.values()).label for part in value.split(",")]
            return Answer(label=",".join(part for part in parts if part))
        answer = scale.read(value, criterion.values())
    except ValueError as fault:
        raise BadField(criterion.name, str(fault)) from fault
    if answer.label is not None and answer.label not in criterion.values():
        raise BadField(criterion.name, f"{answer.label!r} is not among the rubric's {', '.join(criterion.values())}")
    return answer


def _free_answer(criterion: Criterion, value: Json) -> Answer:
    text = None if value is None else str(value).strip()
    if not text:
        return Answer(status="missing", why="empty")
    if criterion.kind == "numeric" and float(text) - float(text) != 0:
        raise ValueError(f"{text!r} is not a finite number")
    return Answer(label=text)


def _known(rubric: Rubric, name: str) -> Criterion:
    for criterion in rubric.criteria:
        if criterion.name == name:
            return criterion
    raise BadField("criterion", f"{name!r} is not in the rubric: {', '.join(c.name for c in rubric.criteria)}")


def _probability(record: Record, mapping: ReviewMapping) -> float | None:
    probability = number_in(record, mapping.inclusion_probability, "inclusion_probability", high=1)
    if probability == 0:
        raise BadField("inclusion_probability", "is 0; a trace that was reviewed had a chance")
    return probability


def _rejected(path: Path, row: Row, fault: BadField) -> Reject:
    return reject(path, row[0], fault.place, str(fault), str(row[1]).encode(errors="replace"))
