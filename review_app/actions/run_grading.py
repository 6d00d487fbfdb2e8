"""Measure what a candidate answered: checks, and the metrics that came with a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from review_app.actions.workspace import Workspace
from review_app.golden.release import Verified
from review_app.grading.checks.run import candidate_trace, run_checks
from review_app.store import runs as run_table
from review_app.store.engine import Row
from review_app.store.runs import Output
from review_app.traces.trace import Trace, from_values

CHECK, FILE, JUDGE = "check", "file", "judge"
_VALUES = {"pass": 1.0, "fail": 0.0, "error": 0.0, "not_applicable": None}
_BATCH = 500


def answered_trace(example: Mapping[str, Any], output: Output) -> Trace:
    """A golden case with the candidate's answer in the place of the old one."""
    answer = from_values({"trace_id": "answer"} | dict(output.answer))
    given: dict[str, Any] = {name: getattr(answer, name) for name in output.answer}
    given |= {"latency_s": output.latency_s, "cost_usd": output.cost_usd, "error": output.error}
    return candidate_trace(from_values(example["trace"]), example["expected"], **given)


def grade_run(
    workspace: Workspace, run_id: str, release: Verified, progress: Callable[[int], None] = lambda answers: None
) -> int:
    """Give every answer of a run its metrics where one is missing or of another version; how many were made.

    An answer that failed has 0 on each metric: a system that gives no answer is not a good one. A check that broke down
    counts 0 too, and says so in its status."""
    outputs = run_table.outputs(workspace.store, run_id)
    measured = sorted({name for output in outputs for name in output.scores})
    found = run_table.metrics(workspace.store, run_id)
    done = set(zip(found["example_id"], found["trial"], found["metric"], found["version"], strict=True))
    by_id = {example["example_id"]: example for example in release.examples}
    rows: list[Row] = []
    made = 0
    for seen, output in enumerate(outputs, 1):
        new = [*_checked(workspace, by_id[output.example_id], output, done), *_measured(output, measured)]
        rows += [row for row in new if (row["example_id"], row["trial"], row["metric"], row["version"]) not in done]
        if len(rows) >= _BATCH:
            run_table.save_metrics(workspace.store, rows)
            made, rows = made + len(rows), []
        progress(seen)
    run_table.save_metrics(workspace.store, rows)
    return made + len(rows)


def _checked(
    workspace: Workspace, example: Mapping[str, Any], output: Output, done: set[tuple[str, int, str, str]]
) -> Iterator[Row]:
    due = [
        spec
        for spec in workspace.settings.checks
        if (output.example_id, output.trial, spec.name, spec.version) not in done
    ]
    if output.error is not None:
        yield from (_row(output, spec.name, CHECK, spec.version, 0.0) for spec in due)
    elif due:
        for result in run_checks(due, answered_trace(example, output)):
            value = _VALUES[result.status]
            row = _row(output, result.check, CHECK, result.check_version, value)
            yield row | {"status": result.status, "detail": result.detail}


def _measured(output: Output, names: list[str]) -> Iterator[Row]:
    for name in names:
        if name in output.scores:
            yield _row(output, name, FILE, "1", output.scores[name]) | {"status": "ok", "detail": ""}
        elif output.error is not None:
            yield _row(output, name, FILE, "1", 0.0)


def _row(output: Output, metric: str, source: str, version: str, value: float | None) -> Row:
    return {
        "run_id": output.run_id,
        "example_id": output.example_id,
        "trial": output.trial,
        "metric": metric,
        "source": source,
        "version": version,
        "value": value,
        "status": "error",
        "detail": output.error or "",
    }
