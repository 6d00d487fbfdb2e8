"""Ask the questions of a plan: side by side, as fast as each model allows, within what may be spent."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from review_app.actions.judges.calling_apart import CallersApart, CallersHere, Calls, callers
from review_app.actions.judges.ledger import Ledger
from review_app.actions.judges.loops import finished
from review_app.actions.judges.pacing import RateLimit
from review_app.actions.judges.plan import Answers, Question
from review_app.errors import ReviewAppError
from review_app.grading.judges.confidence import brief
from review_app.grading.judges.prompt import answer_model, messages
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import Member
from review_app.grading.model_call import Failure, wait_before
from review_app.grading.model_call import Question as ModelQuestion
from review_app.store import judge_jobs, verdicts
from review_app.store.engine import Store
from review_app.store.judge_jobs import Job, Send, worker_name

_SHOWN_EVERY = 0.25  # seconds
_LEASE = 60.0  # beyond the timeout of a call


@dataclass(frozen=True, kw_only=True)
class Progress:
    """done of total questions; spent_usd in this run, what is under way at its estimate; left_s: None while unknown."""

    done: int
    total: int
    spent_usd: float
    left_s: float | None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """run_id: names the run's own cap. per_run_usd, per_day_usd: nothing is sent that could lead beyond them."""

    run_id: str
    per_run_usd: float
    per_day_usd: float

    def caps(self, now: datetime) -> dict[str, float]:
        """Scope of the budget -> USD."""
        return {f"run:{self.run_id}": self.per_run_usd, f"day:{now:%Y-%m-%d}": self.per_day_usd}


@dataclass(kw_only=True)
class Asking:
    """One run over a plan, and what comes of it. project: where the calling processes find the store again. outlive:
    calls under way go on where this program is killed. stopped: why it ended early, or "". progress is called a few
    times a second. sent: requests that went out. answered: replies that came. denied: where a provider takes no key of
    ours, what it said."""

    project: Path
    store: Store
    answers: Answers
    limits: Limits
    progress: Callable[[Progress], None]
    outlive: bool = False
    stopped: str = ""
    sent: int = 0
    answered: int = 0
    denied: str = ""
    _under_way: int = field(default=0, init=False)
    _shown: float = field(default=0.0, init=False)
    _started: float = field(default=0.0, init=False)
    _done: int = field(default=0, init=False)
    _lines: list[_Line] = field(default_factory=list, init=False)

    def run(self) -> None:
        """Ask until everything is answered, has failed, or must stop. Ctrl-C lets what is under way come in; a second
        one does not."""
        self._started = time.monotonic()
        self._done = sum(job.state in ("done", "failed") for job in self.answers.jobs.values())
        try:
            finished(self._all())
        except* ReviewAppError as several:
            raise several.exceptions[0] from None
        except* asyncio.CancelledError:
            raise KeyboardInterrupt from None

    async def _all(self) -> None:
        with_signals = _on_interrupt(self._interrupt)
        try:
            if waiting := self._waiting():
                members = tuple(questions[0].member for questions in waiting)
                calls = callers(Calls(members, self.project), sum(map(len, waiting)), outlive=self.outlive)
                async with Ledger(self.store) as self._ledger, calls as who:
                    self._lines = [_Line(self, who, questions) for questions in waiting]
                    await asyncio.gather(*(line.work() for line in self._lines))
        finally:
            with_signals()

    def _waiting(self) -> list[list[Question]]:
        """What nobody has asked, by member of the panel."""
        found: dict[str, list[Question]] = {}
        # What a kill interrupted comes last: a program that dies again soon must not lose the same ones again.
        for question in sorted(self.answers.plan.questions.values(), key=lambda q: self.answers.jobs[q.key].lost):
            if self.answers.jobs[question.key].state == "waiting":
                found.setdefault(question.member.judge, []).append(question)
        return list(found.values())

    def _interrupt(self) -> None:
        if self.stopped:
            for task in asyncio.all_tasks():
                task.cancel()
        self.stop("interrupted")

    def stop(self, why: str) -> None:
        """Send nothing more."""
        self.stopped = self.stopped or why
        for line in self._lines:
            line.stop()

    async def send(self, question: Question, timeout: float, pids: Sequence[int]) -> str:
        """Mark a question as sent, once there is room for it: "sent", "taken" or "stopped". pids: who calls, beside
        this process."""
        while not self.stopped:
            now = datetime.now(UTC)
            what = Send(
                key=question.key,
                estimate_usd=question.estimate_usd,
                caps=self.limits.caps(now),
                worker=worker_name(pids),
                at=now,
                lease_until=now + timedelta(seconds=timeout + _LEASE),
            )
            said = await self._ledger.do(partial(judge_jobs.send, what=what))
            if said == "sent":
                self.sent += 1
                self._under_way += 1
            if said != "capped":
                return said
            if not self._under_way:
                self.stop("the spend cap is reached")
            # What is under way may cost less than was held back for it.
            await asyncio.sleep(0.05)
        return "stopped"

    async def keep(self, question: Question, answer: Answer) -> None:
        """Put a reply on disk, and only then see what it says."""
        now, answer = datetime.now(UTC), brief(answer)
        await self._ledger.do(partial(judge_jobs.record, key=question.key, answer=answer, now=now))
        self._under_way -= 1
        self.answered += 1
        await self._settle(question.key, state="done", answer=answer, done_at=now)

    async def lose(self, question: Question, failed: Failure, *, again: bool) -> None:
        """Note that no reply came."""
        deed = partial(
            judge_jobs.give_back, key=question.key, reason=failed.reason, again=again, paid=failed.paid
        )  # fmt: skip
        await self._ledger.do(deed)
        self._under_way -= 1
        if not again:
            await self._settle(question.key, state="failed", reason=failed.reason)

    async def _settle(
        self, key: str, *, state: str, answer: Answer | None = None, reason: str = "", **at: datetime
    ) -> None:
        self.answers.jobs[key] = Job(
            key=key,
            state=state,
            attempts=0,
            lost=0,
            alive=False,
            answer=answer,
            reason=reason,
            done_at=at.get("done_at"),
        )
        self._done += 1
        for subject in self.answers.plan.answering[key]:
            if subject.stored and (found := self.answers.verdict(subject)) is not None:
                await self._ledger.do(partial(verdicts.put, verdicts=[found]))
        self._show()

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown < _SHOWN_EVERY:
            return
        self._shown = now
        self.progress(self.so_far())

    def so_far(self) -> Progress:
        """How far the run is."""
        done, total = self._done, len(self.answers.plan.questions)
        pace = self.answered / max(time.monotonic() - self._started, 1e-9)
        spent = judge_jobs.spent(self.store, f"run:{self.limits.run_id}")
        return Progress(done=done, total=total, spent_usd=spent, left_s=(total - done) / pace if pace else None)


