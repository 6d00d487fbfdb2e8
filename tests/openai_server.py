"""A real local HTTP server that speaks the OpenAI protocol: chat completions, files and batches, and every way to fail.

    with OpenAIServer(reply=says({"label": "pass"})) as server:
        litellm.completion("openai/any", messages, api_base=server.base_url, api_key="key")
    assert server.requests[0].body["model"] == "any"

`reply` gets the request as a dict and returns a completion (`completion(request, text)` makes one) or a Fault. It can
be replaced while the server runs. It is called in the server's thread, so it must not wait: use `Fault(delay=...)`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
_ERRORS = {400: "invalid_request_error", 401: "invalid_api_key", 429: "rate_limit_error", 500: "server_error"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one request. status: of the HTTP answer; with 200, `raw` is sent as its body.
    retry_after, location: headers. delay: seconds before anything is sent. drop: close the connection instead; with
    `raw`, after half of it was sent. then: what is answered after the delay, where only the delay is wanted."""

    status: int = 200
    message: str = "scripted fault"
    retry_after: float | None = None
    location: str | None = None
    delay: float = 0.0
    drop: bool = False
    raw: str = ""
    then: Json | None = None


@dataclass(kw_only=True)
class Request:
    """One request as it came. body: its JSON, or {} for another kind. answered: the client was there to the end."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Json
    answered: bool = False


Reply = Callable[[Json], Json | Fault]


def completion(
    request: Json,
    content: str | Json | None,
    *,
    logprobs: Sequence[Mapping[str, float]] | None = None,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: tuple[int, int] = (120, 12),
) -> Json:
    """A chat completion. content: its text; a dict is written as JSON. logprobs: for each token the candidates with
    their probability, the one that was sent first. usage: prompt and completion tokens."""
    text = json.dumps(content) if isinstance(content, dict) else content
    message = {"role": "assistant", "content": text, "refusal": refusal}
    choice: Json = {"index": 0, "finish_reason": finish_reason, "message": message, "logprobs": None}
    if logprobs is not None:
        choice["logprobs"] = {"content": [_token(candidates) for candidates in logprobs], "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": request.get("model", ""),
        "choices": [choice],
        "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
    }


def says(content: str | Json) -> Reply:
    """Always this answer."""
    return lambda request: completion(request, content)


def one_after_the_other(*answers: str | Json | Fault) -> Reply:
    """These answers in turn, the last one for ever."""
    turn = itertools.count()
    return lambda request: _as_reply(request, answers[min(next(turn), len(answers) - 1)])


def _as_reply(request: Json, answer: str | Json | Fault) -> Json | Fault:
    return answer if isinstance(answer, Fault) else completion(request, answer)


def _token(candidates: Mapping[str, float]) -> Json:
    listed = [
        {"token": token, "logprob": math.log(p), "bytes": list(token.encode())} for token, p in candidates.items()
    ]
    return listed[0] | {"top_logprobs": listed}


@dataclass(kw_only=True)
class OpenAIServer:
    """A context manager. reply: see above. latency: seconds before each answer. polls: how often a batch says
    `in_progress` before it is done. requests: what came, in order."""

    reply: Reply = field(default_factory=lambda: says({"label": "pass"}))
    latency: float = 0.0
    polls: int = 0
    host: str = "127.0.0.1"
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> OpenAIServer:
        self._files: dict[str, bytes] = {}
        self._batches: dict[str, Json] = {}
        self._number = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    @property
    def base_url(self) -> str:
        """What a client is given as its `api_base`."""
        return f"http://{self.host}:{self.port}/v1"

    @property
    def chats(self) -> list[Request]:
        """The chat completions among the requests."""
        return [request for request in list(self.requests) if request.path.endswith("/chat/completions")]

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connection, self.host, 0, backlog=1024)
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while (request := await _read(reader)) is not None and await self._respond(*request, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _respond(
        self, request: Request, raw: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; whether the connection stays open."""
        self.requests.append(request)
        answer = self._answer(request, raw)
        delay = self.latency if request.path.endswith("/chat/completions") else 0.0
        if isinstance(answer, Fault):
            delay += answer.delay
        if delay:
            await asyncio.sleep(delay)
        if reader.at_eof():  # the client went away while it waited
            return False
        head, body, stays = _bytes(answer)
        writer.write(head + body)
        await writer.drain()
        request.answered = stays
        return stays

    def _answer(self, request: Request, raw: bytes) -> Json | Fault | bytes:
        method, path = request.method, request.path.removeprefix("/v1")
        if path == "/chat/completions":
            return self.reply(request.body)
        if path == "/files" and method == "POST":
            return self._keep(_uploaded(raw))
        if found := re.fullmatch(r"/files/([^/]+)/content", path):
            return self._files[found[1]]
        if path == "/batches" and method == "POST":
            return self._new_batch(request.body)
        if found := re.fullmatch(r"/batches/([^/]+)", path):
            return self._poll(found[1])
        return Fault(status=404, message=f"no {method} {path} here")

    def _keep(self, content: bytes) -> Json:
        name = f"file-{next(self._number)}"
        self._files[name] = content
        about = {"id": name, "object": "file", "bytes": len(content), "created_at": 1, "filename": "batch.jsonl"}
        return about | {"purpose": "batch", "status": "processed"}

    def _new_batch(self, body: Json) -> Json:
        name = f"batch_{next(self._number)}"
        batch = {"id": name, "object": "batch", "endpoint": body["endpoint"], "completion_window": "24h"}
        batch |= {"input_file_id": body["input_file_id"], "created_at": 1, "status": "in_progress", "left": self.polls}
        self._batches[name] = batch
        return {key: value for key, value in batch.items() if key != "left"}

    def _poll(self, name: str) -> Json:
        batch = self._batches[name]
        if batch["status"] == "in_progress" and batch["left"] <= 0:
            self._finish(batch)
        batch["left"] -= 1
        return {key: value for key, value in batch.items() if key != "left"}

    def _finish(self, batch: Json) -> None:
        """Answers in the reverse order, faults in a file of their own: a batch promises no order and no success."""
        good, bad = [], []
        lines = [json.loads(line) for line in self._files[batch["input_file_id"]].splitlines() if line.strip()]
        for line in reversed(lines):
            answer = self.reply(line["body"])
            entry: Json = {"id": f"line-{next(self._number)}", "custom_id": line["custom_id"], "error": None}
            if isinstance(answer, Fault) and answer.drop:  # as if the line were never answered at all
                continue
            if isinstance(answer, Fault):
                entry["response"] = {"status_code": answer.status, "request_id": "r", "body": _error(answer)}
                bad.append(entry)
            else:
                entry["response"] = {"status_code": 200, "request_id": "r", "body": answer}
                good.append(entry)
        counts = {"total": len(lines), "completed": len(good), "failed": len(bad)}
        batch |= {"status": "completed", "output_file_id": self._lines(good), "request_counts": counts}
        batch["error_file_id"] = self._lines(bad)

    def _lines(self, entries: list[Json]) -> str | None:
        content = "".join(json.dumps(entry) + "\n" for entry in entries)
        return str(self._keep(content.encode())["id"]) if entries else None


