"""Calls from processes of their own: the same requests and replies, and what a kill of their caller leaves of them."""

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

from review_app import actions
from review_app.actions.judges import calling_apart
from review_app.actions.judges.calling_apart import CallersApart, CallersHere, Calls, callers
from review_app.actions.workspace import opened
from review_app.errors import BadConfig, WrongUsage
from review_app.grading.judges.prompt import answer_model
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import JudgeSpec, ModelSpec
from review_app.grading.model_call import Failure, Question
from review_app.store import judge_jobs
from review_app.store.judge_jobs import Send

from ..builders import NOON
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


def asked(calls: CallersHere | CallersApart, judge: JudgeSpec, *texts: str) -> list[Answer | Failure]:
    async def all_of_them() -> list[Answer | Failure]:
        async with calls as callers:
            return list(await asyncio.gather(*(callers.ask_once("j", question(judge, text)) for text in texts)))

    return asyncio.run(all_of_them())


def apart(judge: JudgeSpec, processes: int = 2, project: Path = Path()) -> CallersApart:
    return CallersApart(calls=Calls(judge.members, project), processes=processes)


def seen(server: OpenAIServer) -> dict[str, tuple[Json, str]]:
    """What came for each question: its body, and who asked."""
    return {one.headers["idempotency-key"]: (one.body, one.headers["authorization"]) for one in server.chats}


def test_requests_and_replies_are_those_of_one_process(server: OpenAIServer) -> None:
    judge, texts = spec(server), ["one", "two", "bad luck", "four 🫖"]
    alone = asked(CallersHere(judge.members), judge, *texts)
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


@pytest.mark.parametrize("part", [True, False], ids=["loaded once", "each by itself"])
def test_the_models_of_a_panel_are_called_by_the_same_processes(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, part: bool
) -> None:
    monkeypatch.setattr(calling_apart, "PART", part and calling_apart.PART)
    monkeypatch.setenv("OTHER_KEY", "k-other")
    one = spec(server)
    other = replace(one.models[0], model="openai/n", key="OTHER_KEY")
    panel = replace(one, models=(*one.models, other))

    async def both_models() -> list[Answer | Failure]:
        async with apart(panel) as both:
            assert len(set(both.pids)) == 2
            return [await both.ask_once(member.judge, question(panel, member.judge)) for member in panel.members]

    assert [type(found) for found in asyncio.run(both_models())] == [Answer, Answer]
    found = {bytes.fromhex(key).decode(): (body["model"], who) for key, (body, who) in seen(server).items()}
    first, second = (member.judge for member in panel.members)
    assert found == {first: ("m", "Bearer k-secret"), second: ("n", "Bearer k-other")}


def test_a_process_that_dies_costs_its_own_calls_alone(server: OpenAIServer) -> None:
    judge = spec(server)
    server.latency = 1.0

    async def one_dies() -> tuple[list[Answer | Failure], Answer | Failure, Answer | Failure]:
        async with apart(judge) as both:
            given = [asyncio.create_task(both.ask_once("j", question(judge, str(number)))) for number in range(4)]
            await asyncio.sleep(0.3)
            assert [len(child.waiting) for child in both._children] == [2, 2]
            os.kill(both.pids[0], signal.SIGKILL)
            found = await asyncio.gather(*given)
            after = await both.ask_once("j", question(judge, "after"))
            os.kill(both.pids[1], signal.SIGKILL)
            return list(found), after, await both.ask_once("j", question(judge, "nobody"))

    found, after, nobody = asyncio.run(one_dies())
    lost = [one for one in found if isinstance(one, Failure)]
    assert (len(lost), len(found)) == (2, 4)
    assert all(one.again and one.paid for one in lost)
    assert isinstance(after, Answer)
    assert isinstance(nobody, Failure)


def test_what_keeps_it_from_calling_is_said_before_anything_is_asked(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadConfig, match="'cohere"):
        asked(apart(spec(server, model="cohere/m"), 1), spec(server), "one")
    monkeypatch.delenv("BENCH_KEY")
    with pytest.raises(WrongUsage, match="BENCH_KEY is not set"):
        asked(apart(spec(server), 1), spec(server), "one")
    assert server.chats == []


def processes(judge: JudgeSpec, questions: int, *, outlive: bool) -> int:
    found = callers(Calls(judge.members, Path()), questions, outlive=outlive)
    return found.processes if isinstance(found, CallersApart) else 0


def test_few_questions_or_a_narrow_model_start_no_process_unless_they_are_to_outlive(server: OpenAIServer) -> None:
    wide = spec(server)
    narrow = spec(server, concurrency=15)
    assert [processes(wide, n, outlive=False) for n in (199, 200)] == [0, 2]
    assert [processes(wide, n, outlive=True) for n in (1, 199, 200)] == [1, 1, 2]
    assert [processes(narrow, 200, outlive=outlive) for outlive in (False, True)] == [0, 1]


def runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_is_under_way_when_the_caller_is_killed_is_answered_kept_and_no_more(
    server: OpenAIServer, tmp_path: Path
) -> None:
    actions.init(tmp_path)
    store, keys = opened(tmp_path).store, {text: text.encode().hex() for text in ("slow", "bad luck", "taken")}
    judge_jobs.add(store, keys.values(), [])
    caps = {"run:r": 1.0}
    with store.write() as write:
        for key in keys.values():
            what = Send(key=key, estimate_usd=0.1, caps=caps, worker="gone:1", at=NOON, lease_until=NOON)
            assert judge_jobs.send(write, what) == "sent"
    server.latency = 1.5
    code = f"""
import asyncio, os, pathlib, sys
from tests.actions.test_calling_apart import apart, question, spec

class Elsewhere:
    base_url = {server.base_url!r}

async def main():
    judge = spec(Elsewhere)
    async with apart(judge, project=pathlib.Path({str(tmp_path)!r})) as both:
        for text in ("slow", "bad luck"):
            asyncio.create_task(both.ask_once("j", question(judge, text)))
        await asyncio.sleep(0.5)
        print(*both.pids, flush=True)
        os.kill(os.getpid(), 9)

asyncio.run(main())
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == -signal.SIGKILL, said.stderr
    pids = [int(pid) for pid in said.stdout.split()]
    until = time.monotonic() + 20
    while any(map(runs, pids)):
        assert time.monotonic() < until, "one goes on with nobody to ask it"
        time.sleep(0.05)
    jobs = judge_jobs.jobs(store, list(keys.values()), NOON)
    assert {text: jobs[key].state for text, key in keys.items()} == {
        "slow": "done",
        "bad luck": "waiting",
        "taken": "sent",
    }
    assert jobs[keys["slow"]].answer.text == completion({}, SAID)["choices"][0]["message"]["content"]  # type: ignore[union-attr]
    assert len(server.chats) == len(pids) == 2
    assert judge_jobs.spent(store, "run:r") == pytest.approx(0.2)  # of "bad luck" nothing was billed
    assert os.environ["BENCH_KEY"] not in said.stdout + said.stderr
