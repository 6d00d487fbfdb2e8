"""How many spans a second the receiver takes, end to end, with the pages' server in one process beside the sender.

    python benchmarks/receiver.py [spans]

A sender of its own process posts gzipped protobuf requests of 500 spans (five spans to a trace, about 0.7 kB each) over
four connections. A span counts as taken when its request was answered with 200, which is after the commit; the clock
stops when the last trace stands in the frame, made of all its spans. Printed beside it: the time from request to
answer, and how long /healthz took meanwhile, which shares its event loop with the pages.
"""

from __future__ import annotations

import gzip
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from review_app import actions
from review_app.actions.workspace import opened

TARGET = 5_000
TRACES, SPANS_OF_A_TRACE, CONNECTIONS = 100, 5, 4  # of a request; of a trace; at once
TEXT = "the kettle came without its lid and the courier left it at number nine although nobody there knew of it " * 4


def main(spans: int) -> int:
    """Print the figures; 1 where fewer than TARGET spans a second came through."""
    requests = [gzip.compress(request(), 1) for _ in range(spans // (TRACES * SPANS_OF_A_TRACE))]
    spans = len(requests) * TRACES * SPANS_OF_A_TRACE
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        actions.init(project)
        config = project / "project.yaml"
        config.write_text(config.read_text() + "\nsettle_seconds: 1\n")
        token = actions.add_token(project, "benchmark")
        with serving(project) as port:
            started = time.perf_counter()
            with looking(f"http://127.0.0.1:{port}/healthz") as health:
                took = sent(port, token, requests)
                answered = time.perf_counter() - started
                wait_for_traces(project, len(requests) * TRACES)
                joined = time.perf_counter() - started
    print(f"{spans:,} spans in {len(requests):,} requests of {len(requests[0]) / 1000:.0f} kB (gzip)")
    print(f"on disk        {spans / answered:>9,.0f} spans/s")
    print(f"end to end     {spans / joined:>9,.0f} spans/s, 1 s of settling and the joining included")
    print(f"one request    {statistics.median(took) * 1000:>9.0f} ms median, {p95(took) * 1000:.0f} ms p95")
    print(
        f"/healthz       {statistics.median(health) * 1000:>9.0f} ms median, {p95(health) * 1000:.0f} ms p95 meanwhile"
    )
    met = spans / joined >= TARGET
    print(f"target {TARGET:,} spans/s end to end: {'met' if met else 'MISSED'}")
    return int(not met)


def sent(port: int, token: str, requests: list[bytes]) -> list[float]:
    """The seconds of each request."""
    took: list[float] = []
    waiting = iter(requests)
    lock = threading.Lock()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {
            "Authorization": f"Bearer {token}", "Content-Type": "application/x-protobuf", "Content-Encoding": "gzip",
        }  # fmt: skip
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                return
            while True:
                started = time.perf_counter()
                connection.request("POST", "/v1/traces", body, headers)
                answer = connection.getresponse()
                answer.read()
                took.append(time.perf_counter() - started)
                if answer.status == 200:
                    break
                assert answer.status == 503, answer.status
                time.sleep(float(answer.headers["retry-after"]))

    senders = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return took


@contextmanager
def looking(address: str) -> Iterator[list[float]]:
    """The seconds of each look at an address, twenty a second while the block runs."""
    took: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            started = time.perf_counter()
            urllib.request.urlopen(address, timeout=30).close()
            took.append(time.perf_counter() - started)

    looker = threading.Thread(target=look)
    looker.start()
    yield took
    done.set()
    looker.join()


def wait_for_traces(project: Path, traces: int) -> None:
    """Until so many traces are made of all their spans, and nothing waits."""
    store = opened(project).store
    while True:
        made = store.rows("SELECT count(*) AS n FROM trace")[0]["n"]
        waiting = store.rows("SELECT count(*) AS n FROM received_trace WHERE waiting = 1")[0]["n"]
        if made == traces and not waiting:
            return
        time.sleep(0.1)


@contextmanager
def serving(project: Path) -> Iterator[int]:
    """The port of a server for this project."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "review_app.server", str(project), "127.0.0.1", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            process.stdout.readline()  # it says when it is ready
            time.sleep(2)  # and loads what the pages need
            yield port
        finally:
            process.terminate()
            process.wait(20)


def request() -> bytes:
    """An export request as an SDK sends it."""
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    for key, text in {"service.name": "shop", "telemetry.sdk.language": "python"}.items():
        resource.resource.attributes.add(key=key).value.string_value = text
    scope = resource.scope_spans.add()
    for _ in range(TRACES):
        trace_id, root, now = os.urandom(16), os.urandom(8), time.time_ns()
        for place, attributes in enumerate(said()):
            span = scope.spans.add(trace_id=trace_id, span_id=root if place == 0 else os.urandom(8), name="step")
            span.parent_span_id = root if place else b""
            span.start_time_unix_nano, span.end_time_unix_nano = now + place * 10**6, now + (place + 1) * 10**6
            for key, text in attributes.items():
                span.attributes.add(key=f"gen_ai.{key}").value.string_value = text
    return message.SerializeToString()


def said() -> list[dict[str, str]]:
    """The attributes of an agent's five steps: itself, a search, a call of a model, of a tool, of the model again."""
    text = [{"type": "text", "content": TEXT}]
    chat = {
        "operation.name": "chat", "request.model": "aster-1",
        "input.messages": orjson.dumps([{"role": "user", "parts": text}]).decode(),
        "output.messages": orjson.dumps([{"role": "assistant", "parts": text, "finish_reason": "stop"}]).decode(),
    }  # fmt: skip
    tool = {"operation.name": "execute_tool", "tool.name": "find_order", "tool.call.arguments": '{"order": "A-17"}'}
    search = {"operation.name": "retrieval", "retrieval.query.text": "return a kettle"}
    return [{"operation.name": "invoke_agent", "agent.name": "returns"}, search, chat, tool, chat]


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
