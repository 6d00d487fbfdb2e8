"""Let judges judge. Only a command or a worker of its own calls models; the pages never do."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

from review_app.actions.judges import labels
from review_app.actions.judges.asking import Asking, Limits, Progress
from review_app.actions.judges.plan import Answers, Plan, Planner, planned
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.estimate import Estimate
from review_app.errors import WrongUsage
from review_app.grading.judges.spec import JudgeSpec
from review_app.sampling.draw import below
from review_app.settings import Judging
from review_app.settings.judges import judge as judge_named
from review_app.store import candidates, judge_findings, judge_jobs, verdicts
from review_app.store.clock import microseconds
from review_app.store.engine import Store
from review_app.store.judge_findings import Finding
from review_app.store.judge_jobs import Job
from review_app.tables import Verdict
from review_app.traces.trace import Trace

_LOOKED_EVERY = 0.1  # seconds


@dataclass(frozen=True, kw_only=True)
class Price:
    """Before a run: questions still to be asked, and what they cost at most, about. models: their names."""

    judge: str
    questions: int
    usd: float
    models: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a run did. traces: in its part of the frame. share: the part's size, each trace's own probability. asked:
    requests sent. known: questions that were answered before. possibly_paid_twice: requests whose end nobody saw, since
    the questions were first asked. statuses: verdict status -> how many, over all models and traces. failures: why an
    answer is no label -> how many. spent_usd: in this run. stopped: why it ended early, or ""."""

    judge: str
    judge_version: str
    traces: int
    share: Fraction
    asked: int
    known: int
    possibly_paid_twice: int
    statuses: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    spent_usd: float = 0.0
    stopped: str = ""


