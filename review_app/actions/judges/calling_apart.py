"""Calls of one model from processes of their own.

What is under way when `judge run` is killed is paid for, so these processes outlive it: they ask nothing new, wait for
the replies they are owed, put on disk whatever had not got there, and end. Two of them where there is much to ask:
litellm computes some milliseconds for each call, so that one process makes about a hundred a second, whatever the
provider could take.

`python -m review_app.actions.judges.calling_apart` is one of them. It is told on its standard input which judge's model
it calls, then gets one question after the other, and writes each reply to its standard output. It has the keys from the
environment that it was started in.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from review_app.actions.own_processes import LENGTH, command, framed, message, own_output, unpacked
from review_app.errors import ReviewAppError
from review_app.grading.judges.confidence import brief
from review_app.grading.judges.prompt import answer_model
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import JudgeSpec, ModelSpec
from review_app.grading.model_call import Caller, Failure, Question

MANY = 200
"""Questions from which on a second process is worth it: it takes some seconds to load litellm."""
WIDE = 16
"""Calls at once from which on one process could be too slow."""
PROCESSES = min(2, os.cpu_count() or 1)
_LOST = Failure(reason="the process that made the call has ended", again=True, paid=True)


class Calls(NamedTuple):
    """Which calls a process makes, and where it puts replies that nobody takes any more."""

    spec: JudgeSpec
    model: ModelSpec
    project: Path


def caller(calls: Calls, questions: int, *, outlive: bool) -> CallerHere | CallersApart:
    """What makes so many of these calls: an async context manager. outlive: even few of them go on where this process
    is killed, for a process that takes some seconds to start."""
    many = PROCESSES > 1 and questions >= MANY and calls.model.concurrency >= WIDE
    if many or outlive:
        return CallersApart(calls=calls, processes=PROCESSES if many else 1)
    return CallerHere(model=calls.model)


@dataclass(kw_only=True)
class CallerHere(Caller):
    """Calls from this process: what is under way ends with it."""

    pids: tuple[int, ...] = ()

    def kept(self, key: str) -> None:
        """As CallersApart.kept: there is nobody to tell."""


@dataclass(kw_only=True)
class CallersApart:
    """Calls one model of a judge from processes of their own. An async context manager, for one event loop."""

    calls: Calls
    processes: int
    _children: list[_Child] = field(default_factory=list, init=False)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes: a question sent to them is under way while one of them runs."""
        return tuple(child.pid for child in self._children)

    async def __aenter__(self) -> CallersApart:
        try:
            for _ in range(self.processes):
                self._children.append(await _Child.started(self.calls))
            for child in self._children:
                await child.ready()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in self._children:
            await child.close()

    async def ask_once(self, question: Question) -> Answer | Failure:
        """As Caller.ask_once; a process that has ended is a Failure, after which another one may be asked."""
        living = [child for child in self._children if not child.ended]
        return await min(living, key=lambda child: len(child.waiting)).ask(question) if living else _LOST

    def kept(self, key: str) -> None:
        """The reply to a question is on disk: whoever gave it need not keep it."""
        for child in self._children:
            child.kept(key)


