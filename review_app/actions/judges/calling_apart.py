"""Calls of models from processes of their own.

What is under way when `judge run` is killed is paid for, so these processes outlive it: they ask nothing new, wait for
the replies they are owed, put on disk whatever had not got there, and end. Two of them where there is much to ask:
litellm computes some milliseconds for each call, so that one process makes about a hundred a second, whatever the
provider could take. litellm is loaded once, then they part.

`python -m review_app.actions.judges.calling_apart` is the first of them; its words are the sockets that it and each of
the others speak over. A process is told first which models it calls, then gets one question after the other, and writes
back each reply. It has the keys from the environment that it was started in.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

from review_app.actions.own_processes import LENGTH, command, framed, message, print_to_error, unpacked
from review_app.errors import ReviewAppError
from review_app.grading.judges.confidence import brief
from review_app.grading.judges.prompt import answer_model
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import Member
from review_app.grading.model_call import Caller, Failure, Question, library

MANY = 200
"""Questions from which on a second process is worth it."""
WIDE = 16
"""Calls at once from which on one process could be too slow."""
PROCESSES = min(2, os.cpu_count() or 1)
PART = sys.platform == "linux"
"""Elsewhere the system's own libraries may not survive a fork: there each process is started, and loads, by itself."""
_LOST = Failure(reason="the process that made the call has ended", again=True, paid=True)


class Calls(NamedTuple):
    """Which models a process calls, and where it puts replies that nobody takes any more."""

    members: tuple[Member, ...]
    project: Path


def callers(calls: Calls, questions: int, *, outlive: bool) -> CallersHere | CallersApart:
    """What makes so many of these calls: an async context manager. outlive: even few of them go on where this process
    is killed, for a process that takes some seconds to start."""
    wide = sum(member.model.concurrency for member in calls.members) >= WIDE
    many = PROCESSES > 1 and questions >= MANY and wide
    if many or outlive:
        return CallersApart(calls=calls, processes=PROCESSES if many else 1)
    return CallersHere(calls.members)


class CallersHere:
    """Calls from this process: what is under way ends with it. An async context manager, for one event loop."""

    pids: tuple[int, ...] = ()

    def __init__(self, members: Iterable[Member]) -> None:
        self._members = tuple(members)
        self._callers: dict[str, Caller] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as entered:
            for member in self._members:
                self._callers[member.judge] = await entered.enter_async_context(Caller(model=member.model))
            self._entered = entered.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._entered.aclose()

    async def ask_once(self, judge: str, question: Question) -> Answer | Failure:
        """As Caller.ask_once, of this judge's model; where a content filter declined, that is the answer."""
        found = await self._callers[judge].ask_once(question)
        return found.refusal or found if isinstance(found, Failure) else found

    def kept(self, key: str) -> None:
        """As CallersApart.kept: there is nobody to tell."""


