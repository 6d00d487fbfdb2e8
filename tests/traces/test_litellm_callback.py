"""A real litellm call against a local OpenAI-compatible server ends in the spool, and from there in a trace."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import orjson
import pytest

from review_app.traces import readers
from review_app.traces.trace import Trace

# Only looked for, not loaded: at its import litellm asks the network for prices.
pytestmark = pytest.mark.skipif(find_spec("litellm") is None, reason="litellm is in the extra `judge`")


class OpenAi(BaseHTTPRequestHandler):
    """Answers a chat with what it was told, in capitals, letter by letter where a stream is asked for; the model
    `broken` gets a 400."""

    def do_POST(self) -> None:
        asked = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
        broken = asked["model"] == "broken"
        said = {"role": "assistant", "content": asked["messages"][-1]["content"].upper()}
        if asked.get("stream"):
            return self.stream(asked["model"], said["content"])
        answer = {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": said}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        }  # fmt: skip
        body = orjson.dumps({"error": {"message": "no such thing", "type": "x"}} if broken else answer)
        self.send_response(400 if broken else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def stream(self, model: str, text: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for letter in (*text, None):
            choice = {"index": 0, "delta": {"content": letter}, "finish_reason": None if letter else "stop"}
            chunk = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}
            self.wfile.write(b"data: " + orjson.dumps(chunk) + b"\n\n")
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *args: object) -> None:
        """Silence."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OpenAi) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/v1"
        http.shutdown()


BEGIN = """
import asyncio, os, sys
import litellm
from review_app.traces.litellm_callback import callback
litellm.callbacks.append(callback)
litellm.suppress_debug_info = True
def call(model="small", text="hello"):
    return dict(model="openai/" + model, messages=[{"role": "user", "content": text}], api_base=sys.argv[1],
                api_key="sk-not-in-the-spool-0000000001", max_retries=0)
"""


def run(program: str, server: str, spool: Path) -> subprocess.CompletedProcess[str]:
    about = os.environ | {"REVIEW_APP_SPOOL": str(spool), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return subprocess.run(
        [sys.executable, "-c", BEGIN + program, server], env=about, capture_output=True, text=True, check=False
    )  # fmt: skip


def traces(spool: Path) -> list[Trace]:
    found = [item for path in readers.files([spool]) for item in readers.read(path)]
    assert all(isinstance(item, Trace) for item in found)
    return [item for item in found if isinstance(item, Trace)]


def test_answers_and_failures_become_traces_and_the_key_stays_out(server: str, tmp_path: Path) -> None:
    program = """
print(litellm.completion(**call()).choices[0].message.content)
try: litellm.completion(**call("broken"))
except litellm.BadRequestError: print("raised")
"""
    ran = run(program, server, tmp_path)
    assert ran.stdout.split() == ["HELLO", "raised"], ran.stderr
    good, bad = sorted(traces(tmp_path), key=lambda trace: trace.error or "")
    assert (good.messages[0].text, good.output, good.error) == ("hello", "HELLO", None)
    assert bad.output is None
    assert "no such thing" in (bad.error or "")
    (file,) = tmp_path.iterdir()
    assert "sk-not-in-the-spool" not in file.read_text()


def test_awaited_calls_still_queued_when_the_loop_closes_are_kept(server: str, tmp_path: Path) -> None:
    program = """
async def many():
    await asyncio.gather(*(litellm.acompletion(**call(text=f"question {n}")) for n in range(40)))
asyncio.run(many())
"""
    ran = run(program, server, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert {trace.output for trace in traces(tmp_path)} == {f"QUESTION {n}" for n in range(40)}


@pytest.mark.parametrize("switch", ["", "litellm.turn_off_message_logging = True"], ids=["as ever", "texts hidden"])
def test_killed_as_the_answers_come_it_loses_none_and_what_is_hidden_stays_out(
    server: str, tmp_path: Path, switch: str
) -> None:
    program = (
        switch
        + """
async def many():
    await asyncio.gather(*(litellm.acompletion(**call(text=f"question {n}")) for n in range(20)))
    os.kill(os.getpid(), 9)
asyncio.run(many())
"""
    )
    assert run(program, server, tmp_path).returncode == -9
    found = traces(tmp_path)
    assert len(found) == 20
    if switch:
        assert "question" not in "".join(file.read_text().lower() for file in tmp_path.iterdir())
    else:
        assert {(one.messages[0].text, one.output) for one in found} == {
            (f"question {n}", f"QUESTION {n}") for n in range(20)
        }


def test_a_stream_is_one_trace_when_it_is_complete(server: str, tmp_path: Path) -> None:
    program = """
for _ in litellm.completion(**call(text="at once"), stream=True): pass
async def awaited(text, whole):
    async for _ in await litellm.acompletion(**call(text=text), stream=True):
        if not whole: break
async def both():
    await awaited("awaited", True)
    await awaited("left", False)
asyncio.run(both())
"""
    ran = run(program, server, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert sorted(str(trace.output) for trace in traces(tmp_path)) == ["AT ONCE", "AWAITED"]


def test_a_folder_that_cannot_be_made_costs_the_record_and_not_the_call(server: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    program = "print(litellm.completion(**call()).choices[0].message.content)\nimport atexit, time\n"
    program += "time.sleep(1)\nprint(callback.lost)"
    ran = run(program, server, tmp_path / "file")
    assert ran.stdout.split() == ["HELLO", "1"], ran.stderr
