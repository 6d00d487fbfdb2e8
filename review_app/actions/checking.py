"""Run the deterministic checks where no result is stored yet, and say what they found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from review_app.actions.workspace import Workspace, opened
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.wilson import wilson
from review_app.errors import WrongUsage
from review_app.grading.checks.run import run_checks as results_of
from review_app.grading.checks.spec import CheckSpec
from review_app.sampling.plan import Frame
from review_app.store import results as result_table
from review_app.store.candidates import size
from review_app.store.clock import microseconds
from review_app.store.engine import Row
from review_app.store.results import Due
from review_app.tables import RESULT_STATUSES

_SAVED_EVERY_S = 2.0
_METHOD = "share of the traces it applies to, Wilson"


@dataclass(frozen=True, kw_only=True)
class CheckCount:
    """What one check says of all current traces. failed_share: of passed and failed ones, in [0, 1], with a Wilson
    interval: what to expect of traffic like it; undefined where it applied to none."""

    check: str
    layer: str
    passed: int
    failed: int
    errors: int
    not_applicable: int
    failed_share: Estimate


@dataclass(frozen=True, kw_only=True)
class Checked:
    """ran: results made now. traces: those that needed one. counts: one per check, in the order of checks.yaml."""

    ran: int
    traces: int
    counts: tuple[CheckCount, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A trace on which a check failed or broke, and where."""

    trace_id: str
    detail: str


def run_checks(
    project: Path,
    check: str | None = None,
    retry_errors: bool = False,
    progress: Callable[[int, int], None] = lambda seen, total: None,
) -> Checked:
    """Check every trace with every check of checks.yaml, or with one, that has not seen it in this version.

    retry_errors: also where the check broke down. progress: traces looked at, and all there are. Interrupted and run
    again, it goes on where it stopped. Raises WrongUsage for a check that is not there."""
    workspace = opened(project)
    specs = _asked(workspace, check)
    total, seen, ran, touched = size(workspace.store, Frame()), 0, 0, 0
    for looked_at, waiting in result_table.due(workspace.store, _versions(list(specs.values())), retry_errors):
        for rows in _in_time(row for one in waiting for row in _rows(one, specs)):
            result_table.save(workspace.store, rows)
            ran += len(rows)
        seen, touched = seen + looked_at, touched + len(waiting)
        progress(seen, max(total, seen))
    return Checked(ran=ran, traces=touched, counts=_counts(workspace, specs))


def check_findings(project: Path, check: str, status: str = "fail") -> list[Found]:
    """The current traces to which a check, as checks.yaml now says it, gave this status when it was last run.

    status: `fail` or `error`. Raises WrongUsage for a check that is not there."""
    workspace = opened(project)
    (spec,) = _asked(workspace, check).values()
    rows = result_table.with_status(workspace.store, spec.name, spec.version, status)
    return [Found(trace_id=row["trace_id"], detail=row["detail"]) for row in rows]


def _in_time(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """All of them together, or, where checks are slow, those of every few seconds: so much is lost at most."""
    held: list[Row] = []
    since = monotonic()
    for row in rows:
        held.append(row)
        if monotonic() - since > _SAVED_EVERY_S:
            yield held
            held, since = [], monotonic()
    if held:
        yield held


def _asked(workspace: Workspace, check: str | None) -> dict[str, CheckSpec]:
    specs = {spec.name: spec for spec in workspace.settings.checks}
    if check is None:
        return specs
    if check not in specs:
        raise WrongUsage(
            f"There is no check called {check!r}.",
            where=str(workspace.settings.folder / "checks.yaml"),
            do=f"Use one of: {', '.join(specs)}." if specs else "Declare one there.",
        )
    return {check: specs[check]}


def _versions(specs: Sequence[CheckSpec]) -> dict[str, str]:
    return {spec.name: spec.version for spec in specs}


def _rows(one: Due, specs: Mapping[str, CheckSpec]) -> list[Row]:
    stamp = microseconds(datetime.now(UTC))
    return [
        {
            "trace_id": result.trace_id,
            "trace_version": one.version,
            "check": result.check,
            "check_version": result.check_version,
            "status": result.status,
            "detail": result.detail,
            "at": stamp,
        }
        for result in results_of([specs[name] for name in one.checks], one.trace)
    ]


def _counts(workspace: Workspace, specs: Mapping[str, CheckSpec]) -> tuple[CheckCount, ...]:
    found = result_table.counts(workspace.store, _versions(list(specs.values())))
    return tuple(
        _count(spec, {status: found.get((name, status), 0) for status in RESULT_STATUSES})
        for name, spec in specs.items()
    )


def _count(spec: CheckSpec, of: Mapping[str, int]) -> CheckCount:
    return CheckCount(
        check=spec.name,
        layer=spec.layer,
        passed=of["pass"],
        failed=of["fail"],
        errors=of["error"],
        not_applicable=of["not_applicable"],
        failed_share=_share(of["fail"], of["pass"] + of["fail"]),
    )


def _share(failed: int, n: int) -> Estimate:
    if n == 0:
        return undefined("no trace passed or failed", 0, _METHOD)
    low, high = wilson(failed, n)
    return Estimate(value=failed / n, low=low, high=high, n=n, method=_METHOD)