@dataclass(kw_only=True)
class CallersApart:
    """Calls from processes of their own. An async context manager, for one event loop."""

    calls: Calls
    processes: int
    _children: list[_Child] = field(default_factory=list, init=False)
    _started: list[Process] = field(default_factory=list, init=False)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes: a question sent to them is under way while one of them runs."""
        return tuple(child.pid for child in self._children)

    async def __aenter__(self) -> Self:
        try:
            await self._start()
            for child in self._children:
                await child.ready()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _start(self) -> None:
        pairs = [socket.socketpair() for _ in range(self.processes)]
        theirs = [there.fileno() for _, there in pairs]
        for files in [theirs] if PART else [[file] for file in theirs]:
            words = command(__name__, *map(str, files))
            self._started.append(
                await asyncio.create_subprocess_exec(*words, stdin=DEVNULL, start_new_session=True, pass_fds=files)
            )
        for here, there in pairs:
            there.close()
            self._children.append(_Child(*await asyncio.open_connection(sock=here)))
            self._children[-1].say(self.calls)

    async def __aexit__(self, *_: object) -> None:
        for child in self._children:
            child.end()
        for process in self._started:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        for child in self._children:
            await child.close()

    async def ask_once(self, judge: str, question: Question) -> Answer | Failure:
        """As CallersHere.ask_once; a process that has ended is a Failure, after which another one may be asked."""
        living = [child for child in self._children if not child.ended]
        if not living:
            return _LOST
        return await min(living, key=lambda child: len(child.waiting)).ask(judge, question)

    def kept(self, key: str) -> None:
        """The reply to a question is on disk: whoever gave it need not keep it."""
        for child in self._children:
            child.kept(key)


class _Child:
    """One process, the replies it owes by their question's key, and the task that takes them. pid: 0 until it is
    ready."""

    def __init__(self, replies: asyncio.StreamReader, questions: asyncio.StreamWriter) -> None:
        self._replies, self._questions, self._replied = replies, questions, set[str]()
        self.waiting: dict[str, asyncio.Future[Answer | Failure]] = {}
        self.pid, self.ended = 0, False
        self._taking: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Wait until it can call. Raises what keeps it from that."""
        said = await self._next()
        if isinstance(said, Exception):
            raise said
        if said is None:
            raise ReviewAppError("A process that calls the model ended before it began.", do="Run it again.")
        self.pid = said
        self._taking = asyncio.create_task(self._take())

    async def ask(self, judge: str, question: Question) -> Answer | Failure:
        """The reply to a question."""
        coming: asyncio.Future[Answer | Failure] = asyncio.get_running_loop().create_future()
        self.waiting[question.key] = coming
        try:
            # A schema is a class made at run time, which no other process knows; it makes its own.
            self.say((judge, replace(question, schema=None)))
            return await coming
        finally:
            self.waiting.pop(question.key, None)

    def kept(self, key: str) -> None:
        if key in self._replied and not self.ended:
            self._replied.discard(key)
            self.say(key)

    def say(self, what: Any) -> None:
        self._questions.write(framed(what))

    def end(self) -> None:
        """End it, whatever it does; one that is not ready ends by itself where nobody listens."""
        if self.pid and not self.ended:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Take what it still said."""
        if self._taking:
            await self._taking
        self._questions.close()
        with suppress(ConnectionError):
            await self._questions.wait_closed()

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
        try:
            length = int.from_bytes(await self._replies.readexactly(LENGTH), "big")
            return unpacked(await self._replies.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None


class _Calling:
    """The calling process: questions in, replies out."""

    def __init__(self, questions: IO[bytes], replies: IO[bytes], calls: Calls) -> None:
        self._questions, self._replies, self._calls = questions, replies, calls
        self._schemas = {member.judge: answer_model(member.spec) for member in calls.members}
        self._under_way: set[asyncio.Task[None]] = set()
        self._owed: dict[str, Answer | Failure] = {}  # replies that are not on disk, as far as we were told

    async def run(self) -> None:
        """Answer until nobody asks; then put on disk what nobody took."""
        try:
            self._callers = await CallersHere(self._calls.members).__aenter__()
        except Exception as fault:  # noqa: BLE001  whoever started us raises it
            self._say(fault)
            return
        self._say(os.getpid())
        coming: asyncio.Queue[tuple[str, Question] | str | None] = asyncio.Queue()
        threading.Thread(target=self._hear, args=(asyncio.get_running_loop(), coming), daemon=True).start()
        while (said := await coming.get()) is not None:
            if isinstance(said, str):
                self._owed.pop(said, None)
            else:
                self._begin(*said)
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._owed:
            _keep(self._calls.project, self._owed)

    def _hear(self, loop: asyncio.AbstractEventLoop, coming: asyncio.Queue[tuple[str, Question] | str | None]) -> None:
        with suppress(ConnectionError):  # where it ended with something of ours unread
            while said := message(self._questions):
                loop.call_soon_threadsafe(coming.put_nowait, unpacked(said))
        loop.call_soon_threadsafe(coming.put_nowait, None)

    def _begin(self, judge: str, question: Question) -> None:
        task = asyncio.create_task(self._answer(judge, replace(question, schema=self._schemas[judge])))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answer(self, judge: str, question: Question) -> None:
        self._owed[question.key] = await self._callers.ask_once(judge, question)
        self._say((question.key, self._owed[question.key]))

    def _say(self, what: Any) -> None:
        with suppress(ConnectionError):  # nobody takes it any more: it is put on disk at the end
            self._replies.write(framed(what))
            self._replies.flush()


def _keep(project: Path, replies: dict[str, Answer | Failure]) -> None:
    """Put replies on disk for whoever runs the judge next."""
    # Here, since pandas comes with them, which a process that only calls does without.
    from review_app.actions.workspace import opened
    from review_app.store import judge_jobs

    store = opened(project).store
    for key, reply in replies.items():
        if isinstance(reply, Answer):
            deed = partial(judge_jobs.record, key=key, answer=brief(reply), now=datetime.now(UTC))
        else:
            deed = partial(judge_jobs.give_back, key=key, reason=reply.reason, again=True, paid=reply.paid)
        with store.write() as write:
            deed(write)


def _part(sockets: list[socket.socket]) -> socket.socket:
    """One process for each socket, and in each of them its own."""
    mine = sockets[0]
    for other in sockets[1:]:
        if os.fork() == 0:
            mine = other
            break
    for one in sockets:
        if one is not mine:
            one.close()
    return mine


def main() -> None:
    """Call models as told over the sockets that the words of this program name."""
    print_to_error()
    with suppress(ReviewAppError):  # what is missing is said once somebody listens
        library()  # starts no thread, so that parting is safe
    mine = _part([socket.socket(fileno=int(word)) for word in sys.argv[1:]])
    questions, replies = mine.makefile("rb"), mine.makefile("wb")
    if said := message(questions):
        asyncio.run(_Calling(questions, replies, unpacked(said)).run())
    os._exit(0)  # the socket may hold what nobody took, and closing it would fail


if __name__ == "__main__":
    main()
