"""What our judge worker costs beside litellm alone, how fast it is, and whether it loses or pays twice when killed.

    python benchmarks/judge_worker.py [--calls 1000] [--kills 100] [--killed-calls 2000] [--latency 0.25]

A local server that speaks the OpenAI protocol answers in a process of its own, after `--latency` seconds. The CPU of
our side, that of our calling processes and their loading of litellm with it, is measured in the same run with plain
`litellm.acompletion` calls of the same questions. Then a run is killed with SIGKILL at random moments, again and again,
until it is done; the server counts what it answered to the end. What called for the run is left alive, as by a kill of
one process or by the system where memory is short.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from review_app import actions
from review_app.actions.judging import Judged, Terms, judge_run
from review_app.actions.workspace import opened
from review_app.grading.judges.prompt import answer_model, messages, seen_text
from review_app.grading.model_call import Caller, Question
from review_app.settings.judges import judge as judge_named
from review_app.store import traces as trace_table
from review_app.traces.trace import Message, Trace, encode
from tests.openai_server import Json, OpenAIServer, completion

OVERHEAD_MS, CALLS_PER_S = 10.0, 80.0
JUDGE = """
name: bench
criterion: good_enough
prompt: Could this answer be sent?
labels: {{pass: pass, fail: fail}}
bad: [fail]
models:
  - {{model: openai/m, api_base: "{url}", concurrency: {concurrency}, price: {{input: 1, output: 1}}}}
"""


def serve(pipe: Connection, latency: float) -> None:
    """The server's process: answers until it is told to stop, then says how often it answered each question."""

    def reply(request: Json) -> Json:
        return completion(request, {"reason": "It is so.", "label": "pass", "confidence": 0.9})

    with OpenAIServer(reply=reply, latency=latency) as server:
        pipe.send(server.base_url)
        while pipe.recv() == "count":
            chats = server.chats
            ended = Counter(
                one.headers["idempotency-key"] for one in chats if one.answered and one.headers.get("idempotency-key")
            )
            pipe.send((len(chats), ended))


def new_project(folder: Path, url: str, calls: int, concurrency: int) -> Path:
    """Traces of about 2 kB, and a judge."""
    project = folder / "project"
    actions.init(project)
    (project / "project.yaml").write_text("name: bench\njudging: {cap_per_run_usd: 1e6, cap_per_day_usd: 1e6}\n")
    (project / "judges").mkdir()
    (project / "judges" / "bench.yaml").write_text(JUDGE.format(url=url, concurrency=concurrency))
    traces = (
        Trace(
            trace_id=f"t-{n:06d}",
            messages=(Message(role="user", content="why? " * 200),),
            output=f"{n} " + "so. " * 250,
        )
        for n in range(calls)
    )
    (folder / "traces.jsonl").write_bytes(b"\n".join(map(encode, traces)))
    actions.ingest(project, [folder / "traces.jsonl"])
    return project


def adopt() -> None:
    """Let processes whose parent has ended become ours: what they used is counted once we asked how they ended."""
    prctl, set_child_subreaper = ctypes.CDLL(None).prctl, 36
    assert prctl(set_child_subreaper, 1, 0, 0, 0) == 0, "this needs Linux"


def cpu() -> float:
    """Seconds of CPU of this process, and of those below it that have ended."""
    time.sleep(0.1)  # whoever was killed just now is gone then
    while os.waitpid(-1, os.WNOHANG)[0]:
        pass
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def plain(project: Path, calls: int, concurrency: int) -> tuple[float, float]:
    """CPU ms a call and calls a second of litellm alone: the same messages, made before the clock starts."""
    workspace = opened(project)
    spec = judge_named(workspace.settings)
    schema = answer_model(spec)
    texts = [seen_text(spec, trace) for batch in trace_table.each(workspace.store) for trace, _ in batch][:calls]
    asked = [messages(spec, text) for text in texts]

    async def all_calls() -> None:
        gate = asyncio.Semaphore(concurrency)
        async with Caller(model=spec.models[0]) as caller:

            async def one(said: list[dict[str, str]]) -> None:
                async with gate:
                    question = Question(messages=said, max_tokens=800, temperature=0.0, schema=schema, logprobs=True)
                    await caller.reply(question, None)

            await asyncio.gather(*map(one, asked))

    used, started = cpu(), time.perf_counter()
    asyncio.run(all_calls())
    took = time.perf_counter() - started
    return (cpu() - used) / calls * 1e3, calls / took


