"""A real HTTP server for tests of clients: it answers from a function, and misbehaves where it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson


@dataclass
class Asked:
    """A request: its path, its parameters, and the header that proves who asks."""

    path: str
    params: dict[str, list[str]]
    key: str | None


@dataclass
class ApiServer:
    """answer: (status, JSON) for a request. faults: what to do instead, one for each of the next requests: a status
    with headers, "cut" for an answer that breaks off, None to answer as usual."""

    answer: Callable[[Asked], tuple[int, object]]
    faults: list[tuple[int, dict[str, str]] | str | None] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    address: str = ""

    def paths(self, containing: str = "") -> list[str]:
        """The paths that were asked for."""
        return [one.path for one in self.asked if containing in one.path]


@contextmanager
def api_server(answer: Callable[[Asked], tuple[int, object]]) -> Iterator[ApiServer]:
    """A server on loopback while the block runs."""
    state = ApiServer(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(parts.path, parse_qs(parts.query), self.headers.get("authorization"))
            state.asked.append(asked)
            fault = state.faults.pop(0) if state.faults else None
            status, headers, body = 200, dict[str, str](), b""
            if isinstance(fault, tuple):
                status, headers = fault
            else:
                status, said = state.answer(asked)
                body = said if isinstance(said, bytes) else orjson.dumps(said)
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
            self.close_connection = fault == "cut"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
