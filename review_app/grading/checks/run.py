"""Run checks on a trace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from review_app.grading.checks.finding import Finding, not_applicable
from review_app.grading.checks.spec import CheckSpec
from review_app.traces.trace import Trace


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one check says of one trace; a row of tables.RESULTS."""

    trace_id: str
    check: str
    check_version: str
    status: str
    detail: str = ""


def run(trace: Trace, specs: Iterable[CheckSpec]) -> list[Result]:
    """The result of each check, in their order; a check that breaks down gives `error` and stops nothing."""
    return [_result(trace, spec) for spec in specs]


def _result(trace: Trace, spec: CheckSpec) -> Result:
    missed = spec.only.misses(trace)
    finding = not_applicable(missed) if missed else _finding(trace, spec)
    return Result(
        trace_id=trace.trace_id,
        check=spec.name,
        check_version=spec.version,
        status=finding.status,
        detail=finding.detail,
    )


def _finding(trace: Trace, spec: CheckSpec) -> Finding:
    try:
        return spec.check.result(trace)
    except Exception as fault:  # noqa: BLE001 - whatever breaks in a check is that check's result, with the reason
        return Finding("error", f"{type(fault).__name__}: {fault}")
