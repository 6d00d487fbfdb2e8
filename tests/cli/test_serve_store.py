"""`serve --store` hands the address on where a list of processes does not show it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from review_app import actions

if TYPE_CHECKING:
    from ..postgres_server import Server

psycopg = pytest.importorskip("psycopg", reason="the extra [postgres] is not installed")


def test_a_server_on_postgres_starts_and_shows_no_password(tmp_path: Path, postgres: Server) -> None:
    actions.init(tmp_path / "project")
    address = postgres.new_database()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = ["serve", "--project", str(tmp_path / "project"), "--port", str(port), "--store", address]
    with subprocess.Popen(
        [sys.executable, "-c", "from review_app.cli import main; main()", *given],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as server:  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            arguments = Path(f"/proc/{server.pid}/cmdline").read_text()
        finally:
            server.terminate()
            said = server.communicate(timeout=30)[0]
    assert "review_app.server" in arguments
    assert postgres.password not in arguments + said
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT count(*) FROM trace").fetchone() == (0,)
    assert not (tmp_path / "project" / "review.db").exists()


def wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.URLError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.2)
        else:
            return
