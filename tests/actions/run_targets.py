"""Endpoints for candidates: a real server on this machine, and Python modules beside a project."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Served:
    """An endpoint's address, and what it was sent."""

    url: str
    cases: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


Reply = Callable[[dict[str, Any], int], tuple[int, dict[str, str], bytes]]
"""(the case, how many came before) -> status, headers, body."""


@contextmanager
def endpoint(reply: Reply) -> Iterator[Served]:
    """A server that answers each POST with what `reply` gives."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            case = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                before = len(served.cases)
                served.cases.append(case)
                served.headers.append(dict(self.headers))
            status, headers, body = reply(case, before)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(url=f"http://127.0.0.1:{server.server_port}/answer")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(value: Any) -> Reply:
    """Always this JSON."""
    return lambda case, before: (200, {"Content-Type": "application/json"}, json.dumps(value).encode())


def module(project: Path, name: str, code: str) -> str:
    """A Python module beside the project, as a target names it; its function is `answer`."""
    (project / f"{name}.py").write_text(code, encoding="utf-8")
    return f"python:{name}:answer"
