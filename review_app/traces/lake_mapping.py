"""lake.yaml: which column of a lake is which field of ours. Written once by `lake columns`, kept by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ConfigDict

from review_app.tables import Reject, Verdict
from review_app.traces import mapping, yaml_file
from review_app.traces.columns import Place, Source
from review_app.traces.fields import Record, number_in, text_in
from review_app.traces.mapping import TraceMapping
from review_app.traces.trace import Json, Trace


@dataclass(frozen=True, kw_only=True)
class JudgeColumns:
    """One judge's answers to one criterion, a row's in its columns.

    labels: what the column says -> the rubric's label; empty: it says the rubric's labels. Any other value is no usable
    verdict. confidence: in [0, 1]."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    judge: str
    criterion: str
    label: Source
    judge_version: str = "unknown"
    labels: Mapping[str, str] = field(default_factory=dict)
    confidence: Source | None = None
    rationale: Source | None = None

    def spellings(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """How the column says one of these labels of the rubric."""
        return tuple(sorted(said for said, label in self.labels.items() if label in labels)) if self.labels else labels

    def verdict(self, record: Record, trace_id: str, known: tuple[str, ...]) -> Verdict:
        """What the judge said in this row. known: the labels there are. Raises BadField on an odd confidence."""
        said = text_in(record, self.label)
        label = said if not self.labels else self.labels.get(said or "")
        status = "missing" if said is None else "ok" if label in known else "unparsable"
        return Verdict(
            trace_id=trace_id,
            judge=self.judge,
            judge_version=self.judge_version,
            criterion=self.criterion,
            label=label if status == "ok" else None,
            confidence=number_in(record, self.confidence, "confidence", high=1),
            rationale=text_in(record, self.rationale),
            status=status,
        )


@dataclass(frozen=True, kw_only=True)
class LakeMapping:
    """trace: as in a mapping for `ingest`; it needs trace_id. judges: verdicts that stand beside the trace.
    check_failed: a column that is true where a check of yours failed. unique: trace_id is known to be unique there, so
    nobody looks for duplicates, which for a huge table is the dearest question."""

    trace: TraceMapping
    judges: tuple[JudgeColumns, ...] = ()
    check_failed: Source | None = None
    unique: bool = False

    __pydantic_config__ = ConfigDict(extra="forbid")

    def __post_init__(self) -> None:
        if self.trace.trace_id is None or self.trace.trace_id.column is None:
            raise ValueError("trace.trace_id must name a column: the draw decides by it, where the data is")
        named = [(judge.judge, judge.judge_version, judge.criterion) for judge in self.judges]
        if twice := next((one for one in named if named.count(one) > 1), None):
            raise ValueError(f"judges names {' '.join(twice)} twice")

    @property
    def id_column(self) -> Place:
        """Where the trace's id stands."""
        assert self.trace.trace_id is not None, "checked when it was made"
        return self.trace.trace_id

    def trace_of(self, record: dict[str, Json], lake: str, number: int) -> Trace | Reject:
        """A record of the lake as a trace, or why it is none. number: its place among those that were fetched."""
        return mapping.trace_of(Path(lake), (number, record), self.trace)


def load(path: Path) -> LakeMapping:
    """The mapping in a yaml file. Raises BadConfig with file, line and field."""
    return yaml_file.load(path, LakeMapping)