Approve = Callable[[Price], bool]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms models are called. approve: asked when a run may cost more than project.yaml lets pass unasked.
    budget: USD for this run, instead of project.yaml's. outlive: what is under way when this program is killed is
    answered and kept all the same, by a process that takes some seconds to start; many questions get one in any case.
    planning: told how many traces were read so far, before anything is asked. waiting: told how many such calls of an
    earlier run are still under way. progress: called a few times a second."""

    approve: Approve = lambda estimate: False
    budget: float | None = None
    outlive: bool = False
    planning: Callable[[int], None] = lambda traces: None
    waiting: Callable[[int], None] = lambda calls: None
    progress: Callable[[Progress], None] = lambda progress: None


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """How a judge did on the test part of the human labels. tpr: share of failures it flagged; tnr: of good answers it
    passed. n: labelled traces with its answer. passed: both reach the target, and their intervals the floor; else
    `reason` says what does not. It speaks of this version alone. openings: how often the part had been opened, this
    time included: each one makes the next figure a little too good."""

    judge: str
    judge_version: str
    criterion: str
    tpr: Estimate
    tnr: Estimate
    n: int
    at: datetime
    passed: bool
    reason: str
    openings: int = 1


def judge_run(
    project: Path,
    judge: str | None = None,
    sample: float | str | None = None,
    part: str | None = None,
    terms: Terms | None = None,
) -> Judged:
    """Ask a judge about every trace of the frame that it has not answered for; run again, it goes on where it stopped.

    sample: judge only this share of the frame, in (0, 1]. A hash of the trace decides, so that a larger share only
    adds, and every trace's probability is known. part: judge the train or dev part of the human labels instead.
    Raises WrongUsage where the price is not approved."""
    workspace = opened(project)
    spec, given = judge_named(workspace.settings, judge), terms or Terms()
    if part is not None:
        return judge_some(workspace, spec, sorted(labels.part_of(workspace, spec.criterion, part)), given)
    labels.check_examples(workspace, spec)
    run_id, now, share = uuid4().hex, datetime.now(UTC), frame_part(workspace, sample)
    columns = {"run_id": run_id, "judge": spec.name, "judge_version": spec.version, "share": str(share.rate)}
    counts = {"frame_size": share.frame_size, "planned": len(share.chosen), "at": microseconds(now)}
    row = columns | {"salt": workspace.settings.plan.salt} | counts
    plan = planned(workspace, spec, share.chosen, given.planning)
    # Noted before the first question: a run that is killed was one too.
    asking, before = _asked(workspace, spec, plan, run_id, given, lambda: judge_jobs.note_run(workspace.store, row))
    return _judged(spec, asking, before, traces=len(share.chosen), share=share.rate)


def judge_traces(
    project: Path, judge: str | None, traces: Sequence[Trace], terms: Terms | None = None
) -> tuple[Verdict, ...]:
    """Ask a judge about traces that need not be stored, a candidate's outputs for instance: one verdict per model and
    trace, in their order. What was asked before, word for word, costs nothing. Nothing is added to the project's
    verdicts. Raises WrongUsage where the run ended early."""
    workspace = opened(project)
    spec = judge_named(workspace.settings, judge)
    labels.check_examples(workspace, spec)
    planner = Planner(store=workspace.store, members=spec.members)
    for trace in traces:
        planner.add(trace, None)
    plan = planner.plan()
    asking, _ = _asked(workspace, spec, plan, uuid4().hex, terms or Terms())
    found = [asking.answers.verdict(subject) for subject in plan.subjects]
    if asking.stopped or None in found:
        raise WrongUsage(
            f"{spec.name} has answered for {sum(one is not None for one in found)} of {len(found)}: "
            f"{asking.stopped or 'another program is asking the rest'}.",
            do="Run the same command again; what was answered is kept.",
        )
    return tuple(one for one in found if one is not None)


def judge_some(workspace: Workspace, spec: JudgeSpec, trace_ids: Sequence[str], terms: Terms) -> Judged:
    """Ask a judge about these stored traces."""
    labels.check_examples(workspace, spec)
    asking, before = _asked(workspace, spec, planned(workspace, spec, trace_ids, terms.planning), uuid4().hex, terms)
    return _judged(spec, asking, before, traces=len(trace_ids), share=Fraction(1))


def certificate(project: Path, judge: str, version: str) -> Certificate | None:
    """The newest certificate of a judge in this version, passed or not; None where it has none."""
    found = judge_findings.of_judge(opened(project).store, "certificate", judge)
    mine = [one for one in found if one.judge_version == version]
    return _certificate(mine[-1]) if mine else None


def _certificate(found: Finding) -> Certificate:
    body = {name: value for name, value in found.body.items() if name not in ("certified", "at", "tpr", "tnr")}
    tpr, tnr = Estimate(**found.body["tpr"]), Estimate(**found.body["tnr"])
    return Certificate(**body, tpr=tpr, tnr=tnr, at=found.at)


@dataclass(frozen=True, kw_only=True)
class _Before:
    """What was there before a run: answered questions, and those whose end nobody saw."""

    known: int
    lost: int


def _asked(
    workspace: Workspace,
    spec: JudgeSpec,
    plan: Plan,
    run_id: str,
    terms: Terms,
    begin: Callable[[], None] = lambda: None,
) -> tuple[Asking, _Before]:
    store, jobs = workspace.store, _jobs(workspace.store, plan, terms)
    judging = workspace.settings.project.judging
    answers = Answers(plan=plan, jobs=jobs, criterion=workspace.settings.rubric.criterion(spec.criterion))
    asking = Asking(
        project=workspace.settings.folder,
        store=store,
        answers=answers,
        limits=limits_of(judging, terms, run_id),
        progress=terms.progress,
        outlive=terms.outlive,
    )
    _settle(workspace, answers)
    waiting = [plan.questions[key] for key, job in jobs.items() if job.state == "waiting"]
    before = _Before(known=sum(job.state == "done" for job in jobs.values()), lost=sum(j.lost for j in jobs.values()))
    if waiting:
        names = tuple(model.name for model in spec.models)
        cost = sum(question.estimate_usd for question in waiting)
        estimate = Price(judge=spec.name, questions=len(waiting), usd=cost, models=names)
        approved(estimate, judging, terms)
    begin()
    if waiting:
        asking.run()
    if asking.denied:
        raise WrongUsage(
            f"{asking.stopped}: {asking.denied}",
            where=f"judge {spec.name}",
            do="Put a key it takes into the environment variable the judge names; the same command goes on from there.",
        )
    return asking, before


def _jobs(store: Store, plan: Plan, terms: Terms) -> dict[str, Job]:
    """How far each question is, once no process of a dead program waits for the reply to one of them any more."""
    keys = list(plan.questions)
    left = judge_jobs.outliving(store, keys, datetime.now(UTC))
    while left:
        terms.waiting(len(left))
        time.sleep(_LOOKED_EVERY)
        left = judge_jobs.outliving(store, left, datetime.now(UTC))
    judge_jobs.reclaim(store, keys, datetime.now(UTC))
    return judge_jobs.jobs(store, keys, datetime.now(UTC))


def limits_of(judging: Judging, terms: Terms, run_id: str) -> Limits:
    """What a run may cost, and a day."""
    per_run = judging.cap_per_run_usd if terms.budget is None else terms.budget
    return Limits(run_id=run_id, per_run_usd=per_run, per_day_usd=judging.cap_per_day_usd)


def approved(price: Price, judging: Judging, terms: Terms) -> None:
    """Raises WrongUsage where a price that does not pass unasked is not approved."""
    if price.usd > judging.ask_above_usd and not terms.approve(price):
        raise WrongUsage(
            f"{price.questions:,} questions to {', '.join(price.models)} may cost up to {price.usd:.2f} USD, "
            f"more than the {judging.ask_above_usd:.2f} that pass unasked.",
            do="Say --yes, judge a part with --sample, or raise judging.ask_above_usd in project.yaml.",
        )


@dataclass(frozen=True, kw_only=True)
class FramePart:
    """The part of the frame a judge is to judge. rate: each trace's probability of being in it."""

    chosen: list[str]
    frame_size: int
    rate: Fraction


