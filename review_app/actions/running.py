"""Replay a golden release through a candidate: each case as often as asked, each answer stored once it is there."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from review_app.actions.queueing import require_role
from review_app.actions.redacting import Redacting
from review_app.actions.releasing import verify_golden
from review_app.actions.run_files import read_outputs
from review_app.actions.run_grading import grade_run
from review_app.actions.run_targets import Ask, Target, TargetFailed, case_input
from review_app.actions.workspace import Workspace, opened
from review_app.errors import ReleaseChanged, WrongUsage
from review_app.gate.run_report import RunReport, rates
from review_app.golden.release import Verified
from review_app.store import runs as run_table
from review_app.store.prepared import prepare
from review_app.store.runs import Output, Run
from review_app.tables import Reject
from review_app.traces.trace import from_values

_BATCH = 100


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be run. series: what you call the system; version: which state of it, where the target does not say.
    release: number, None for the latest. trials: how often each case is asked. workers: cases asked at once. max_usd:
    nothing more is asked once the answers got now cost that much; what is under way then is still paid."""

    series: str
    version: str = ""
    release: int | None = None
    trials: int = 1
    workers: int | None = None
    person: str | None = None
    max_usd: float | None = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is. cost_usd: of what was asked now."""

    done: int
    wanted: int
    failed: int
    cost_usd: float


@dataclass(frozen=True, kw_only=True)
class Ran:
    """asked: answers got now; kept: good ones that were there; failed: how many are no answer, to be asked again by the
    same command; left: not asked, as the money was spent. strangers, rejects: of a file, what belongs to no case and
    what cannot be read."""

    run_id: str
    asked: int
    kept: int
    failed: int
    left: int = 0
    strangers: int = 0
    rejects: tuple[Reject, ...] = ()


def run_target(
    project: Path, target: Target, asked: Asked, progress: Callable[[Progress], None] = lambda state: None
) -> Ran:
    """Ask the target each case of a verified release, and measure the answers.

    Interrupted and run again, it asks only what has no good answer yet."""
    workspace, release, run = _started(project, target.described, asked)
    have = run_table.done(workspace.store, run.run_id)
    cases = {example["example_id"]: case_input(example) for example in release.examples}
    due = [(name, trial) for trial in range(1, asked.trials + 1) for name in cases if (name, trial) not in have]
    keep = _Keeper(workspace, run.run_id, progress, len(due))
    with target.asking() as ask, ThreadPoolExecutor(asked.workers or target.workers) as pool:
        try:
            for outputs in _answers(pool, ask, cases, keep.affordable(due, asked.max_usd)):
                keep.now(outputs)
        except BaseException:
            # What was not begun is not paid; the same command asks it again.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    grade_run(workspace, run.run_id, release)
    return Ran(run_id=run.run_id, asked=keep.done, kept=len(have), failed=keep.failed, left=len(due) - keep.done)


def run_file(
    project: Path,
    path: Path,
    asked: Asked,
    take: Sequence[str] = (),
    progress: Callable[[Progress], None] = lambda state: None,
) -> Ran:
    """Take a candidate's answers from a file, and measure them; as many trials as it has. take: opinions in it, by
    criterion, that are measurements. Raises BadInput where it has no answer to a case of the release."""
    release = verify_golden(project, asked.release)
    found = read_outputs(path, release.examples, take)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    described = {"kind": "file", "name": path.name, "sha256": digest, "take": sorted(take)}
    trials = max(output.trial for output in found.outputs)
    workspace, release, run = _started(project, described, replace(asked, trials=trials))
    have = run_table.done(workspace.store, run.run_id)
    due = [output for output in found.outputs if (output.example_id, output.trial) not in have]
    keep = _Keeper(workspace, run.run_id, progress, len(due))
    rest = iter(due)
    while batch := list(islice(rest, _BATCH)):
        keep.now(batch)
    grade_run(workspace, run.run_id, release)
    return Ran(
        run_id=run.run_id,
        asked=len(due),
        kept=len(have),
        failed=keep.failed,
        strangers=found.strangers,
        rejects=tuple(found.rejects),
    )


def run_report(project: Path, name: str) -> RunReport:
    """How good a run is by itself: its metrics, pass^k and pass@k over trials, cost and latency. name: the run's id, or
    its series for the newest run of it."""
    workspace = opened(project)
    run = run_table.find(workspace.store, name)
    release = release_of(project, run)
    grade_run(workspace, run.run_id, release)
    outputs = run_table.outputs(workspace.store, run.run_id)
    costs = [output.cost_usd for output in outputs if output.cost_usd is not None]
    times = [output.latency_s for output in outputs if output.latency_s is not None]
    return RunReport(
        run_id=run.run_id,
        series=run.series,
        release=run.release,
        release_hash=run.release_hash,
        cases=len(release.examples),
        trials=run.trials,
        wanted=len(release.examples) * run.trials,
        answered=len(outputs),
        failed=sum(output.error is not None for output in outputs),
        cost_usd=sum(costs) if costs else None,
        costed=len(costs),
        latency_s=(float(np.median(times)), float(np.quantile(times, 0.95))) if times else None,
        metrics=rates(run_table.metrics(workspace.store, run.run_id)),
    )


def list_runs(project: Path) -> pd.DataFrame:
    """One row per run, the newest first: run_id, series, release, trials, target (its kind), at, approved (as a
    baseline), in_force (no later one took its place)."""
    store = opened(project).store
    approved, in_force = {baseline.run_id for baseline in run_table.baselines(store)}, run_table.in_force(store)
    rows = [
        {name: getattr(run, name) for name in ("run_id", "series", "release", "trials", "at")}
        | {"target": run.target.get("kind"), "approved": run.run_id in approved, "in_force": run.run_id in in_force}
        for run in reversed(run_table.every(store))
    ]
    columns = ["run_id", "series", "release", "trials", "target", "at", "approved", "in_force"]
    return pd.DataFrame(rows, columns=columns)


def release_of(project: Path, run: Run) -> Verified:
    """The release a run was made over, read and checked. Raises ReleaseChanged where it is another one now."""
    release = verify_golden(project, run.release)
    if release.content_hash != run.release_hash:
        raise ReleaseChanged(
            f"The run was made over {run.release_hash}, release {run.release} is {release.content_hash}.",
            where=run.run_id,
            do="Run the candidate again over the release as it is.",
        )
    return release


@dataclass(kw_only=False)
class _Keeper:
    """Stores answers as they come, redacted, and says how far the run is."""

    workspace: Workspace
    run_id: str
    progress: Callable[[Progress], None]
    wanted: int
    done: int = 0
    failed: int = 0
    cost_usd: float = 0.0
    redacting: Redacting = field(init=False)

    def __post_init__(self) -> None:
        self.redacting = Redacting(self.workspace.settings.project.redaction)

    def now(self, outputs: Sequence[Output]) -> None:
        run_table.save(self.workspace.store, [self._clean(output) for output in outputs], datetime.now(UTC))
        self.done += len(outputs)
        self.failed += sum(output.error is not None for output in outputs)
        self.cost_usd += sum(output.cost_usd or 0 for output in outputs)
        self.progress(Progress(done=self.done, wanted=self.wanted, failed=self.failed, cost_usd=self.cost_usd))

    def affordable(self, due: Sequence[tuple[str, int]], max_usd: float | None) -> Iterator[tuple[str, int]]:
        """What is due, until what was kept cost that much."""
        return takewhile(lambda _: max_usd is None or self.cost_usd < max_usd, due)

    def _clean(self, output: Output) -> Output:
        answer = dict(output.answer)
        if answer:
            prepared = prepare(from_values({"trace_id": "answer"} | answer))
            body = orjson.loads(self.redacting.traces([prepared])[0].body)
            answer = {name: body[name] for name in answer if name in body}
        return replace(output, run_id=self.run_id, answer=answer)


def _started(project: Path, described: Mapping[str, Any], asked: Asked) -> tuple[Workspace, Verified, Run]:
    if asked.person is not None:
        require_role(project, asked.person)
    if not asked.series.strip() or asked.trials < 1:
        raise WrongUsage("A run needs a name, and at least one trial.", do="For instance --name prompt-p8 --k 1.")
    workspace, release = opened(project), verify_golden(project, asked.release)
    target = dict(described) | ({"version": asked.version} if asked.version else {})
    identity = [asked.series.strip(), target, release.content_hash]
    run = Run(
        run_id="run-" + hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()[:10],
        series=asked.series.strip(),
        target=target,
        release=release.number,
        release_hash=release.content_hash,
        trials=asked.trials,
        at=datetime.now(UTC),
        started_by=asked.person,
    )
    run_table.start(workspace.store, run)
    return workspace, release, run


def _answers(
    pool: ThreadPoolExecutor, ask: Ask, cases: Mapping[str, dict[str, Any]], due: Iterator[tuple[str, int]]
) -> Iterator[list[Output]]:
    """Answers as they come in, a few at a time; never more than twice as many asked as can be at work."""
    asked: set[Future[Output]] = set()
    most = 2 * pool._max_workers
    while True:
        for name, trial in islice(due, most - len(asked)):
            asked.add(pool.submit(_answer, ask, cases[name], trial))
        if not asked:
            return
        ready, asked = wait(asked, return_when=FIRST_COMPLETED)
        yield [future.result() for future in ready]


def _answer(ask: Ask, case: Mapping[str, Any], trial: int) -> Output:
    started = time.perf_counter()
    fields: Mapping[str, Any] = {}
    error, cost = None, None
    try:
        answer = ask(case)
        fields, cost = answer.fields, answer.cost_usd
    except TargetFailed as fault:
        error = fault.message
    except Exception as fault:  # noqa: BLE001 - whatever breaks in a customer's function is that answer's failure
        error = f"{type(fault).__name__}: {fault}"[:2_000]
    return Output(
        run_id="",
        example_id=case["example_id"],
        trial=trial,
        answer=fields,
        error=None if error is None else error.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode(),
        cost_usd=cost,
        latency_s=time.perf_counter() - started,
    )
