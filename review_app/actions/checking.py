"""Run the deterministic checks where no result is stored yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.workspace import Workspace, opened
from review_app.grading.checks.run import run
from review_app.store import results as result_table
from review_app.store import traces as trace_table
from review_app.store.clock import microseconds
from review_app.store.engine import Row
from review_app.traces.trace import Trace


@dataclass(frozen=True, kw_only=True)
class Checked:
    """ran: results made now. counts: one row per check, a column per status, over all current traces."""

    ran: int
    counts: pd.DataFrame


def run_checks(project: Path, progress: Callable[[int], None] = lambda traces: None) -> Checked:
    """Check every trace with every check of checks.yaml that has not seen it in this version.

    Interrupted and run again, it goes on where it stopped."""
    workspace, ran, seen = opened(project), 0, 0
    for batch in trace_table.each(workspace.store):
        rows = _due(workspace, batch)
        if rows:
            result_table.save(workspace.store, rows)
        ran, seen = ran + len(rows), seen + len(batch)
        progress(seen)
    return Checked(ran=ran, counts=_counts(workspace))


def results_in_force(workspace: Workspace) -> pd.DataFrame:
    """The results frame of the checks as checks.yaml now says."""
    versions = {spec.name: spec.version for spec in workspace.settings.checks}
    return result_table.frame(workspace.store, versions)


def _due(workspace: Workspace, batch: list[tuple[Trace, int]]) -> list[Row]:
    done = result_table.done(workspace.store, [trace.trace_id for trace, _ in batch])
    stamp = microseconds(datetime.now(UTC))
    rows: list[Row] = []
    for trace, version in batch:
        specs = [s for s in workspace.settings.checks if (trace.trace_id, version, s.name, s.version) not in done]
        for result in run(trace, specs):
            rows.append(
                {
                    "trace_id": result.trace_id,
                    "trace_version": version,
                    "check": result.check,
                    "check_version": result.check_version,
                    "status": result.status,
                    "detail": result.detail,
                    "at": stamp,
                }
            )
    return rows


def _counts(workspace: Workspace) -> pd.DataFrame:
    found = results_in_force(workspace)
    return found.pivot_table(index="check", columns="status", values="trace_id", aggfunc="count", fill_value=0)
