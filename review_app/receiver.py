"""What programs send to the port of the pages: OTLP spans and log records, of which traces are made once they have
settled, and what users said of them.

The event loop belongs to the people at the desk, so it only moves bytes here: unpacking, decoding and storing happen in
threads. A request is answered with 200 when it is on disk. A store that is busy is 503 with Retry-After, which every
exporter repeats; never 429 or 500, which some of them drop. Nothing of a span is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from review_app.actions.feedback import Taken, attach_waiting, take_feedback
from review_app.actions.joining import prune_spans
from review_app.actions.joining_apart import Joiner
from review_app.actions.receiving import SpanWriter
from review_app.actions.redacting import Redacting
from review_app.actions.tokens import holder
from review_app.actions.workspace import opened
from review_app.errors import BadInput
from review_app.store.spans import placeholder_key
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
from review_app.traces.received import ReceivedRecord
from review_app.traces.trace import Json

PATIENCE = 2.0
"""Seconds a request waits for the store. Exporters give up after 10 s of waiting for an answer, and lose the batch."""
BODY_SECONDS = 30.0
"""How long a body may take to come in."""
MOST_REQUESTS = 8
"""Requests being read and decoded at once; a bound on memory together with the largest body."""
MOST_FEEDBACK = 500
"""What users said, in one request."""
LOOK_EVERY = 1.0
"""Seconds between two looks for traces that have settled."""
LOOKS_BETWEEN = 30
"""Looks between two for feedback whose trace another process brought in."""
PRUNE_EVERY = 600
"""Looks between two deletions of spans that are old enough."""

_RETRY = {"retry-after": "1"}
_NO_TOKEN = (
    "a good token is needed: make one with `review-app token add NAME --scope {scope}` and send it in the header "
    "`Authorization: Bearer TOKEN`"
)
_REMEDY = {
    400: 'Send {"trace_id": ..., "rating": ..., "comment": ..., "correction": ...}, or several as {"feedback": [...]}.',
    401: "Use a token that is good for feedback.",
    408: "Send it again, in smaller pieces.",
    413: "Send it in smaller pieces.",
    415: "Send JSON, plain, gzip or deflate.",
    503: "Send it again: what was stored already is not stored twice.",
}
_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class Receiver:
    """The receiver of one project. `start` it before the first request, `stop` it after the last."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="receiver")
        # One, of its own: a store that is locked must not keep the others from answering.
        self._teller = ThreadPoolExecutor(1, thread_name_prefix="feedback")
        self._stopping = threading.Event()
        self._joiner = Joiner(project)
        self._requests = 0
        self._telling = threading.Semaphore(MOST_REQUESTS)
        self._writer: SpanWriter | None = None

    def routes(self) -> list[Route]:
        """POST /v1/traces, /v1/logs and /v1/feedback; any other method is 405."""
        others = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]
        return [
            *(Route(f"/v1/{signal}", self._endpoint(signal), methods=["POST"]) for signal in ("traces", "logs")),
            Route("/v1/feedback", self._feedback, methods=["POST"]),
            *(Route(f"/v1/{name}", _post_only, methods=others) for name in ("traces", "logs", "feedback")),
        ]

    def start(self) -> None:
        """Begin to write, and to join what has settled."""
        self._writer = SpanWriter(lambda: opened(self._project).store)
        threading.Thread(target=self._join, name="span-joiner", daemon=True).start()

    def stop(self) -> None:
        """Write what is there, and end the threads. What has not settled yet is joined after the next start."""
        self._stopping.set()
        self._joiner.stop()
        if self._writer:
            self._writer.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._teller.shutdown(wait=False, cancel_futures=True)

    def _endpoint(self, signal: Signal) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            named = _type_of(request)
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

    async def _feedback(self, request: Request) -> Response:
        try:
            taken = await self._told(request)
        except Refused as fault:
            return _said_no(fault.status, {"what": fault.message, "where": "/v1/feedback", "do": _REMEDY[fault.status]})
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as fault:  # noqa: BLE001  said again, it is stored once
            _log.warning("a request to /v1/feedback failed: %s", type(fault).__name__)
            return _said_no(503, {"what": "it could not be stored", "where": "/v1/feedback", "do": _REMEDY[503]})
        counts = {"stored": taken.stored, "same": taken.same, "waiting": taken.waiting}
        refused = [
            {"index": place, "what": fault.message, "where": fault.where, "do": fault.do}
            for place, fault in taken.refused
        ]
        status = 200 if any(counts.values()) else 422
        return Response(orjson.dumps(counts | {"rejected": refused}), status, media_type=JSON)

    async def _told(self, request: Request) -> Taken:
        """Everything up to the commit. Raises Refused."""
        await self._check_token(request, "feedback")
        if _type_of(request) != JSON:
            raise Refused(415, f"Content-Type must be {JSON}")
        async with self._one_of_few():
            wire = await _body(request)
            encoding = request.headers.get("content-encoding", "").strip().lower()
            items = await self._in_thread(lambda: _items(inflated(wire, encoding)))
            if not self._telling.acquire(blocking=False):
                raise Refused(503, "the store is busy, try again")
            done = self._teller.submit(take_feedback, self._project, items, datetime.now(UTC))
            done.add_done_callback(lambda _: self._telling.release())
            if not await _within(PATIENCE, done):
                raise Refused(503, "the store is busy, try again")
        return done.result()

    async def _taken(self, request: Request, kind: str, signal: Signal) -> Decoded:
        """Everything up to the commit. Raises Refused."""
        await self._check_token(request, "ingest")
        if kind not in (PROTOBUF, JSON):
            raise Refused(415, f"Content-Type must be {PROTOBUF} or {JSON}")
        async with self._one_of_few():
            wire = await _body(request)
            encoding = request.headers.get("content-encoding", "").strip().lower()
            digest, found, clean = await self._in_thread(lambda: self._decode(wire, encoding, kind, signal))
        if clean:
            await self._stored(digest, clean)
        return found

    def _decode(
        self, wire: bytes, encoding: str, kind: str, signal: Signal
    ) -> tuple[bytes, Decoded, list[ReceivedRecord]]:
        """(what tells this request from others, what came, and its records as they may be stored)."""
        body = inflated(wire, encoding)
        try:
            found = decoded(body, kind, signal)
        except BadInput as fault:
            raise Refused(415, f"{fault.message} {fault.do}") from fault
        workspace = opened(self._project)
        redacting = Redacting(workspace.settings.project.redaction)
        clean = redacting.records(found.records, placeholder_key(workspace.store))
        return sha256(signal.encode() + body).digest(), found, clean

    @asynccontextmanager
    async def _one_of_few(self) -> AsyncIterator[None]:
        if self._requests >= MOST_REQUESTS:
            raise Refused(503, "too many requests at once, try again")
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    async def _check_token(self, request: Request, scope: str) -> None:
        scheme, _, token = unquote(request.headers.get("authorization", "")).partition(" ")
        if scheme.lower() != "bearer" or not await self._in_thread(
            lambda: holder(opened(self._project).store, token.strip(), scope)
        ):
            raise Refused(401, _NO_TOKEN.format(scope=scope))

    async def _stored(self, digest: bytes, records: Sequence[ReceivedRecord]) -> None:
        assert self._writer, "the receiver was not started"
        done = self._writer.offer(digest, records)
        if done is None or not await _within(PATIENCE, done):
            raise Refused(503, "the store is busy, try again")

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _join(self) -> None:
        for look in count():
            if self._stopping.wait(LOOK_EVERY):
                return
            try:
                now = datetime.now(UTC)
                if self._joiner.look(now) or look % LOOKS_BETWEEN == 0:
                    attach_waiting(self._project, now)
                if look % PRUNE_EVERY == 0:
                    prune_spans(self._project, now)
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


def _items(body: bytes) -> list[Json]:
    """What users said: one object, or {"feedback": [objects]}. Raises Refused."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise Refused(400, f"the body is no JSON: {fault}") from fault
    items = said.get("feedback", [said]) if isinstance(said, dict) else None
    if not isinstance(items, list) or not items:
        raise Refused(400, "the body is neither an object nor a list of them as `feedback`")
    if len(items) > MOST_FEEDBACK:
        raise Refused(413, f"{len(items)} are more than {MOST_FEEDBACK}")
    return items


def _said_no(status: int, error: dict[str, str]) -> Response:
    headers = {503: _RETRY, 401: {"www-authenticate": "Bearer"}}.get(status)
    return Response(orjson.dumps({"error": error}), status, headers, JSON)


def _type_of(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def _within(seconds: float, done: Future[Any]) -> bool:
    """Whether it is done in time; raises what it failed with. It is not given up: the writer goes on with it."""
    waiting = asyncio.wrap_future(done)
    waiting.add_done_callback(lambda future: future.cancelled() or future.exception())
    finished, _ = await asyncio.wait({waiting}, timeout=seconds)
    if finished:
        waiting.result()
    return bool(finished)
