"""OTLP/HTTP on the port of the pages: spans and log records in, traces out once they have settled.

The event loop belongs to the people at the desk, so it only moves bytes here: unpacking, decoding and storing happen in
threads. A request is answered with 200 when it is on disk. A store that is busy is 503 with Retry-After, which every
exporter repeats; never 429 or 500, which some of them drop. Nothing of a span is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from review_app.actions.joining import join_settled
from review_app.actions.receiving import SpanWriter
from review_app.actions.tokens import holder
from review_app.actions.workspace import opened
from review_app.errors import BadInput
from review_app.traces.otlp_request import (
    JSON,
    MOST_WIRE,
    PROTOBUF,
    Decoded,
    Refused,
    Signal,
    decoded,
    inflated,
    refusal,
    success,
)

PATIENCE = 2.0
"""Seconds a request waits for the store. Exporters give up after 10 s of waiting for an answer, and lose the batch."""
BODY_SECONDS = 30.0
"""How long a body may take to come in."""
MOST_REQUESTS = 8
"""Requests being read and decoded at once; a bound on memory together with the largest body."""
LOOK_EVERY = 1.0
"""Seconds between two looks for traces that have settled."""

_RETRY = {"retry-after": "1"}
_NO_TOKEN = (
    "a good token is needed: make one with `review-app token add NAME --scope ingest` and send it in the header "
    "`Authorization: Bearer TOKEN`"
)
_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class Receiver:
    """The receiver of one project. `start` it before the first request, `stop` it after the last."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="receiver")
        self._stopping = threading.Event()
        self._requests = 0
        self._writer: SpanWriter | None = None

    def routes(self) -> list[Route]:
        """POST /v1/traces and /v1/logs; any other method is 405."""
        others = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
        return [
            *(Route(f"/v1/{signal}", self._endpoint(signal), methods=["POST"]) for signal in ("traces", "logs")),
            *(Route(f"/v1/{signal}", _post_only, methods=others) for signal in ("traces", "logs")),
        ]

    def start(self) -> None:
        """Begin to write, and to join what has settled."""
        self._writer = SpanWriter(lambda: opened(self._project).store)
        threading.Thread(target=self._join, name="span-joiner", daemon=True).start()

    def stop(self) -> None:
        """Write what is there, and end the threads. What has not settled yet is joined after the next start."""
        self._stopping.set()
        if self._writer:
            self._writer.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _endpoint(self, signal: Signal) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            named = request.headers.get("content-type", "").split(";")[0].strip().lower()
            kind = named if named in (PROTOBUF, JSON) else JSON
            try:
                done = await self._taken(request, named, signal)
            except Refused as fault:
                headers = {503: _RETRY, 401: {"www-authenticate": "Bearer"}}.get(fault.status)
                return Response(refusal(kind, fault.status, fault.message), fault.status, headers, kind)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody is there to read it
            except Exception as fault:  # noqa: BLE001  a 500 is dropped by exporters, and the batch with it
                _log.warning("a request to /v1/%s failed: %s", signal, type(fault).__name__)
                return Response(refusal(kind, 503, "the request could not be stored, try again"), 503, _RETRY, kind)
            return Response(success(kind, signal, done.rejected, done.reason), 200, media_type=kind)

        return answer

    async def _taken(self, request: Request, kind: str, signal: Signal) -> Decoded:
        """Everything up to the commit. Raises Refused."""
        await self._check_token(request)
        if kind not in (PROTOBUF, JSON):
            raise Refused(415, f"Content-Type must be {PROTOBUF} or {JSON}")
        if self._requests >= MOST_REQUESTS:
            raise Refused(503, "too many requests at once, try again")
        self._requests += 1
        try:
            wire = await _body(request)
            encoding = request.headers.get("content-encoding", "").strip().lower()
            digest, found = await self._in_thread(lambda: _decode(wire, encoding, kind, signal))
        finally:
            self._requests -= 1
        if found.records:
            await self._stored(digest, found)
        return found

    async def _check_token(self, request: Request) -> None:
        scheme, _, token = unquote(request.headers.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not await self._in_thread(
            lambda: holder(opened(self._project).store, token.strip(), "ingest")
        ):
            raise Refused(401, _NO_TOKEN)

    async def _stored(self, digest: bytes, found: Decoded) -> None:
        assert self._writer, "the receiver was not started"
        done = self._writer.offer(digest, found.records)
        if done is None or not await _within(PATIENCE, done):
            raise Refused(503, "the store is busy, try again")

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _join(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            try:
                join_settled(self._project, datetime.now(UTC))
            except Exception as fault:  # noqa: BLE001  the spans are on disk, and the next look finds them again
                _log.warning("joining spans failed, trying again: %s", type(fault).__name__)


async def _post_only(_: Request) -> Response:
    return Response(refusal(JSON, 405, "this address answers POST only"), 405, {"allow": "POST"}, JSON)


async def _body(request: Request) -> bytes:
    """The body as it came over the wire. Raises Refused where it is too long (413) or too slow (408)."""
    wire = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                wire += chunk
                if len(wire) > MOST_WIRE:
                    raise Refused(413, f"the body is longer than {MOST_WIRE} bytes; send smaller batches")
    except TimeoutError as fault:
        raise Refused(408, f"the body did not come within {BODY_SECONDS:.0f} s") from fault
    return bytes(wire)


def _decode(wire: bytes, encoding: str, kind: str, signal: Signal) -> tuple[bytes, Decoded]:
    """(what tells this request from others, its records)."""
    body = inflated(wire, encoding)
    try:
        return sha256(signal.encode() + body).digest(), decoded(body, kind, signal)
    except BadInput as fault:
        raise Refused(415, f"{fault.message} {fault.do}") from fault


async def _within(seconds: float, done: Future[None]) -> bool:
    """Whether it is done in time; raises what it failed with. It is not given up: the writer goes on with it."""
    waiting = asyncio.wrap_future(done)
    waiting.add_done_callback(lambda future: future.cancelled() or future.exception())
    finished, _ = await asyncio.wait({waiting}, timeout=seconds)
    if finished:
        waiting.result()
    return bool(finished)