class _Child:
    """One process, the replies it owes by their question's key, and the task that takes them."""

    def __init__(self, process: Process) -> None:
        self._process, self._replied = process, set[str]()
        self.waiting: dict[str, asyncio.Future[Answer | Failure]] = {}
        self.ended = False
        self._taking: asyncio.Task[None] | None = None

    @classmethod
    async def started(cls, calls: Calls) -> _Child:
        """The process, before it has loaded anything."""
        words = command(__name__)
        made = cls(await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, start_new_session=True))
        made._send(calls)
        return made

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """Wait until it can call. Raises what keeps it from that."""
        said = await self._next()
        if isinstance(said, Exception):
            raise said
        if said is None:
            raise ReviewAppError("A process that calls the model ended before it began.", do="Run it again.")
        self._taking = asyncio.create_task(self._take())

    async def ask(self, question: Question) -> Answer | Failure:
        """The reply to a question."""
        coming: asyncio.Future[Answer | Failure] = asyncio.get_running_loop().create_future()
        self.waiting[question.key] = coming
        try:
            # A schema is a class made at run time, which no other process knows; it makes its own.
            self._send(replace(question, schema=None))
            return await coming
        finally:
            self.waiting.pop(question.key, None)

    def kept(self, key: str) -> None:
        if key in self._replied and not self.ended:
            self._replied.discard(key)
            self._send(key)

    async def close(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._taking:
            await self._taking
        await self._process.communicate()

    async def _take(self) -> None:
        while (said := await self._next()) is not None:
            key, reply = said
            self._replied.add(key)
            if (coming := self.waiting.get(key)) and not coming.done():
                coming.set_result(reply)
        self.ended = True
        for coming in self.waiting.values():
            if not coming.done():
                coming.set_result(_LOST)

    async def _next(self) -> Any:
        """What it says next; None where it has ended."""
        assert self._process.stdout
        try:
            length = int.from_bytes(await self._process.stdout.readexactly(LENGTH), "big")
            return unpacked(await self._process.stdout.readexactly(length))
        except asyncio.IncompleteReadError:
            return None

    def _send(self, what: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(framed(what))


class _Calling:
    """The calling process: questions in, replies out."""

    def __init__(self, pipe: IO[bytes], calls: Calls) -> None:
        self._pipe, self._calls, self._schema = pipe, calls, answer_model(calls.spec)
        self._under_way: set[asyncio.Task[None]] = set()
        self._owed: dict[str, Answer | Failure] = {}  # replies that are not on disk, as far as we were told

    async def run(self) -> None:
        """Answer until nobody asks; then put on disk what nobody took."""
        try:
            self._caller = await Caller(model=self._calls.model).__aenter__()
        except Exception as fault:  # noqa: BLE001  whoever started us raises it
            self._say(fault)
            return
        self._say("ready")
        coming: asyncio.Queue[Question | str | None] = asyncio.Queue()
        threading.Thread(target=_hear, args=(asyncio.get_running_loop(), coming), daemon=True).start()
        while (said := await coming.get()) is not None:
            if isinstance(said, str):
                self._owed.pop(said, None)
            else:
                self._begin(said)
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._owed:
            _keep(self._calls.project, self._owed)

    def _begin(self, question: Question) -> None:
        task = asyncio.create_task(self._answer(replace(question, schema=self._schema)))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answer(self, question: Question) -> None:
        self._owed[question.key] = await self._caller.ask_once(question)
        self._say((question.key, self._owed[question.key]))

    def _say(self, what: Any) -> None:
        with suppress(BrokenPipeError):  # nobody takes it any more: it is put on disk at the end
            self._pipe.write(framed(what))
            self._pipe.flush()


def _hear(loop: asyncio.AbstractEventLoop, coming: asyncio.Queue[Question | str | None]) -> None:
    while said := message(sys.stdin.buffer):
        loop.call_soon_threadsafe(coming.put_nowait, unpacked(said))
    loop.call_soon_threadsafe(coming.put_nowait, None)


def _keep(project: Path, replies: dict[str, Answer | Failure]) -> None:
    """Put replies on disk for whoever runs the judge next."""
    # Here, since pandas comes with them, which a process that only calls does without.
    from review_app.actions.workspace import opened
    from review_app.store import judge_jobs

    store = opened(project).store
    for key, reply in replies.items():
        said = reply.refusal or reply if isinstance(reply, Failure) else reply
        if isinstance(said, Answer):
            deed = partial(judge_jobs.record, key=key, answer=brief(said), now=datetime.now(UTC))
        else:
            deed = partial(judge_jobs.give_back, key=key, reason=said.reason, again=True, paid=said.paid)
        with store.write() as write:
            deed(write)


def main() -> None:
    """Call the model as told by standard input."""
    pipe = own_output()
    if said := message(sys.stdin.buffer):
        asyncio.run(_Calling(pipe, unpacked(said)).run())
    os._exit(0)  # the pipe may hold what nobody took, and closing it would fail


if __name__ == "__main__":
    main()
