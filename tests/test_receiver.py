"""The receiver as programs meet it: over HTTP, in the server's own process, with the exporters people use."""

from __future__ import annotations

import gzip
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.store import traces, verdicts
from review_app.store.engine import Store

from . import peers
from .browser.serving import free_port, serving, wait_for
from .openai_server import OpenAIServer, completion
from .otlp import a_span, an_evaluation, logs_request, spans_request
from .waiting import eventually

pytest.importorskip("opentelemetry.sdk", reason="the OpenTelemetry SDK is not installed")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="its OTLP/HTTP exporter is not installed")

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

JSON = "application/json"
Served = tuple[Path, str, str]


def make_project(folder: Path) -> tuple[Path, str]:
    """A project that joins what settled for 0.2 s, and a token for it."""
    actions.init(folder)
    with (folder / "project.yaml").open("a") as file:
        file.write("\nsettle_seconds: 0.2\n")
    return folder, actions.add_token(folder, "test")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """(project, address, token) of a running server."""
    project, token = make_project(tmp_path_factory.mktemp("served"))
    with serving(project) as address:
        yield project, address, token


def post(served: Served, path: str, body: bytes, **headers: str) -> tuple[int, Message, bytes]:
    """POST with the token, unless `authorization` says otherwise; _ in a header's name stands for -."""
    _, address, token = served
    given = {"content_type": JSON, "authorization": f"Bearer {token}"} | headers
    request = urllib.request.Request(address + path, body, {name.replace("_", "-"): v for name, v in given.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read()


def made(project: Path, trace_id: str) -> bool:
    return trace_id in traces.ids(opened(project).store, [trace_id])


TRACE = f"{1:032x}"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(spans_request(a_span(TRACE)), {}, 200, id="JSON"),
        pytest.param(b"", {"content_type": "application/x-protobuf"}, 200, id="empty protobuf"),
        pytest.param(spans_request(a_span(TRACE)), {"content_type": "application/json; charset=utf-8"}, 200, id="set"),
        pytest.param(gzip.compress(spans_request(a_span(TRACE))), {"content_encoding": "gzip"}, 200, id="gzip"),
        pytest.param(zlib.compress(spans_request(a_span(TRACE))), {"content_encoding": "deflate"}, 200, id="deflate"),
        pytest.param(b"{}", {"authorization": ""}, 401, id="no token"),
        pytest.param(b"{}", {"authorization": "Bearer ra_00_00"}, 401, id="wrong token"),
        pytest.param(b"{}", {"authorization": "Basic eDp5"}, 401, id="another scheme"),
        pytest.param(b"{}", {"content_type": "text/plain"}, 415, id="another type"),
        pytest.param(b"{}", {"content_encoding": "zstd"}, 415, id="another encoding"),
        pytest.param(b"{", {}, 400, id="no JSON"),
        pytest.param(b"\xff\xff", {"content_type": "application/x-protobuf"}, 400, id="no protobuf"),
        pytest.param(gzip.compress(bytes(200 * 1024**2)), {"content_encoding": "gzip"}, 413, id="bomb"),
    ],
)
def test_every_request_has_its_answer(served: Served, body: bytes, headers: dict[str, str], status: int) -> None:
    found, head, said = post(served, "/v1/traces", body, **headers)
    assert found == status
    if found == 415:
        return
    assert head["content-type"] == headers.get("content_type", JSON).split(";")[0]
    if head["content-type"] == JSON:
        assert (set(orjson.loads(said)) == {"code", "message"}) == (status != 200)


def test_a_body_that_is_too_long_is_cut_off(served: Served) -> None:
    answers = []
    # The answer may come, and the connection close, before all was sent.
    with suppress(OSError):
        answers.append(post(served, "/v1/traces", bytes(17 * 1024**2))[0])
    assert answers in ([413], [])
    assert post(served, "/v1/traces", spans_request())[0] == 200


def test_without_a_token_it_says_how_to_make_one(served: Served) -> None:
    _, head, said = post(served, "/v1/traces", b"{}", authorization="")
    assert "review-app token add" in orjson.loads(said)["message"]
    assert head["www-authenticate"] == "Bearer"


def test_a_token_written_as_in_a_url_is_read(served: Served) -> None:
    # LiteLLM passes OTEL_EXPORTER_OTLP_HEADERS on as it is written there.
    assert post(served, "/v1/traces", spans_request(), authorization=f"Bearer%20{served[2]}")[0] == 200


