"""Calls from processes of their own: the same requests and replies, and no process that outlives its caller."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from review_app.errors import BadConfig, WrongUsage
from review_app.grading import calling_apart
from review_app.grading.calling_apart import CallersApart, caller
from review_app.grading.judges.prompt import answer_model
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import JudgeSpec, ModelSpec
from review_app.grading.model_call import Caller, Failure, Question

from ..openai_server import Fault, Json, OpenAIServer, completion

SAID = {"reason": "Fine.", "label": "good", "confidence": 0.7}


def reply(request: Json) -> Json | Fault:
    return Fault(status=429, retry_after=3) if "bad luck" in str(request) else completion(request, SAID)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv("BENCH_KEY", "k-secret")
    monkeypatch.setattr(calling_apart, "PROCESSES", 2)
    with OpenAIServer(reply=reply) as found:
        yield found


def spec(server: OpenAIServer, **changes: object) -> JudgeSpec:
    model = ModelSpec(model="openai/m", api_base=server.base_url, key="BENCH_KEY", concurrency=32)
    labels = {"good": "pass", "poor": "fail"}
    made = JudgeSpec(name="j", criterion="c", prompt="Well?", labels=labels, bad=("fail",), models=(model,))
    return replace(made, models=(replace(model, **changes),))  # type: ignore[arg-type]


def question(spec: JudgeSpec, text: str) -> Question:
    return Question(
        messages=[{"role": "user", "content": text}],
        max_tokens=50,
        temperature=0.0,
        schema=answer_model(spec),
        logprobs=True,
        timeout=20,
        key=text.encode().hex(),
    )


def asked(calls: Caller | CallersApart, judge: JudgeSpec, *texts: str) -> list[Answer | Failure]:
    async def all_of_them() -> list[Answer | Failure]:
        async with calls as caller:
            return list(await asyncio.gather(*(caller.ask_once(question(judge, text)) for text in texts)))

    return asyncio.run(all_of_them())


def apart(judge: JudgeSpec) -> CallersApart:
    return CallersApart(spec=judge, model=judge.models[0])


def seen(server: OpenAIServer) -> dict[str, tuple[Json, str]]:
    """What came for each question: its body, and who asked."""
    return {one.headers["idempotency-key"]: (one.body, one.headers["authorization"]) for one in server.chats}


def test_requests_and_replies_are_those_of_one_process(server: OpenAIServer) -> None:
    judge, texts = spec(server), ["one", "two", "bad luck", "four 🫖"]
    alone = asked(Caller(model=judge.models[0]), judge, *texts)
    requests = seen(server)
    server.requests.clear()
    both = asked(apart(judge), judge, *texts)
    assert seen(server) == requests
    assert requests[b"one".hex()][1] == "Bearer k-secret"
    timeless = [
        [replace(one, latency_s=None) if isinstance(one, Answer) else one for one in found] for found in (alone, both)
    ]
    assert timeless[0] == timeless[1]
    assert [type(one) for one in both] == [Answer, Answer, Failure, Answer]


def test_a_process_that_dies_costs_its_own_calls_alone(server: OpenAIServer) -> None:
    judge = spec(server)
    server.latency = 1.0

    async def one_dies() -> tuple[list[Answer | Failure], Answer | Failure, Answer | Failure]:
        async with apart(judge) as both:
            given = [asyncio.create_task(both.ask_once(question(judge, str(number)))) for number in range(4)]
            await asyncio.sleep(0.3)
            assert [len(child.waiting) for child in both._children] == [2, 2]
            both._children[0]._process.kill()
            found = await asyncio.gather(*given)
            after = await both.ask_once(question(judge, "after"))
            both._children[1]._process.kill()
            return list(found), after, await both.ask_once(question(judge, "nobody"))

    found, after, nobody = asyncio.run(one_dies())
    lost = [one for one in found if isinstance(one, Failure)]
    assert (len(lost), len(found)) == (2, 4)
    assert all(one.again and one.paid for one in lost)
    assert isinstance(after, Answer)
    assert isinstance(nobody, Failure)


def test_what_keeps_it_from_calling_is_said_before_anything_is_asked(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling_apart, "PROCESSES", 1)
    with pytest.raises(BadConfig, match="'cohere"):
        asked(apart(spec(server, model="cohere/m")), spec(server), "one")
    monkeypatch.delenv("BENCH_KEY")
    with pytest.raises(WrongUsage, match="BENCH_KEY is not set"):
        asked(apart(spec(server)), spec(server), "one")
    assert server.chats == []


def test_few_questions_or_a_narrow_model_start_no_process(server: OpenAIServer) -> None:
    judge = spec(server)
    assert isinstance(caller(judge, judge.models[0], 200), CallersApart)
    assert isinstance(caller(judge, judge.models[0], 199), Caller)
    assert isinstance(caller(judge, replace(judge.models[0], concurrency=15), 200), Caller)


def test_whoever_is_killed_takes_them_along(server: OpenAIServer, tmp_path: Path) -> None:
    server.latency = 60
    code = f"""
import asyncio, os, pathlib
from review_app.grading import calling_apart
from tests.grading.test_calling_apart import apart, question, spec
from tests.openai_server import OpenAIServer

calling_apart.PROCESSES = 2

class Elsewhere:
    base_url = {server.base_url!r}

async def main():
    judge = spec(Elsewhere)
    async with apart(judge) as both:
        asyncio.create_task(both.ask_once(question(judge, "one")))
        await asyncio.sleep(1)
        print(*(child._process.pid for child in both._children), flush=True)
        os.kill(os.getpid(), 9)

asyncio.run(main())
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == -signal.SIGKILL, said.stderr
    pids = [Path(f"/proc/{pid}/stat") for pid in said.stdout.split()]
    assert len(pids) == 2
    until = time.monotonic() + 20
    while any(path.exists() and path.read_text().split()[2] != "Z" for path in pids):
        assert time.monotonic() < until, "one goes on with nobody to ask it"
        time.sleep(0.05)
    assert os.environ["BENCH_KEY"] not in said.stdout + said.stderr
