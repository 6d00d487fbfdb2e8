"""Which questions a run asks, which of them are answered already, and what the rest will cost at most."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from review_app.actions.workspace import Workspace
from review_app.grading.judges.confidence import Opinion, opinion
from review_app.grading.judges.prompt import seen_text, tokens
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import JudgeSpec, Member
from review_app.grading.model_call import cost, price_of
from review_app.review.rubric import Criterion
from review_app.store import judge_jobs
from review_app.store import traces as trace_table
from review_app.store.engine import Row, Store
from review_app.store.judge_jobs import Job
from review_app.tables import Verdict
from review_app.traces.trace import Trace

_TOLD = 500  # traces


@dataclass(frozen=True, kw_only=True)
class Question:
    """One text for one model, once. text: loads it; held no longer than needed. tokens: of the prompt, about."""

    key: str
    member: Member
    text: Callable[[], bytes]
    tokens: int
    estimate_usd: float


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One trace for one model. keys: its questions, one per sample. stored: whether a verdict row is to be kept."""

    trace_id: str
    member: Member
    keys: tuple[str, ...]
    stored: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """questions: by key. answering: key -> the subjects it answers for."""

    questions: Mapping[str, Question]
    subjects: tuple[Subject, ...]
    answering: Mapping[str, tuple[Subject, ...]]


@dataclass(kw_only=True)
class Planner:
    """Gathers questions."""

    store: Store
    members: tuple[Member, ...]
    _questions: dict[str, Question] = field(default_factory=dict)
    _subjects: list[Subject] = field(default_factory=list)
    _rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._prices = {member.judge: price_of(member.model) for member in self.members}

    def add(self, trace: Trace, version: int | None) -> None:
        """Ask every member about a trace. version: of a stored one; None for a trace that is in nobody's store."""
        by_spec: dict[int, bytes] = {}
        for member in self.members:
            text = by_spec.setdefault(id(member.spec), seen_text(member.spec, trace))
            keys = [member.job_key(text, sample) for sample in range(member.spec.parameters.samples)]
            load = (
                partial(_given, text)
                if version is None
                else partial(_loaded, self.store, member, trace.trace_id, version)
            )
            for sample, key in enumerate(keys):
                if key not in self._questions:
                    self._questions[key] = self._question(key, member, text, load)
                if version is not None:
                    self._rows.append(_asked(trace.trace_id, member, sample, version, text, key))
            subject = Subject(trace_id=trace.trace_id, member=member, keys=tuple(keys), stored=version is not None)
            self._subjects.append(subject)

    def plan(self) -> Plan:
        """The whole, with every question noted in the store."""
        judge_jobs.add(self.store, self._questions, self._rows)
        answering: dict[str, tuple[Subject, ...]] = {}
        for subject in self._subjects:
            for key in subject.keys:
                answering[key] = (*answering.get(key, ()), subject)
        return Plan(questions=self._questions, subjects=tuple(self._subjects), answering=answering)

    def _question(self, key: str, member: Member, text: bytes, load: Callable[[], bytes]) -> Question:
        length = tokens(member.spec, text)
        estimate = cost(self._prices[member.judge], length, member.spec.parameters.max_tokens)
        assert estimate is not None
        return Question(key=key, member=member, text=load, tokens=length, estimate_usd=estimate)


def planned(
    workspace: Workspace, spec: JudgeSpec, trace_ids: Iterable[str], read: Callable[[int], None] = lambda traces: None
) -> Plan:
    """The questions about stored traces, in their newest version. read: told how many traces were read so far."""
    planner = Planner(store=workspace.store, members=spec.members)
    versions = trace_table.ids(workspace.store, list(trace_ids))
    for place, (trace_id, version) in enumerate(versions.items()):
        if place % _TOLD == 0:
            read(place)
        planner.add(trace_table.body(workspace.store, trace_id, version), version)
    return planner.plan()


@dataclass(kw_only=True)
class Answers:
    """A plan, and how far each of its questions is. jobs grows while they are asked."""

    plan: Plan
    jobs: dict[str, Job]
    criterion: Criterion

    def verdict(self, subject: Subject) -> Verdict | None:
        """What a member says of a trace, or None while a reply is still to come."""
        mine = [self.jobs.get(key) for key in subject.keys]
        if any(job is None or job.state not in ("done", "failed") for job in mine):
            return None
        said: list[Answer | str] = [job.answer or job.reason for job in mine if job is not None]
        pays = self.plan.answering[subject.keys[0]][0] is subject
        return verdict(subject, opinion(said, subject.member.spec.labels), self, pays=pays)


def verdict(subject: Subject, said: Opinion, given: Answers, *, pays: bool) -> Verdict:
    """The verdict of a member on a trace, from what all its samples say. pays: whether the cost is put down here; one
    question may answer for several traces, and costs once."""
    jobs, criterion = given.jobs, given.criterion
    answers = [job.answer for key in subject.keys if (job := jobs[key]).answer is not None]
    known = [one.cost_usd for one in answers if one is not None and one.cost_usd is not None]
    times = [one.latency_s for one in answers if one is not None and one.latency_s is not None]
    chances = dict(said.probabilities) if said.probabilities else None
    return Verdict(
        trace_id=subject.trace_id,
        judge=subject.member.judge,
        judge_version=subject.member.version,
        criterion=criterion.name,
        label=said.label,
        score=_score(said.label, chances, criterion),
        label_probabilities=chances,
        confidence=said.confidence,
        rationale=said.reason or None,
        status=said.status,
        cost_usd=_cost(known, len(answers), pays=pays),
        latency_s=max(times) if times else None,
        at=_latest(jobs[key].done_at for key in subject.keys),
        confidence_source=said.source,
    )


def _cost(known: Sequence[float], answers: int, *, pays: bool) -> float | None:
    """None where no reply came, or one whose price is not known."""
    if not answers or len(known) < answers:
        return None
    return sum(known) if pays else 0.0


def _score(label: str | None, chances: Mapping[str, float] | None, criterion: Criterion) -> float | None:
    if label is None or criterion.kind != "ordinal":
        return None
    if chances is None:
        return criterion.score(label)
    return sum(p * float(criterion.values().index(name) + 1) for name, p in chances.items())


def _latest(times: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in times if one is not None), default=None)


def _asked(trace_id: str, member: Member, sample: int, version: int, text: bytes, key: str) -> Row:
    return {
        "trace_id": trace_id,
        "judge": member.judge,
        "judge_version": member.version,
        "sample": sample,
        "trace_version": version,
        "text_hash": hashlib.sha256(text).hexdigest(),
        "job_key": key,
    }


def _given(text: bytes) -> bytes:
    return text


def _loaded(store: Store, member: Member, trace_id: str, version: int) -> bytes:
    return seen_text(member.spec, trace_table.body(store, trace_id, version))