def test_a_revoked_token_is_refused_at_once(served: Served) -> None:
    token = actions.add_token(served[0], "short-lived")
    assert post(served, "/v1/traces", spans_request(), authorization=f"Bearer {token}")[0] == 200
    actions.revoke_token(served[0], "short-lived")
    assert post(served, "/v1/traces", spans_request(), authorization=f"Bearer {token}")[0] == 401


def test_what_was_not_taken_is_counted(served: Served) -> None:
    body = spans_request(a_span(f"{2:032x}"), a_span("no id"), a_span("no id either"))
    status, _, said = post(served, "/v1/traces", body)
    partial = orjson.loads(said)["partialSuccess"]
    assert (status, partial["rejectedSpans"]) == (200, "2")
    eventually(lambda: made(served[0], f"{2:032x}"))


def test_a_judges_answer_becomes_a_verdict(served: Served) -> None:
    name = f"{3:032x}"
    assert post(served, "/v1/logs", logs_request(an_evaluation("fail", name)))[0] == 200
    assert post(served, "/v1/traces", spans_request(a_span(name)))[0] == 200
    store = opened(served[0]).store
    eventually(lambda: [one.label for one in verdicts.of_trace(store, name)] == ["fail"])


def exporting(served: Served, compression: Compression = Compression.NoCompression) -> TracerProvider:
    """The SDK as a program sets it up, but for its queue: of 5,000 spans at once it would drop all beyond 2,048."""
    exporter = OTLPSpanExporter(
        f"{served[1]}/v1/traces", headers={"authorization": f"Bearer {served[2]}"}, compression=compression
    )
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=8192))
    return provider


@pytest.mark.parametrize("compression", list(Compression))
def test_the_opentelemetry_sdk(served: Served, compression: Compression) -> None:
    provider = exporting(served, compression)
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("invoke_agent returns") as root:
        root.set_attributes({"gen_ai.operation.name": "invoke_agent", "session.id": "s-1"})
        with tracer.start_as_current_span("chat aster-1") as chat:
            said = [{"role": "user", "parts": [{"type": "text", "content": "Is it late?"}]}]
            gave = [{"role": "assistant", "parts": [{"type": "text", "content": "No."}]}]
            chat.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.request.model": "aster-1",
                    "gen_ai.input.messages": orjson.dumps(said).decode(),
                    "gen_ai.output.messages": orjson.dumps(gave).decode(),
                }
            )
    provider.shutdown()
    name = f"{root.get_span_context().trace_id:032x}"
    eventually(lambda: made(served[0], name))
    found = traces.body(opened(served[0]).store, name)
    assert (found.output, found.model, found.session_id) == ("No.", "aster-1", "s-1")
    assert [message.text for message in found.messages] == ["Is it late?"]


OPENINFERENCE = """
import sys
from openinference.instrumentation import OITracer, TraceConfig, using_session
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = OITracer(provider.get_tracer("test"), config=TraceConfig())

@tracer.tool
def find_order(order: str) -> str:
    return "shipped"

@tracer.chain
def answer(question: str) -> str:
    with tracer.start_as_current_span("ask", openinference_span_kind="llm") as span:
        span.set_attributes({"llm.model_name": "aster-1",
            "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": question,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": find_order("A-17")})
    return "It is " + find_order("A-17")

with using_session("s-oi"):
    answer("Where is it?")
provider.shutdown()
"""
MLFLOW = """
import mlflow

@mlflow.trace(span_type="TOOL")
def find_order(order):
    return "shipped"

@mlflow.trace(span_type="CHAIN")
def answer(question):
    return "It is " + find_order("A-17")

answer("Where is it?")
mlflow.flush_trace_async_logging()
"""


@pytest.mark.parametrize(
    ("needed", "script"),
    [pytest.param("openinference.instrumentation", OPENINFERENCE, id="openinference"),
     pytest.param("mlflow", MLFLOW, id="mlflow")],
)  # fmt: skip
def test_instrumentation_that_people_use(tmp_path: Path, needed: str, script: str) -> None:
    # Asked for in a process of its own: MLflow warns of many things when it is imported.
    if subprocess.run([sys.executable, "-c", f"import {needed}"], capture_output=True, check=False).returncode:
        pytest.skip(f"{needed} is not installed")
    project, token = make_project(tmp_path)
    with serving(project) as address:
        surroundings = {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{address}/v1/traces",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{token}",
            "OTEL_SERVICE_NAME": "test",
        }
        subprocess.run([sys.executable, "-c", script], env=os.environ | surroundings, cwd=tmp_path, check=True)
        store = opened(project).store
        eventually(lambda: len(traces.frame(store)) == 1)
        found = traces.body(store, traces.frame(store)["trace_id"][0])
    assert found.output == "It is shipped"
    assert "Where is it?" in found.messages[0].text
    assert {call.name for call in found.tool_calls} == {"find_order"}


