"""A judge's questions by a provider's batch: submitted, looked after, collected; each of the three can be run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from review_app.actions.judges import labels
from review_app.actions.judges.asking import Limits
from review_app.actions.judges.plan import Question
from review_app.actions.judging import Price, Terms, approved, catch_up, frame_part, limits_of, plan_for
from review_app.actions.workspace import Workspace, opened
from review_app.errors import ReviewAppError
from review_app.grading import model_batch
from review_app.grading.judges.confidence import brief
from review_app.grading.judges.prompt import answer_model, messages
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import JudgeSpec, Member
from review_app.grading.model_batch import BatchState
from review_app.grading.model_call import Failure
from review_app.grading.model_call import Question as ModelQuestion
from review_app.settings.judges import judge as judge_named
from review_app.store import judge_batches, judge_jobs
from review_app.store.judge_jobs import Send, worker_name

LARGEST = 50_000  # lines; what providers take
_TO_CREATE = timedelta(minutes=15)  # a batch without an id for longer was never made


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """batches: id -> questions in it. capped: questions left out because of a spend cap."""

    judge: str
    batches: Mapping[str, int]
    capped: int


@dataclass(frozen=True, kw_only=True)
class Collected:
    """open: batches that still work. answered: replies kept just now. failed: lines that came back as an error, by
    reason. unanswered: questions a batch ended without; they wait again."""

    open: int
    answered: int
    unanswered: int
    failed: Mapping[str, int] = field(default_factory=dict)


def submit_batch(
    project: Path, judge: str | None = None, sample: float | str | None = None, terms: Terms | None = None
) -> Submitted:
    """Send every question that waits, one batch per model and LARGEST questions. See judge_run for `sample`."""
    workspace, now, given = opened(project), datetime.now(UTC), terms or Terms()
    spec = judge_named(workspace.settings, judge)
    labels.check_examples(workspace, spec)
    plan, jobs = plan_for(workspace, spec, frame_part(workspace, sample).chosen)
    waiting = [question for key, question in plan.questions.items() if jobs[key].state == "waiting"]
    judging = workspace.settings.project.judging
    usd = sum(question.estimate_usd for question in waiting)
    if waiting:
        names = tuple(model.name for model in spec.models)
        approved(Price(judge=spec.name, questions=len(waiting), usd=usd, models=names), judging, given)
    limits = limits_of(judging, given, uuid4().hex)
    batches, capped = dict[str, int](), 0
    for member in spec.members:
        mine = [question for question in waiting if question.member.judge == member.judge]
        for start in range(0, len(mine), LARGEST):
            held = _hold(workspace, mine[start : start + LARGEST], limits, now)
            capped += len(mine[start : start + LARGEST]) - len(held.questions)
            if held.questions:
                batches[_submit(workspace, member, held)] = len(held.questions)
    return Submitted(judge=spec.name, batches=batches, capped=capped)


def poll_batches(project: Path, judge: str | None = None) -> dict[str, BatchState]:
    """How far each submitted batch of a judge is."""
    workspace = opened(project)
    spec = judge_named(workspace.settings, judge)
    return {one.batch_id: model_batch.state(member.model, one.batch_id) for one, member in _open(workspace, spec)}


def collect_batches(project: Path, judge: str | None = None) -> Collected:
    """Keep what batches that ended have answered, and let the rest wait for the next run or batch."""
    workspace, now = opened(project), datetime.now(UTC)
    spec = judge_named(workspace.settings, judge)
    answered, unanswered, failed, still = 0, 0, Counter[str](), 0
    for batch, member in _open(workspace, spec):
        found = model_batch.state(member.model, batch.batch_id)
        if found.status not in model_batch.ENDED:
            still += 1
            continue
        replies = dict(model_batch.results(member.model, found))
        with workspace.store.write() as write:
            for key in judge_batches.keys(write, batch.batch_id):
                reply = replies.get(key)
                if isinstance(reply, Failure):
                    reply = reply.refusal or reply
                if isinstance(reply, Answer):
                    judge_jobs.record(write, key, brief(reply), now)
                    answered += 1
                elif reply is None:
                    judge_jobs.give_back(write, key, f"batch: ended {found.status} without it", again=True, paid=False)
                    unanswered += 1
                else:
                    judge_jobs.give_back(write, key, reply.reason, again=False, paid=False)
                    failed[reply.reason[:100]] += 1
            judge_batches.collected(write, batch.batch_id)
    catch_up(workspace, spec)
    return Collected(open=still, answered=answered, unanswered=unanswered, failed=dict(failed))


@dataclass(frozen=True)
class _Held:
    """Questions marked as sent under a name of ours, until the provider's is known."""

    name: str
    questions: list[Question]


def _hold(workspace: Workspace, questions: list[Question], limits: Limits, now: datetime) -> _Held:
    held = _Held(f"{judge_jobs.PENDING}{uuid4().hex}", [])
    with workspace.store.write() as write:
        for question in questions:
            what = Send(
                key=question.key,
                estimate_usd=question.estimate_usd,
                caps=limits.caps(now),
                worker=worker_name(),
                at=now,
                lease_until=now + _TO_CREATE,
                batch_id=held.name,
            )
            if judge_jobs.send(write, what) == "sent":
                held.questions.append(question)
    return held


def _submit(workspace: Workspace, member: Member, held: _Held) -> str:
    try:
        batch_id = model_batch.submit(member.model, [_asked(question) for question in held.questions])
    except ReviewAppError as fault:
        with workspace.store.write() as write:
            for question in held.questions:
                judge_jobs.give_back(write, question.key, fault.message, again=True, paid=False)
        raise
    judge_batches.submitted(workspace.store, held.name, batch_id, (member.judge, member.version), datetime.now(UTC))
    return batch_id


def _asked(question: Question) -> ModelQuestion:
    spec, given = question.member.spec, question.member.spec.parameters
    return ModelQuestion(
        messages=messages(spec, question.text()),
        max_tokens=given.max_tokens,
        temperature=given.temperature,
        top_p=given.top_p,
        seed=given.seed,
        schema=answer_model(spec),
        logprobs=given.samples == 1,
        key=question.key,
    )


def _open(workspace: Workspace, spec: JudgeSpec) -> list[tuple[judge_batches.Batch, Member]]:
    """What is still with a provider, also from before the judge's file was edited: it is paid for."""
    store = workspace.store
    return [(batch, member) for member in spec.members for batch in judge_batches.open_ones(store, member.judge)]
