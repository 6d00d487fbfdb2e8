"""Verdicts that judges gave elsewhere, read through a mapping that says which column is what, and what answers mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ConfigDict

from review_app.grading.scale import Answer, Scale
from review_app.tables import VERDICT_STATUSES, Reject, Verdict
from review_app.traces import yaml_file
from review_app.traces.columns import Source
from review_app.traces.fields import BadField, Record, needed_in, number_in, text_in, time_in
from review_app.traces.lines import reject
from review_app.traces.table_rows import Row, rows

# Judges' probabilities come rounded; a sum further off than this is another mistake than rounding.
_SUM_TOLERANCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class VerdictMapping:
    """One row is one judge's answer to one criterion. Each field is a column, {column: …} or {constant: …}.

    label_probabilities: label -> its column; then the label is the most probable one (the first of equals) and the
    score the expectation over the labels' numbers. timezone: what times without a zone are in. records: the dotted
    keys that lead to the array of rows inside a JSON file."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    trace_id: Source
    judge: Source
    criterion: Source
    scale: Scale = field(default_factory=Scale)
    judge_version: Source | None = None
    label: Source | None = None
    score: Source | None = None
    label_probabilities: Mapping[str, Source] = field(default_factory=dict)
    confidence: Source | None = None
    rationale: Source | None = None
    status: Source | None = None
    cost_usd: Source | None = None
    latency_s: Source | None = None
    at: Source | None = None
    timezone: str | None = None
    records: str | None = None

    def __post_init__(self) -> None:
        if not (self.label or self.score or self.label_probabilities):
            raise ValueError("needs label, score or label_probabilities")
        if (self.label or self.label_probabilities) and not self.scale.labels:
            raise ValueError("needs scale.labels, the answers there are")
        unknown = sorted(set(self.label_probabilities) - set(self.scale.labels))
        if unknown:
            raise ValueError(f"label_probabilities has {unknown[0]!r}, which is not among scale.labels")


def load(path: Path) -> VerdictMapping:
    """The mapping in a yaml file. Raises BadConfig with file, line and field."""
    return yaml_file.load(path, VerdictMapping)


def read_verdicts(path: Path, mapping: VerdictMapping) -> Iterator[Verdict | Reject]:
    """Each row as a Verdict or a Reject, in file order. A row without an answer is a Verdict with a status."""
    for row in rows(path, mapping.records):
        if isinstance(row, Reject):
            yield row
            continue
        try:
            yield _verdict(row, mapping)
        except BadField as fault:
            yield reject(path, row[0], fault.place, str(fault), str(row[1]).encode(errors="replace"))


def _verdict(row: Row, mapping: VerdictMapping) -> Verdict:
    record = row[1]
    probabilities = _probabilities(record, mapping)
    answer = _answer(record, mapping, probabilities)
    return Verdict(
        trace_id=needed_in(record, mapping.trace_id, "trace_id"),
        judge=needed_in(record, mapping.judge, "judge"),
        judge_version=text_in(record, mapping.judge_version) or "unknown",
        criterion=needed_in(record, mapping.criterion, "criterion"),
        label=answer.label,
        score=_score(record, mapping, answer, probabilities),
        label_probabilities=probabilities if answer.status == "ok" else None,
        confidence=number_in(record, mapping.confidence, "confidence", high=1),
        rationale=text_in(record, mapping.rationale) or answer.why or None,
        status=answer.status,
        cost_usd=number_in(record, mapping.cost_usd, "cost_usd"),
        latency_s=number_in(record, mapping.latency_s, "latency_s"),
        at=time_in(record, mapping.at, "at", mapping.timezone),
    )


def _answer(record: Record, mapping: VerdictMapping, probabilities: dict[str, float] | None) -> Answer:
    status = text_in(record, mapping.status) or "ok"
    if status not in VERDICT_STATUSES:
        raise BadField("status", f"{status!r} is not among {', '.join(VERDICT_STATUSES)}")
    if status != "ok":
        return Answer(status=status)
    if probabilities:
        return Answer(label=max(mapping.scale.labels, key=lambda label: probabilities.get(label, 0.0)))
    if mapping.label is None:
        return Answer() if text_in(record, mapping.score) else Answer(status="missing", why="empty")
    try:
        return mapping.scale.read(mapping.label.of(record))
    except ValueError as fault:
        raise BadField("label", str(fault)) from fault


def _probabilities(record: Record, mapping: VerdictMapping) -> dict[str, float] | None:
    found = {
        label: number_in(record, source, f"label_probabilities.{label}", high=1)
        for label, source in mapping.label_probabilities.items()
    }
    given = {label: value for label, value in found.items() if value is not None}
    if not given:
        return None
    if len(given) < len(found):
        lacking = next(label for label, value in found.items() if value is None)
        raise BadField(f"label_probabilities.{lacking}", "is empty, the others are not")
    total = sum(given.values())
    if abs(total - 1) > _SUM_TOLERANCE:
        raise BadField("label_probabilities", f"sum to {total:.6g}, not to 1")
    return given


def _score(
    record: Record, mapping: VerdictMapping, answer: Answer, probabilities: dict[str, float] | None
) -> float | None:
    if answer.status != "ok":
        return None
    if mapping.score:
        return number_in(record, mapping.score, "score", low=None)
    numbers = mapping.scale.numbers()
    if probabilities:
        return sum(probability * numbers[label] for label, probability in probabilities.items())
    return numbers[answer.label] if answer.label and mapping.scale.is_numeric() else None
