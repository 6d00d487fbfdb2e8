"""One process, one port: the pages, a health check, the OTLP receiver, and a plain 404 for what else a machine may ask.

`python -m review_app.server PROJECT HOST PORT` is what `review-app serve` becomes.

The pages answer every unknown path with 200, so whatever belongs to programs (/api, /v1) is told apart here. Security
headers go on every answer; the content policy is what keeps a browser from loading anything a trace points at.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import re
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from review_app import __version__
from review_app.errors import ReviewAppError, WrongUsage
from review_app.receiver import Receiver
from review_app.settings import settings

PAGES = Path(__file__).parent / "ui" / "entry" / "app.py"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def _script_hashes() -> str:
    """Sources for the inline scripts of Streamlit's own page: named by hash, so that no other one may run."""
    page = Path(st.__file__).parent / "static" / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL)
    digests = [base64.b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    return " ".join(f"'sha256-{digest}'" for digest in digests)


POLICY = (
    f"default-src 'self'; script-src 'self' {_script_hashes()}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-src 'none'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
# Parts of Streamlit that the desk needs and that its page asks for late, one after the other.
_LATE = ("Html", "purify.es", "BidiComponent", "_arrayReduce", "serialization", "recordbatch")


def _preloads() -> str:
    """A Link header that has the browser fetch these and our own modules while the page starts."""
    chunks = Path(st.__file__).parent / "static" / "static" / "js"
    late = [f"/static/js/{path.name}" for name in _LATE for path in sorted(chunks.glob(f"{name}.*.js"))]
    pane = sorted((PAGES.parent.parent / "review_pane" / "assets").glob("*.js"))
    ours = [f"/_stcore/bidi-components/review-app.review_pane/{path.name}" for path in pane]
    return ", ".join(f"<{address}>; rel=modulepreload" for address in (*late, *ours))


PRELOADS = _preloads()
HIDDEN = frozenset({"/_stcore/metrics"})
ANY = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

SETTINGS: dict[str, Any] = {
    "runner.magicEnabled": False,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxUploadSize": 50,
    "server.maxMessageSize": 50,
    # A reviewer's session after a lost connection; seconds.
    "server.disconnectedSessionTTL": 900,
    "client.showErrorDetails": "type",
    "client.toolbarMode": "minimal",
    "browser.gatherUsageStats": False,
    "logger.hideWelcomeMessage": True,
    "theme.light.primaryColor": "#235c8e",
    "theme.light.textColor": "#0e1621",
    "theme.light.secondaryBackgroundColor": "#f4f6f9",
    "theme.dark.primaryColor": "#7db4e6",
    "theme.dark.backgroundColor": "#12171e",
    "theme.dark.secondaryBackgroundColor": "#1a212b",
    "theme.dark.textColor": "#e6ebf1",
}
"""What Streamlit is told, also from an installed wheel in any folder. `.streamlit/config.toml` repeats it for those
who start the pages with `streamlit run`; a test keeps the two alike."""


def make_app(project: Path, announce: Callable[[], None] = lambda: None) -> st.App:
    """The whole server as an ASGI app. `announce` is called once it takes requests."""
    os.environ["REVIEW_APP_PROJECT"] = str(project.resolve())
    receiver = Receiver(project.resolve())
    routes: list[BaseRoute] = [
        Route("/healthz", _health, methods=["GET", "HEAD"]),
        Route("/healthz", _wrong_method, methods=ANY[1:]),
        *receiver.routes(),
        *(Mount(prefix, app=_unknown) for prefix in ("/api", "/v1")),
        *(Route(prefix, _nothing_here, methods=ANY) for prefix in ("/api", "/v1")),
    ]
    return st.App(PAGES, routes=routes, middleware=[Middleware(SecurityHeaders)], lifespan=_warmed(announce, receiver))


def serve(
    project: Path,
    host: str,
    port: int,
    announce: Callable[[str], None],
    trusted_user_header: str | None = None,
) -> None:
    """Serve the project until stopped. `announce` gets the address once it answers.

    trusted_user_header: the header in which a proxy names the user. Without it only this machine can be served: a
    typed name is no identity on a network. Raises WrongUsage for another host, or for a port in use.
    """
    refuse_open_address(host, trusted_user_header)
    _refuse_used_port(host, port)
    if trusted_user_header:
        os.environ["REVIEW_APP_USER_HEADER"] = trusted_user_header
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    app = make_app(project, lambda: announce(address))
    app.run(config=settings_for(host, port, trusted_user_header))


def settings_for(host: str, port: int, trusted_user_header: str | None) -> dict[str, Any]:
    """SETTINGS with an address, and who may be believed."""
    found = SETTINGS | {"server.address": host, "server.port": port}
    if is_loopback(host):
        # Any other name would mean that a foreign page points its own name at this machine.
        found["server.allowedHosts"] = list(LOOPBACK_NAMES)
    if trusted_user_header:
        found["server.trustedUserHeaders"] = json.dumps({trusted_user_header: "email"})
    return found


def refuse_open_address(host: str, trusted_user_header: str | None) -> None:
    """Raise WrongUsage if people could reach this address under any name they type."""
    if not is_loopback(host) and not trusted_user_header:
        raise WrongUsage(
            f"{host} can be reached from other machines, where a typed name proves nothing.",
            do="Serve 127.0.0.1, or put a proxy with a login in front and name the header in which it says who the "
            "user is, as trusted_user_header in project.yaml. The proxy must strip that header from what it receives.",
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SecurityHeaders:
    """Adds HEADERS to every HTTP answer and hides what is nobody's business. Pure ASGI: streams stay streams."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; change the head of an HTTP answer only."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                given = [pair for pair in message["headers"] if pair[0].lower().decode() not in HEADERS]
                if any(name.lower() == b"content-type" and kind.startswith(b"text/html") for name, kind in given):
                    extra.append((b"link", PRELOADS.encode()))
                message = {**message, "headers": [*given, *extra]}
            await send(message)

        target = _unknown if scope["path"].rstrip("/") in HIDDEN else self.app
        await target(scope, receive, with_headers)


async def _health(_: Request) -> JSONResponse:
    return JSONResponse({"ok": True, "version": __version__})


async def _wrong_method(_: Request) -> JSONResponse:
    return JSONResponse({"error": "this address answers GET only"}, status_code=405, headers={"allow": "GET, HEAD"})


async def _nothing_here(request: Request) -> JSONResponse:
    return JSONResponse({"error": f"there is no {request.url.path}"}, status_code=404)


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    answer = await _nothing_here(Request(scope, receive))
    await answer(scope, receive, send)


def _warmed(
    announce: Callable[[], None], receiver: Receiver
) -> Callable[[st.App], AbstractAsyncContextManager[dict[str, Any] | None]]:
    @asynccontextmanager
    async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any] | None]:
        # The port is bound by now. The first page would wait a second for these imports.
        threading.Thread(target=_import_heavy, daemon=True).start()
        receiver.start()
        announce()
        yield None
        receiver.stop()

    return lifespan


def _import_heavy() -> None:
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401


def _refuse_used_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise WrongUsage(
                f"Cannot listen on {host}:{port}: {fault.strerror}.", do=f"Try another one: --port {port + 1}"
            ) from fault


def main(arguments: list[str]) -> int:
    """Serve, as told by PROJECT HOST PORT; the exit code."""
    folder, host, port = arguments
    try:
        project = Path(folder)
        header = settings(project).project.trusted_user_header
        serve(project, host, int(port), _say_where, header)
    except ReviewAppError as fault:
        sys.stderr.write(f"{fault}\n")
        return fault.exit_code
    return 0


def _say_where(address: str) -> None:
    sys.stdout.write(f"ready: {address}  (Ctrl+C stops it)\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
