"""Calls of one model from processes of their own: litellm computes some milliseconds for each call, so that one process
makes about a hundred a second, whatever the provider could take.

`python -m review_app.grading.calling_apart` is one of them. It is told on its standard input which judge's model it
calls, then gets one question after the other, and writes each reply to its standard output: pickled, after its length.
It has the keys from the environment that it was started in, and ends at once when nobody is there to ask it.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
import threading
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import IO, Any

from review_app.errors import ReviewAppError
from review_app.grading.judges.prompt import answer_model
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import JudgeSpec, ModelSpec
from review_app.grading.model_call import Caller, Failure, Question

MANY = 200
"""Questions from which on it is worth it: a process takes some seconds to load litellm."""
WIDE = 16
"""Calls at once from which on one process could be too slow."""
PROCESSES = min(2, os.cpu_count() or 1)
_LENGTH = 8  # bytes of the number before each message
_LOST = Failure(reason="the process that made the call has ended", again=True, paid=True)


def caller(spec: JudgeSpec, model: ModelSpec, questions: int) -> Caller | CallersApart:
    """What calls a model of a judge: an async context manager with `ask_once`."""
    apart = PROCESSES > 1 and questions >= MANY and model.concurrency >= WIDE
    return CallersApart(spec=spec, model=model) if apart else Caller(model=model)


@dataclass(kw_only=True)
class CallersApart:
    """Calls one model of a judge from several processes. An async context manager, for one event loop."""

    spec: JudgeSpec
    model: ModelSpec
    _children: list[_Child] = field(default_factory=list, init=False)

    async def __aenter__(self) -> CallersApart:
        try:
            for _ in range(PROCESSES):
                self._children.append(await _Child.started(self.spec, self.model))
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


class _Child:
    """One process, the replies it owes, and the task that takes them."""

    def __init__(self, process: Process) -> None:
        self._process, self._numbers = process, count()
        self.waiting: dict[int, asyncio.Future[Answer | Failure]] = {}
        self.ended = False
        self._taking: asyncio.Task[None] | None = None

    @classmethod
    async def started(cls, spec: JudgeSpec, model: ModelSpec) -> _Child:
        """The process, before it has loaded anything."""
        # -P: what lies in the current folder is not ours to import. A session of its own: Ctrl-C is for us to answer.
        command = (sys.executable, "-P", "-m", __name__)
        made = cls(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True))
        made._send((spec, model))
        return made

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
        number = next(self._numbers)
        coming: asyncio.Future[Answer | Failure] = asyncio.get_running_loop().create_future()
        self.waiting[number] = coming
        try:
            # A schema is a class made at run time, which no other process knows; it makes its own.
            self._send((number, replace(question, schema=None)))
            return await coming
        finally:
            self.waiting.pop(number, None)

    async def close(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._taking:
            await self._taking
        await self._process.communicate()

    async def _take(self) -> None:
        while (said := await self._next()) is not None:
            number, reply = said
            if (coming := self.waiting.get(number)) and not coming.done():
                coming.set_result(reply)
        self.ended = True
        for coming in self.waiting.values():
            if not coming.done():
                coming.set_result(_LOST)

    async def _next(self) -> Any:
        """What it says next; None where it has ended."""
        assert self._process.stdout
        try:
            length = int.from_bytes(await self._process.stdout.readexactly(_LENGTH), "big")
            return pickle.loads(await self._process.stdout.readexactly(length))  # noqa: S301  our own process
        except asyncio.IncompleteReadError:
            return None

    def _send(self, what: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(_message(what))


def _message(what: Any) -> bytes:
    said = pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)
    return len(said).to_bytes(_LENGTH, "big") + said


def _heard(pipe: IO[bytes]) -> Any:
    """What comes in next; None where there is nobody to ask."""
    if len(head := pipe.read(_LENGTH)) < _LENGTH:
        return None
    return pickle.loads(pipe.read(int.from_bytes(head, "big")))  # noqa: S301  what our own process wrote


def _hear(loop: asyncio.AbstractEventLoop, coming: asyncio.Queue[tuple[int, Question]]) -> None:
    while (found := _heard(sys.stdin.buffer)) is not None:
        loop.call_soon_threadsafe(coming.put_nowait, found)
    os._exit(0)  # at once: whoever asked is gone, nobody would keep an answer, and each may be paid for again


class _Calling:
    """The calling process: questions in, replies out."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    async def run(self) -> None:
        """Answer until nobody asks."""
        spec, model = _heard(sys.stdin.buffer)
        try:
            made = Caller(model=model)
            await made.__aenter__()
        except Exception as fault:  # noqa: BLE001  whoever started us raises it
            self._say(fault)
            return
        self._say("ready")
        schema, tasks = answer_model(spec), set[asyncio.Task[None]]()
        coming: asyncio.Queue[tuple[int, Question]] = asyncio.Queue()
        threading.Thread(target=_hear, args=(asyncio.get_running_loop(), coming), daemon=True).start()
        while True:
            number, question = await coming.get()
            task = asyncio.create_task(self._answer(made, number, replace(question, schema=schema)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _answer(self, made: Caller, number: int, question: Question) -> None:
        self._say((number, await made.ask_once(question)))

    def _say(self, what: Any) -> None:
        try:
            self._pipe.write(_message(what))
            self._pipe.flush()
        except BrokenPipeError:
            os._exit(0)


def main() -> None:
    """Call the model as told by standard input."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not get in between
    asyncio.run(_Calling(pipe).run())


if __name__ == "__main__":
    main()
