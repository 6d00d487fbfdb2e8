"""Runs side by side, for the page of candidates: how good each is, which cases changed, and one case in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from review_app.actions.blind_pairs import kept_back
from review_app.actions.gating_runs import gated_cases
from review_app.actions.queueing import require_role
from review_app.actions.run_grading import grade_run
from review_app.actions.running import release_of, run_report
from review_app.actions.workspace import Workspace, opened, saved
from review_app.errors import BadInput, NotAllowed, ReleaseChanged, ReviewAppError
from review_app.gate.run_report import RunReport
from review_app.golden.release import Verified
from review_app.review.blind import BlindTrace, blind, unmarked
from review_app.store import runs as run_table
from review_app.store.runs import Output, Run
from review_app.traces.trace import from_values

CHANGED = ("example_id", "metric", "baseline", "candidate", "change", "kept_back")
"""One row per case that differs. metric: the one it lost most on, or gained where it lost on none; NA where only the
words differ. baseline, candidate: its values; change: above 0 is better. NA but for example_id where kept_back."""


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """A run as a list shows it. note: of its approval, None where it was never a baseline. in_force: no later baseline
    took its place. trouble: why it has no report."""

    run_id: str
    series: str
    release: int
    trials: int
    at: datetime
    note: str | None
    report: RunReport | None
    trouble: str = ""
    in_force: bool = False

    @property
    def complete(self) -> bool:
        """Whether every case has all its answers."""
        return self.report is not None and self.report.answered >= self.report.wanted


@dataclass(frozen=True, kw_only=True)
class CaseAnswer:
    """What one run answered to a case in its first trial. metrics: metric, source, value (mean of the trials), status,
    detail (the first there is)."""

    run_id: str
    output: str | None
    error: str | None
    cost_usd: float | None
    latency_s: float | None
    metrics: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class ComparedCase:
    """A case and both answers. trace: what both were asked, without any answer."""

    example_id: str
    trace: BlindTrace
    expected: str | None
    baseline: CaseAnswer
    candidate: CaseAnswer


def run_summaries(project: Path, person: str) -> tuple[RunSummary, ...]:
    """Every run, the newest first."""
    require_role(project, person)
    workspace, folder = opened(project), project.resolve()
    stamps = run_table.stamps(workspace.store)
    notes = {baseline.run_id: baseline.note for baseline in run_table.baselines(workspace.store)}
    in_force = run_table.in_force(workspace.store)
    found = (
        _summary(run, notes.get(run.run_id), folder, stamps.get(run.run_id, ""))
        for run in reversed(run_table.every(workspace.store))
    )
    return tuple(replace(one, in_force=one.run_id in in_force) for one in found)


def changed_cases(project: Path, person: str, runs: tuple[str, str], words: bool = False) -> pd.DataFrame:
    """CHANGED, worst first. runs: baseline, candidate (ids). words: also the cases where no metric differs, but the
    words of the first answers do; they come last. Only cases the gate is over."""
    require_role(project, person)
    workspace = opened(project)
    old, new, release = _both(project, workspace, runs)
    rows = _differences(workspace, old.run_id, new.run_id)
    rows = rows[rows["example_id"].isin(release.example_ids())]
    worst = rows.sort_values(["change", "example_id"], kind="stable").drop_duplicates("example_id")
    best = rows.sort_values(["change", "example_id"], ascending=[False, True]).drop_duplicates("example_id")
    # Where a case lost on nothing, what it gained is what changed.
    found = pd.concat(
        [worst[worst["change"] < 0], best[~best["example_id"].isin(worst[worst["change"] < 0]["example_id"])]]
    )
    found = found.sort_values(["change", "example_id"], kind="stable")
    if words:
        others = _other_words(workspace, (old, new), release, set(found["example_id"]))
        found = pd.concat([found, pd.DataFrame({"example_id": others})], ignore_index=True)
    hidden = found["example_id"].isin(kept_back(workspace, person, (old.run_id, new.run_id), list(found["example_id"])))
    told = found.reindex(columns=list(CHANGED[:-1])).assign(kept_back=hidden).reset_index(drop=True)
    told.loc[told["kept_back"], list(CHANGED[1:-1])] = None
    return told


def compared_case(project: Path, person: str, runs: tuple[str, str], example_id: str) -> ComparedCase:
    """One case with both answers. runs: baseline, candidate (ids). Raises BadInput for a case the release does not
    hold, NotAllowed while this person may still be asked to judge these answers blind."""
    require_role(project, person)
    workspace = opened(project)
    old, new, release = _both(project, workspace, runs)
    example = next((one for one in release.examples if one["example_id"] == example_id), None)
    if example is None:
        raise BadInput(f"The release holds no case {example_id!r}.", do="Open the case from the list of changed ones.")
    if kept_back(workspace, person, (old.run_id, new.run_id), [example_id]):
        raise NotAllowed(
            "You may still be asked to judge these answers without knowing whose they are.",
            where=example_id,
            do="Review them first (or let the others finish): this page shows them afterwards.",
        )
    return ComparedCase(
        example_id=example_id,
        trace=_asked(example),
        expected=example["expected"],
        baseline=_answer(workspace, old.run_id, example_id),
        candidate=_answer(workspace, new.run_id, example_id),
    )


def _summary(run: Run, note: str | None, folder: Path, stamp: str) -> RunSummary:
    about: dict[str, Any] = {name: getattr(run, name) for name in ("run_id", "series", "release", "trials", "at")}
    try:
        report = _report(folder, opened(folder).store.where, saved(folder), run.run_id, stamp)
    except ReviewAppError as error:
        return RunSummary(**about, note=note, report=None, trouble=error.message)
    return RunSummary(**about, note=note, report=report)


@lru_cache(maxsize=256)
def _report(folder: Path, store: str, yaml: tuple[int, ...], run_id: str, stamp: str) -> RunReport:
    """Kept while neither the run nor a yaml file changes."""
    return run_report(folder, run_id)


def _both(project: Path, workspace: Workspace, runs: tuple[str, str]) -> tuple[Run, Run, Verified]:
    old, new = (run_table.find(workspace.store, name) for name in runs)
    if old.release_hash != new.release_hash:
        raise ReleaseChanged(
            f"{old.run_id} was made over release {old.release}, {new.run_id} over release {new.release}.",
            do="Compare two runs over one release.",
        )
    release = release_of(project, new)
    for run in (old, new):
        grade_run(workspace, run.run_id, release)
    return old, new, gated_cases(release, workspace.settings.gate)


def _differences(workspace: Workspace, old: str, new: str) -> pd.DataFrame:
    """example_id, metric, baseline, candidate, change: where both runs have the metric and it differs."""
    key = ["example_id", "metric"]
    sides = [run_table.metrics(workspace.store, run).groupby(key)["value"].mean() for run in (old, new)]
    both = pd.concat(sides, axis=1, keys=["baseline", "candidate"]).dropna().reset_index()
    lower = {rule.name for rule in workspace.settings.gate.metrics if rule.direction == "lower"}
    gain = both["candidate"] - both["baseline"]
    both = both.assign(change=gain.where(~both["metric"].isin(lower), -gain))
    return both[both["change"] != 0]


def _other_words(workspace: Workspace, runs: tuple[Run, Run], release: Verified, known: set[str]) -> list[str]:
    said = [_firsts(workspace, run.run_id) for run in runs]
    texts = [{name: (one.answer.get("output"), one.error) for name, one in side.items()} for side in said]
    return [name for name in release.example_ids() if name not in known and texts[0].get(name) != texts[1].get(name)]


def _firsts(workspace: Workspace, run_id: str) -> dict[str, Output]:
    return {one.example_id: one for one in run_table.outputs(workspace.store, run_id) if one.trial == 1}


def _asked(example: Mapping[str, Any]) -> BlindTrace:
    return unmarked(blind(from_values({**example["trace"], "session_id": None, "tool_calls": []})))


def _answer(workspace: Workspace, run_id: str, example_id: str) -> CaseAnswer:
    found = _firsts(workspace, run_id).get(example_id)
    rows = run_table.metrics(workspace.store, run_id)
    mine = rows[rows["example_id"] == example_id]
    said = mine.assign(detail=mine["detail"].where(mine["detail"] != "")).groupby("metric", as_index=False)
    metrics = said.agg({"source": "first", "value": "mean", "status": "first", "detail": "first"})
    return CaseAnswer(
        run_id=run_id,
        output=found.answer.get("output") if found else None,
        error=found.error if found else "it was not asked yet",
        cost_usd=found.cost_usd if found else None,
        latency_s=found.latency_s if found else None,
        metrics=metrics,
    )