OPENAI = """
import sys
import openai
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

model, receiver, token = sys.argv[1:]
exporter = OTLPSpanExporter(receiver, headers={"authorization": "Bearer " + token})
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(exporter))
OpenAIInstrumentor().instrument(tracer_provider=provider)
client = openai.OpenAI(base_url=model, api_key="none", max_retries=0)
client.chat.completions.create(model="aster-1", messages=[{"role": "user", "content": "Where is it?"}])
provider.shutdown()
"""


def test_a_call_of_openais_library_that_openinference_watches(served: Served) -> None:
    project, address, token = served
    before = set(traces.frame(opened(project).store)["trace_id"])
    with OpenAIServer(reply=lambda asked: completion(asked, "It is shipped.")) as model:
        peers.run(OPENAI, model.base_url, f"{address}/v1/traces", token)
    eventually(lambda: len(set(traces.frame(opened(project).store)["trace_id"]) - before) == 1)
    (name,) = set(traces.frame(opened(project).store)["trace_id"]) - before
    found = traces.body(opened(project).store, name)
    assert (found.model, found.output) == ("aster-1", "It is shipped.")
    assert [message.text for message in found.messages] == ["Where is it?"]


def stored_spans(project: Path) -> int:
    return int(opened(project).store.rows("SELECT count(*) AS n FROM received_span")[0]["n"])


