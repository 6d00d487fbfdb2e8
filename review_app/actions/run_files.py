"""A candidate's answers from a file: our own lines, or any format that traces are read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import orjson
from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from review_app.actions.run_targets import AnswerFields, TargetFailed, sound_answer
from review_app.errors import BadInput
from review_app.store.runs import Output
from review_app.tables import Reject, Verdict
from review_app.traces import readers
from review_app.traces.faults import rejected
from review_app.traces.trace import Trace, encode, first_fault

_ANSWERED = ("messages", "documents", "tool_calls", "output", "model", "prompt_version", "retrieval_version")

Score = Annotated[float, Ge(0), Le(1)]


class _Line(BaseModel):
    """A line of our own: a case, what was answered, and metrics that were measured with it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    example_id: str
    trial: Annotated[int, Ge(1)] | None = None
    output: Any = None
    tool_calls: Any = None
    documents: Any = None
    model: str | None = None
    error: str | None = None
    cost_usd: Annotated[float, Ge(0)] | None = None
    latency_s: Annotated[float, Ge(0)] | None = None
    metrics: dict[str, Score] = Field(default_factory=dict)


@dataclass(kw_only=True)
class OutputFile:
    """What a file holds for the cases of a release. outputs: by case and trial, with an empty run_id. strangers: traces
    that belong to no case. rejects: lines that cannot be read."""

    outputs: list[Output] = field(default_factory=list)
    strangers: int = 0
    rejects: list[Reject] = field(default_factory=list)


def read_outputs(path: Path, examples: Sequence[Mapping[str, Any]], take: Sequence[str] = ()) -> OutputFile:
    """Every answer of the file that belongs to one of the cases.

    Our own lines name their case. A trace belongs to the case made from the trace with its id, or to the only case of
    its session; its trial is the one its metadata states (counted from 0 or from 1), or how many came before.
    take: opinions in the file, by criterion, that are measurements and become metrics."""
    if not path.is_file():
        raise BadInput("There is no such file.", where=str(path), do="Name a file of outputs.")
    found = OutputFile()
    if _is_own(path):
        _read_own(path, {example["example_id"] for example in examples}, found)
    else:
        _read_traces(path, examples, take, found)
    if not found.outputs:
        raise BadInput(
            f"None of its records belongs to one of the {len(examples)} cases; {found.strangers} belong to none, "
            f"{len(found.rejects)} cannot be read.",
            where=str(path),
            do="docs/gate.md shows a file of outputs; traces are found by the trace or session of a case.",
        )
    found.outputs = _numbered(found.outputs)
    return found


def _is_own(path: Path) -> bool:
    with path.open("rb") as file:
        first = next((line for line in file if line.strip()), b"")
    try:
        value = orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and "example_id" in value


def _read_own(path: Path, known: set[str], found: OutputFile) -> None:
    for number, raw in enumerate(path.read_bytes().splitlines(), 1):
        if not raw.strip():
            continue
        try:
            line = _Line.model_validate_json(raw)
            output = _own_output(line)
        except ValidationError as fault:
            place, reason = first_fault(fault)
            found.rejects.append(Reject(file=str(path), line=number, field=place, reason=reason))
        except TargetFailed as fault:
            found.rejects.append(Reject(file=str(path), line=number, field="output", reason=fault.message))
        else:
            if line.example_id in known:
                found.outputs.append(output)
            else:
                found.strangers += 1


def _own_output(line: _Line) -> Output:
    given = line.model_dump(include={"output", "tool_calls", "documents", "model"}, exclude_none=True)
    answer = {} if line.error is not None else sound_answer(given, AnswerFields()).fields
    return Output(
        run_id="",
        example_id=line.example_id,
        trial=line.trial or 0,
        answer=answer,
        scores=line.metrics,
        error=line.error,
        cost_usd=line.cost_usd,
        latency_s=line.latency_s,
    )


def _read_traces(path: Path, examples: Sequence[Mapping[str, Any]], take: Sequence[str], found: OutputFile) -> None:
    case_of = _cases_by_name(examples)
    traces: dict[str, tuple[str, Trace]] = {}
    scores: dict[str, dict[str, float]] = {}
    for item in readers.read(path):
        if isinstance(item, Reject):
            found.rejects.append(item)
        elif isinstance(item, Trace):
            example_id = case_of.get(item.trace_id) or case_of.get(f"session:{item.session_id}")
            if example_id is None:
                found.strangers += 1
            else:
                traces[item.trace_id] = (example_id, item)
        elif isinstance(item, Verdict) and item.criterion in take:
            if item.score is None or not 0 <= item.score <= 1:
                why = ValueError(f"{item.criterion} is {item.score}, a metric is in [0, 1]")
                found.rejects.append(rejected(path, 0, why, item.trace_id.encode(errors="replace")))
            else:
                scores.setdefault(item.trace_id, {})[item.criterion] = item.score
    for trace_id, (example_id, trace) in traces.items():
        found.outputs.append(_trace_output(example_id, trace, scores.get(trace_id, {})))


def _cases_by_name(examples: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """trace id, or `session:` and a session that has one case -> example_id."""
    sessions = Counter(example["trace"].get("session_id") for example in examples)
    by_session = {
        f"session:{session}": example["example_id"]
        for example in examples
        if (session := example["trace"].get("session_id")) is not None and sessions[session] == 1
    }
    return by_session | {example["trace_id"]: example["example_id"] for example in examples}


def _trace_output(example_id: str, trace: Trace, scores: Mapping[str, float]) -> Output:
    values = orjson.loads(encode(trace))
    stated = trace.metadata.get("trial")
    return Output(
        run_id="",
        example_id=example_id,
        # One more than stated, so that 0 is left for "not stated"; `_numbered` makes them 1, 2, ...
        trial=stated + 1 if isinstance(stated, int) and stated >= 0 else 0,
        answer={name: values[name] for name in _ANSWERED if name in values},
        scores=scores,
        error=trace.error,
        cost_usd=trace.cost_usd,
        latency_s=trace.latency_s,
    )


def _numbered(outputs: list[Output]) -> list[Output]:
    """The same, each case's trials counted 1, 2, ... in the order stated, then the file's. Raises BadInput where a
    trial of a case is there twice."""
    return list(_counted(sorted(outputs, key=lambda output: (output.example_id, output.trial))))


def _counted(outputs: Sequence[Output]) -> Iterator[Output]:
    before: Output | None = None
    count = 0
    for output in outputs:
        same = before is not None and before.example_id == output.example_id
        if same and before is not None and before.trial == output.trial and output.trial > 0:
            raise BadInput(
                f"It has trial {output.trial} of {output.example_id} twice.", do="Keep one, or leave `trial` out."
            )
        count = count + 1 if same else 1
        before = output
        yield Output(**vars(output) | {"trial": count})
