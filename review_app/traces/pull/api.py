"""Asking an HTTP API for JSON: not faster than told to, again when it is busy, and never anybody but the named host."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import import_module
from ipaddress import ip_address
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from review_app import __version__
from review_app.errors import BadInput, WrongUsage
from review_app.traces.pull.keys import Access
from review_app.traces.trace import Json

LARGEST = 64 * 1024 * 1024
"""Bytes of an answer, unpacked."""
MOST_TRIES = 8
LONGEST_WAIT = 600.0
"""Seconds; a server that asks for more is asked again in another run."""

_BUSY = (429, 502, 503, 504)
_TIMEOUT = 60.0  # seconds without a byte
Params = Sequence[tuple[str, str | int]]


class NotThere(BadInput):
    """The server has nothing at this path."""


class Api:
    """One server, asked with one key. Use it in a `with`."""

    def __init__(
        self,
        access: Access,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """rate: requests per second, at most. Raises WrongUsage where the extra `pull` is not installed."""
        self._access, self._every, self._clock, self._sleep = access, 1 / rate, clock, sleep
        self._next = clock()
        self._httpx = _httpx()
        self._client = self._httpx.Client(
            headers={**access.header, "accept": "application/json", "user-agent": f"review-app/{__version__}"},
            timeout=_TIMEOUT,
            # A redirect would take the key along, or the answer from who knows where.
            follow_redirects=False,
            trust_env=not _is_loopback(access.base),
        )
        self.requests = 0

    def __enter__(self) -> Api:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def get(self, path: str, params: Params = ()) -> Json:
        """The JSON at a path. Raises NotThere for 404, BadInput and WrongUsage for what asking again does not mend."""
        return self._ask("GET", path, {"params": list(params)})

    def post(self, path: str, body: Mapping[str, Json]) -> Json:
        """What a search answers."""
        return self._ask("POST", path, {"json": dict(body)})

    def _ask(self, method: str, path: str, given: Mapping[str, Any]) -> Json:
        for tried in range(1, MOST_TRIES + 1):
            self._wait_for_turn()
            try:
                status, headers, body = self._once(method, path, given)
            except self._httpx.RequestError as fault:
                # Its words may quote what the server sent; its kind says enough.
                status, headers, body = 0, {}, type(fault).__name__.encode()
            if status and status not in _BUSY:
                return self._read(path, status, headers, body)
            if tried < MOST_TRIES:
                self._sleep(self._pause(headers, tried, path))
        why = f"answered {status}" if status else f"could not be asked ({body.decode()})"
        raise BadInput(
            f"The server {why}, {MOST_TRIES} times in a row.",
            where=self._access.base + path,
            do="Look whether it is up, and run the same again: it goes on where it stopped.",
        )

    def _once(self, method: str, path: str, given: Mapping[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        self.requests += 1
        body = bytearray()
        with self._client.stream(method, self._access.base + path, **given) as answer:
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise BadInput(
                        f"An answer is longer than {LARGEST // 1024**2} MiB.", where=path, do="Ask for smaller pages."
                    )
            return answer.status_code, answer.headers, bytes(body)

    def _read(self, path: str, status: int, headers: Mapping[str, str], body: bytes) -> Json:
        where = self._access.base + path
        if status == 200:
            with suppress(ValueError):
                return from_json(body)
            raise BadInput("The answer is no JSON.", where=where, do="Look whether this is the address of the API.")
        if status in (401, 403):
            asked = self._access.asked
            raise WrongUsage(f"The server refused the key ({status}).", where=where, do=f"Look at {asked}.")
        if 300 <= status < 400:
            elsewhere = urlsplit(headers.get("location", ""))
            named = f"{elsewhere.scheme}://{elsewhere.netloc}" if elsewhere.netloc else "another path"
            raise BadInput(
                f"The server points to {named}, and a key goes to the named address only.",
                where=where,
                do="Give that address, if you trust it.",
            )
        if status == 404:
            raise NotThere("The server has nothing there (404).", where=where, do="Look at the address and the name.")
        raise BadInput(f"The server answered {status}.", where=where, do="Look at its log, and at its version.")

    def _wait_for_turn(self) -> None:
        if (wait := self._next - self._clock()) > 0:
            self._sleep(wait)
        self._next = max(self._next, self._clock()) + self._every

    def _pause(self, headers: Mapping[str, str], tried: int, path: str) -> float:
        """Seconds until it may be asked again."""
        asked = _seconds(headers.get("retry-after", ""))
        if asked is not None and asked > LONGEST_WAIT:
            raise BadInput(
                f"The server wants to be left alone for {asked:.0f} s.",
                where=self._access.base + path,
                do="Run the same again then: it goes on where it stopped.",
            )
        return max(asked if asked is not None else min(2.0 ** (tried - 1), 30.0), 0.0)


def _seconds(retry_after: str) -> float | None:
    """Retry-After as seconds: a number of them, or a date."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    with suppress(ValueError):
        return (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    return None


def _is_loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _httpx() -> Any:
    try:
        return import_module("httpx")
    except ModuleNotFoundError as fault:
        raise WrongUsage(
            f"To pull, the package {fault.name} is needed.", do="pip install 'review-app[pull]'"
        ) from fault