def test_nothing_is_lost_while_the_store_is_locked_for_ten_seconds(tmp_path: Path) -> None:
    project, token = make_project(tmp_path)
    with serving(project) as address:
        provider = exporting((project, address, token))
        tracer = provider.get_tracer("test")
        lock = sqlite3.connect(project / "review.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        until = time.monotonic() + 10
        for _ in range(5_000):
            tracer.start_span("step").end()
        time.sleep(until - time.monotonic())
        assert stored_spans(project) == 0
        lock.execute("ROLLBACK")
        lock.close()
        provider.shutdown()
        eventually(lambda: stored_spans(project) == 5_000, 30)
        eventually(lambda: len(traces.frame(opened(project).store)) == 5_000, 60)


@contextmanager
def started(project: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """(address, process) of a server whose end the test brings about; it is gone afterwards, whatever happened."""
    port = free_port()
    command = [sys.executable, "-m", "review_app.server", str(project), "127.0.0.1", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    project, token = make_project(tmp_path)
    (project / "project.yaml").write_text("name: test\nsettle_seconds: 3\n")
    with started(project) as (address, process):
        assert post((project, address, token), "/v1/traces", spans_request(a_span(TRACE)))[0] == 200
        process.kill()
    assert not made(project, TRACE)
    with serving(project):
        eventually(lambda: made(project, TRACE))


def test_no_text_of_a_span_reaches_the_log(tmp_path: Path) -> None:
    project, token = make_project(tmp_path)
    secret = "the-text-of-a-customer"
    with started(project) as (address, process):
        served = project, address, token
        post(served, "/v1/traces", spans_request(a_span(TRACE, input__messages=secret), a_span(secret)))
        post(served, "/v1/traces", f'{{"{secret}": '.encode())
        post(served, "/v1/traces", b"{}", authorization=f"Bearer {secret}")
        eventually(lambda: made(project, TRACE))
        process.terminate()
        said = process.communicate(timeout=20)[0]
    assert b"ready" in said
    assert secret.encode() not in said
    assert token.encode() not in said


def test_a_broken_store_is_told_as_try_again(tmp_path: Path) -> None:
    project, token = make_project(tmp_path)
    with serving(project) as address:
        store = Store(project / "review.db")
        with store.write() as write:
            write.run("DROP TABLE received_trace")
        status, head, _ = post((project, address, token), "/v1/traces", spans_request(a_span()))
        store.close()
    assert (status, head["retry-after"]) == (503, "1")


def test_a_secret_in_a_span_never_reaches_the_disk(tmp_path: Path) -> None:
    project, token = make_project(tmp_path)
    secret = "sk-" + "proj-" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9b"
    chat = f'[{{"role": "user", "parts": [{{"type": "text", "content": "my key is {secret}"}}]}}]'
    with serving(project) as address:
        served = project, address, token
        assert post(served, "/v1/traces", spans_request(a_span(TRACE, input__messages=chat)))[0] == 200
        answer = an_evaluation(trace_id=TRACE, evaluation__explanation=f"it leaks {secret}")
        assert post(served, "/v1/logs", logs_request(answer))[0] == 200
        eventually(lambda: made(project, TRACE))
        eventually(lambda: len(verdicts.of_trace(opened(project).store, TRACE)) == 1)
        stored = traces.body(opened(project).store, TRACE)
        everything = b"".join(file.read_bytes() for file in project.rglob("*") if file.is_file())
    assert secret.encode() not in everything
    assert stored.messages[0].text == "my key is <API_KEY_1>"
    # The judge's words and the trace name the same thing alike.
    assert verdicts.of_trace(opened(project).store, TRACE)[0].rationale == "it leaks <API_KEY_1>"


@pytest.fixture(scope="module")
def teller(served: Served) -> Served:
    """The server, with a token for feedback."""
    return served[0], served[1], actions.add_token(served[0], "front-end", "feedback")


def tell(teller: Served, body: object, **headers: str) -> tuple[int, dict[str, Any]]:
    said = body if isinstance(body, bytes) else orjson.dumps(body)
    status, _, answer = post(teller, "/v1/feedback", said, **headers)
    return status, orjson.loads(answer)


def test_feedback_is_attached_once(served: Served, teller: Served) -> None:
    name = f"{7:032x}"
    assert post(served, "/v1/traces", spans_request(a_span(name)))[0] == 200
    eventually(lambda: made(served[0], name))
    said = {"trace_id": name, "rating": -1, "comment": "wrong"}
    assert tell(teller, said) == (200, {"stored": 1, "same": 0, "waiting": 0, "rejected": []})
    assert tell(teller, {"feedback": [said]}) == (200, {"stored": 0, "same": 1, "waiting": 0, "rejected": []})
    found = traces.body(opened(served[0]).store, name).user_feedback
    assert found is not None
    assert (found.rating, found.comment) == (-1, "wrong")


def test_feedback_may_be_quicker_than_its_trace(served: Served, teller: Served) -> None:
    name = f"{8:032x}"
    assert tell(teller, {"trace_id": name, "rating": 1})[1]["waiting"] == 1
    assert post(served, "/v1/traces", spans_request(a_span(name)))[0] == 200
    eventually(lambda: made(served[0], name))
    eventually(lambda: traces.body(opened(served[0]).store, name).user_feedback is not None)


def test_bad_feedback_beside_good_is_counted_and_says_why(served: Served, teller: Served) -> None:
    status, said = tell(teller, {"feedback": [{"trace_id": "x", "rating": 1}, {"trace_id": "x", "stars": 5}]})
    assert (status, said["waiting"], len(said["rejected"])) == (200, 1, 1)
    assert (said["rejected"][0]["index"], said["rejected"][0]["where"]) == (1, "stars")
    assert set(said["rejected"][0]) == {"index", "what", "where", "do"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b"{", {}, 400, id="no JSON"),
        pytest.param(b"[]", {}, 400, id="no object"),
        pytest.param({"feedback": []}, {}, 400, id="empty"),
        pytest.param({"feedback": [{"trace_id": "x"}] * 501}, {}, 413, id="too many"),
        pytest.param({"trace_id": "x", "rating": 7}, {}, 422, id="nothing good in it"),
        pytest.param({"trace_id": "x", "rating": 1}, {"content_type": "text/plain"}, 415, id="another type"),
        pytest.param({"trace_id": "x", "rating": 1}, {"authorization": ""}, 401, id="no token"),
        pytest.param(gzip.compress(bytes(200 * 1024**2)), {"content_encoding": "gzip"}, 413, id="bomb"),
    ],
)
def test_feedback_that_is_refused(teller: Served, body: object, headers: dict[str, str], status: int) -> None:
    found, said = tell(teller, body, **headers)
    assert found == status
    if status != 422:
        assert set(said["error"]) == {"what", "where", "do"}


def test_a_token_is_good_for_its_own_scope_only(served: Served, teller: Served) -> None:
    assert tell(served, {"trace_id": "x", "rating": 1})[0] == 401
    assert post(teller, "/v1/traces", spans_request())[0] == 401


def test_feedback_waits_politely_for_a_locked_store(tmp_path: Path) -> None:
    project, _ = make_project(tmp_path)
    teller = actions.add_token(project, "front-end", "feedback")
    with serving(project) as address:
        lock = sqlite3.connect(project / "review.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        status, said = tell((project, address, teller), {"trace_id": "x", "rating": 1})
        lock.execute("ROLLBACK")
        lock.close()
        assert (status, set(said["error"])) == (503, {"what", "where", "do"})
        eventually(lambda: tell((project, address, teller), {"trace_id": "x", "rating": 1})[0] == 200)