class _Line:
    """One model's questions, and the workers that ask them."""

    def __init__(self, asking: Asking, callers: CallersHere | CallersApart, questions: list[Question]) -> None:
        self._asking, self._callers, self._left = asking, callers, len(questions)
        self._member: Member = questions[0].member
        self._schema = answer_model(self._member.spec)
        self._pace = RateLimit(self._member.model.rpm, self._member.model.tpm)
        self._queue: asyncio.Queue[tuple[Question, int] | None] = asyncio.Queue()
        self._dice = random.Random()
        for question in questions:
            self._queue.put_nowait((question, 1))

    async def work(self) -> None:
        """Ask until nothing is left."""
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._member.model.concurrency, self._left)):
                group.create_task(self._worker())

    def stop(self) -> None:
        """Let every worker see that it is to stop, whatever it waits for."""
        self._pace.give_up()
        self._wake()

    def _wake(self) -> None:
        for _ in range(self._member.model.concurrency):
            self._queue.put_nowait(None)

    async def _worker(self) -> None:
        while not self._asking.stopped and (item := await self._queue.get()) is not None:
            if not await self._ask(*item):
                continue
            self._left -= 1
            if self._left == 0:
                self._wake()

    async def _ask(self, question: Question, attempt: int) -> bool:
        """Whether the question is done with."""
        await self._pace.take(question.tokens)
        said = await self._asking.send(question, self._member.spec.timeout, self._callers.pids)
        if said != "sent":
            return said == "taken"
        found = await self._callers.ask_once(self._member.judge, self._call(question))
        if isinstance(found, Answer):
            self._pace.also(found.completion_tokens or 0)
            await self._asking.keep(question, found)
            self._callers.kept(question.key)
            return True
        if found.denied:
            self._asking.denied = found.reason
            self._asking.stop(f"{self._member.model.name} does not take the key")
        again = found.again and attempt < self._member.spec.attempts
        await self._asking.lose(question, found, again=again)
        self._callers.kept(question.key)
        if again:
            delay = wait_before(attempt, found.retry_after, self._dice)
            if found.retry_after:
                self._pace.pause(delay)
            asyncio.get_running_loop().call_later(delay, self._queue.put_nowait, (question, attempt + 1))
        return not again

    def _call(self, question: Question) -> ModelQuestion:
        spec, given = self._member.spec, self._member.spec.parameters
        return ModelQuestion(
            messages=messages(spec, question.text()),
            max_tokens=given.max_tokens,
            temperature=given.temperature,
            top_p=given.top_p,
            seed=given.seed,
            schema=self._schema,
            logprobs=given.samples == 1,
            timeout=spec.timeout,
            key=question.key,
        )


def _on_interrupt(deed: Callable[[], None]) -> Callable[[], None]:
    """Call this on Ctrl-C; returns what undoes it. Outside the main thread nobody can press Ctrl-C."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGINT, deed)
    except (NotImplementedError, RuntimeError, ValueError):
        return lambda: None
    return lambda: _undo(loop)


def _undo(loop: asyncio.AbstractEventLoop) -> None:
    loop.remove_signal_handler(signal.SIGINT)