def ours(project: Path, calls: int) -> tuple[float, float, Judged]:
    """CPU ms a call and calls a second of `judge run`, planning, store and all."""
    used, started = cpu(), time.perf_counter()
    found = judge_run(project, terms=Terms(approve=lambda estimate: True))
    took = time.perf_counter() - started
    return (cpu() - used) / calls * 1e3, calls / took, found


def killed(project: Path, calls: int, kills: int, latency: float) -> tuple[int, float]:
    """Run until done, killed `kills` times on the way; how often it was, and seconds."""
    code = (
        "from pathlib import Path\nfrom review_app.actions.judging import judge_run, Terms\n"
        f"judge_run(Path({str(project)!r}), terms=Terms(approve=lambda estimate: True, outlive=True))"
    )
    done, started, rng = 0, time.perf_counter(), random.Random(6)
    while True:
        before = answered(project)
        worker = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[1])
        if done < kills:
            # Killed while it works, not while it starts: after it got one more answer, and evenly over the run.
            due = max(before + 1, calls * done // (kills + 1))
            while worker.poll() is None and answered(project) < due:
                time.sleep(0.02)
            time.sleep(rng.uniform(0, latency))
            if worker.poll() is None:
                os.kill(worker.pid, signal.SIGKILL)
                done += 1
        if worker.wait() == 0:
            return done, time.perf_counter() - started


def answered(project: Path) -> int:
    """Questions whose answer is on disk."""
    return int(opened(project).store.rows("SELECT count(*) AS n FROM judge_job WHERE state = 'done'")[0]["n"])


def report_kills(project: Path, pipe: Connection, calls: int, outcome: tuple[int, float]) -> None:
    """Lost, paid twice, and what could not be known."""
    store = opened(project).store
    pipe.send("count")
    requests, ended = pipe.recv()
    n = int(store.rows("SELECT count(*) AS n FROM verdict WHERE status = 'ok'")[0]["n"])
    doubtful = int(store.rows("SELECT count(*) AS n FROM judge_job WHERE lost > 0")[0]["n"])
    print(f"{outcome[0]} kills in {calls:,} calls, {outcome[1]:.0f} s; {requests:,} requests")
    print(f"  verdicts {n:,} of {calls:,}: {calls - n} lost (limit 0)")
    print(f"  answered to the end more than once (paid twice): {sum(times > 1 for times in ended.values())} (limit 0)")
    print(f"  asked again because nobody could know whether they had been: {doubtful}")


def with_server(latency: float) -> tuple[Any, Connection, str]:
    """A started server: its process, the pipe to it, its address."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there, latency), daemon=True)
    process.start()
    return process, here, here.recv()


def main() -> None:
    """Print all figures beside their limits."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--calls", type=int, default=1000)
    given.add_argument("--latency", type=float, default=0.25)
    given.add_argument("--concurrency", type=int, default=64)
    given.add_argument("--kills", type=int, default=100)
    given.add_argument("--killed-calls", type=int, default=2000)
    args = given.parse_args()
    adopt()
    process, pipe, url = with_server(args.latency)
    with tempfile.TemporaryDirectory() as folder:
        project = new_project(Path(folder), url, args.calls, args.concurrency)
        plain(project, min(args.calls, 50), args.concurrency)  # the first calls load much of litellm
        before, pace_before = plain(project, args.calls, args.concurrency)
        used, pace, found = ours(project, args.calls)
        print(f"{args.calls:,} calls, {args.concurrency} at once, server answers after {args.latency * 1e3:.0f} ms")
        more = used - before
        print(f"  CPU ms a call: litellm {before:.1f}, judge run {used:.1f}; more {more:.1f} (limit {OVERHEAD_MS:.0f})")
        print(f"  calls a second: litellm {pace_before:.0f}, judge run {pace:.0f} (limit {CALLS_PER_S:.0f})")
        print(f"  verdicts: {dict(found.statuses)}", flush=True)
    pipe.send("stop")
    process.join()
    if args.kills:
        kill(args.killed_calls, args.kills, args.latency)


def kill(calls: int, kills: int, latency: float) -> None:
    """The second half, with a server that has answered nothing yet."""
    process, pipe, url = with_server(latency)
    with tempfile.TemporaryDirectory() as folder:
        project = new_project(Path(folder), url, calls, 16)
        report_kills(project, pipe, calls, killed(project, calls, kills, latency))
    pipe.send("stop")
    process.join()


if __name__ == "__main__":
    main()
