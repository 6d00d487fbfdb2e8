"""A real Postgres server on a free loopback port, for as long as a `with` block lasts.

From Debian's packages (`apt-get install postgresql`). The server refuses to run as root, so root starts it as the user
`postgres` that the package made. Its settings are the shipped ones: fsync is on.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

_MEMORY = Path("/dev/shm")
_ROOM = 12 * 1024**3  # bytes


class NoServer(Exception):
    """There are no server programs on this machine."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server; `log` is what it had to say."""

    port: int
    password: str
    log: Path

    def address(self, database: str) -> str:
        """Where a database of it is."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template1") -> str:
        """Make an empty database, or a copy of another; its address."""
        name = f"t{secrets.token_hex(6)}"
        self.order(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.address(name)

    def order(self, statement: str) -> None:
        """Run a statement that is about the whole server."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(*, in_memory: bool = False) -> Iterator[Server]:
    """Start a server in a folder of its own; stop it and take the folder away at the end. Raises NoServer.

    in_memory: a folder without a disk, where there is room: a database for each test is several GB in all."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="review-app-postgres-", dir=_memory() if in_memory else None) as name:
        folder, password = Path(name), secrets.token_hex(12)
        server = Server(port=_free_port(), password=password, log=folder / "log")
        (folder / "password").write_text(password)
        as_user = _unprivileged(folder)
        _run([*as_user, programs / "initdb", "-D", folder / "data", "-U", "postgres", "--auth=scram-sha-256",
              "--encoding=UTF8", "--locale=C.UTF-8", f"--pwfile={folder / 'password'}"], folder)  # fmt: skip
        options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        control = [*as_user, programs / "pg_ctl", "-w", "-D", folder / "data", "-l", server.log]
        _run([*control, "-o", options, "start"], folder)
        try:
            yield server
        finally:
            _run([*control, "-m", "immediate", "stop"], folder)


def _memory() -> Path | None:
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None


def _programs() -> Path:
    found = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found and not packaged:
        raise NoServer("no Postgres server on this machine: apt-get install postgresql")
    return Path(found).parent if found else packaged[-1].parent


def _unprivileged(folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    for path in (folder, folder / "password"):
        shutil.chown(path, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _run(command: list[str | Path], folder: Path) -> None:
    # The server inherits what pg_ctl holds open: a pipe would never end.
    with (folder / "said").open("a+") as said:
        done = subprocess.run(command, stdout=said, stderr=subprocess.STDOUT, cwd=folder, check=False)
        said.seek(0)
        assert done.returncode == 0, said.read()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