def frame_part(workspace: Workspace, sample: float | str | None) -> FramePart:
    """The traces whose hash falls below the share; the same ones for every judge."""
    plan, rate = workspace.settings.plan, _share(sample)
    frame = candidates.candidates(workspace.store, plan.frame)["trace_id"].tolist()
    chosen = [one for one, hit in zip(frame, below(frame, plan.salt, "judge", rate), strict=True) if hit]
    return FramePart(chosen=chosen, frame_size=len(frame), rate=rate)


def plan_for(workspace: Workspace, spec: JudgeSpec, trace_ids: Sequence[str]) -> tuple[Plan, dict[str, Job]]:
    """The questions about these traces, and how far each is, after what a dead program had sent was let go."""
    plan, now = planned(workspace, spec, trace_ids), datetime.now(UTC)
    judge_jobs.reclaim(workspace.store, list(plan.questions), now)
    return plan, judge_jobs.jobs(workspace.store, list(plan.questions), now)


def catch_up(workspace: Workspace, spec: JudgeSpec) -> None:
    """Make the verdicts whose replies are on disk, on every trace this judge was asked about."""
    store = workspace.store
    asked = {row["trace_id"] for one in spec.members for row in judge_jobs.asked(store, one.judge, one.version)}
    plan = planned(workspace, spec, sorted(asked))
    jobs = judge_jobs.jobs(store, list(plan.questions), datetime.now(UTC))
    _settle(workspace, Answers(plan=plan, jobs=jobs, criterion=workspace.settings.rubric.criterion(spec.criterion)))


def _settle(workspace: Workspace, answers: Answers) -> None:
    """Verdicts that are not stored yet, from a program that ended before it had made them or from a batch."""
    missing = []
    known = verdicts.stamps(workspace.store, {(s.member.judge, s.member.version) for s in answers.plan.subjects})
    for subject in answers.plan.subjects:
        found = answers.verdict(subject) if subject.stored else None
        if found and known.get((found.trace_id, found.judge, found.judge_version), ()) != (found.status, found.at):
            missing.append(found)
    for start in range(0, len(missing), 500):
        with workspace.store.write() as write:
            verdicts.put(write, missing[start : start + 500])


def _judged(spec: JudgeSpec, asking: Asking, before: _Before, *, traces: int, share: Fraction) -> Judged:
    found = [one for subject in asking.answers.plan.subjects if (one := asking.answers.verdict(subject)) is not None]
    return Judged(
        judge=spec.name,
        judge_version=spec.version,
        traces=traces,
        share=share,
        asked=asking.sent,
        known=before.known,
        possibly_paid_twice=before.lost,
        statuses=dict(Counter(one.status for one in found)),
        failures=dict(Counter((one.rationale or "")[:100] for one in found if one.status != "ok")),
        spent_usd=asking.so_far().spent_usd,
        stopped=asking.stopped,
    )


def _share(sample: float | str | None) -> Fraction:
    try:
        share = Fraction(1) if sample is None else Fraction(str(sample))
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1:
        raise WrongUsage(f"A sample of {sample} is no share.", do="Give a number above 0, at most 1: --sample 0.1")
    return share