def _error(fault: Fault) -> Json:
    return {"error": {"message": fault.message, "type": _ERRORS.get(fault.status, "error"), "code": None}}


def _bytes(answer: Json | Fault | bytes) -> tuple[bytes, bytes, bool]:
    """Head, body, and whether the connection stays open."""
    status, extra, stays = 200, "", True
    if isinstance(answer, Fault):
        stays, status = not answer.drop, answer.status
        if answer.retry_after is not None:
            extra += f"retry-after: {answer.retry_after:g}\r\n"
        if answer.location is not None:
            extra += f"location: {answer.location}\r\n"
        if answer.drop and not answer.raw:
            return b"", b"", False
    body = _body(answer)
    head = f"HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{extra}\r\n"
    return head.encode(), body if stays else body[: len(body) // 2], stays


def _body(answer: Json | Fault | bytes) -> bytes:
    if isinstance(answer, bytes):
        return answer
    if not isinstance(answer, Fault):
        return json.dumps(answer).encode()
    if answer.raw:
        return answer.raw.encode()
    return json.dumps(answer.then if answer.then is not None else _error(answer)).encode()


async def _read(reader: asyncio.StreamReader) -> tuple[Request, bytes] | None:
    """The next request of a connection and its body; None at its end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        raw = await _chunked(reader)
    else:
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
    is_json = "json" in headers.get("content-type", "") and raw
    return Request(method=method, path=path, headers=headers, body=json.loads(raw) if is_json else {}), raw


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    parts = b""
    while size := int(await reader.readline(), 16):
        parts += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return parts


def _uploaded(raw: bytes) -> bytes:
    """The file in a multipart form."""
    boundary = raw.split(b"\r\n", 1)[0]
    for part in raw.split(boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if b"filename=" in head:
            return content.removesuffix(b"\r\n")
    return b""
