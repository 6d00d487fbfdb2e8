"""Run checks on a trace, whether it was ingested or made from what a candidate answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from review_app.grading.checks.expected import GOLDEN_CALLS, NothingExpected
from review_app.grading.checks.finding import Finding, not_applicable
from review_app.grading.checks.spec import CheckSpec
from review_app.grading.checks.time_limit import LIMIT_S, TimeUp, time_limit
from review_app.tables import RESULT_STATUSES
from review_app.traces.trace import Trace

_LONGEST_DETAIL = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one check says of one trace; a row of the table `result`, and the layer of the check."""

    trace_id: str
    check: str
    check_version: str
    layer: str
    status: str
    detail: str = ""


def run_checks(specs: Iterable[CheckSpec], trace: Trace, limit_s: float = LIMIT_S) -> list[Result]:
    """The result of each check, in their order. One that breaks, or takes longer than `limit_s` seconds, gives `error`
    with the reason and stops nothing."""
    return [_result(spec, trace, limit_s) for spec in specs]


def candidate_trace(case: Trace, expected: str | None, **answer: Any) -> Trace:
    """The input of a golden case with what a candidate answered, ready for `run_checks`.

    case: the trace of the case. expected: the case's expected output, or None. answer: fields of a Trace: `output`, and
    where they are known `tool_calls`, `documents` (else the case's), `latency_s`, `cost_usd`, `error`, `model`. What
    belongs to the old answer is dropped. Where a person found the case's own output right, the calls that led to it are
    what `tool_calls` expects."""
    metadata = dict(case.metadata)
    if expected is not None and expected == case.output:
        metadata[GOLDEN_CALLS] = [{"name": call.name, "arguments": call.arguments} for call in case.tool_calls]
    nothing: dict[str, Any] = {
        "output": None, "error": None, "tool_calls": (), "model": None, "prompt_version": None, "cost_usd": None,
        "latency_s": None, "user_feedback": None, "alternative": None,
    }  # fmt: skip
    return replace(case, **nothing | answer, correction=expected, metadata=metadata)


def _result(spec: CheckSpec, trace: Trace, limit_s: float) -> Result:
    missed = spec.only.misses(trace)
    finding = not_applicable(missed) if missed else _finding(spec, trace, limit_s)
    return Result(
        trace_id=trace.trace_id,
        check=spec.name,
        check_version=spec.version,
        layer=spec.layer,
        status=finding.status,
        detail=_storable(finding.detail),
    )


def _finding(spec: CheckSpec, trace: Trace, limit_s: float) -> Finding:
    try:
        with time_limit(limit_s):
            finding = spec.check.run(trace)
    except NothingExpected as fault:
        return not_applicable(str(fault))
    except TimeUp:
        return Finding("error", f"took longer than {limit_s:g} s")
    except Exception as fault:  # noqa: BLE001 - whatever breaks in a check is that check's result, with the reason
        return Finding("error", f"{type(fault).__name__}: {fault}")
    if finding.status not in RESULT_STATUSES:
        return Finding("error", f"it says {finding.status!r}; a status is one of {', '.join(RESULT_STATUSES)}")
    return finding


def _storable(detail: str) -> str:
    """A text every store takes: no NUL, no half of a surrogate pair, and not a whole document."""
    kept = detail if len(detail) <= _LONGEST_DETAIL else detail[:_LONGEST_DETAIL] + "…"
    return kept.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()
