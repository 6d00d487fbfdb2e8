"""The tools we exchange files and spans with: their libraries and servers, in an environment of their own, as they are
large and want other versions than we do.

`.ci/run` makes it. By hand: python -m venv .peers && .peers/bin/pip install --no-deps -r tests/peers.txt, then
export REVIEW_APP_PEERS=$PWD/.peers/bin
"""

from __future__ import annotations

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .browser.serving import free_port

_PATIENCE = 600  # seconds; both load much before they answer, and a busy machine takes minutes over it


def command(name: str) -> Path:
    """A command of that environment; skips the test, saying why, where there is none."""
    folder = os.environ.get("REVIEW_APP_PEERS")
    if not folder or not (Path(folder) / name).is_file():
        pytest.skip(f"no {name} in REVIEW_APP_PEERS: see tests/peers.py")
    return Path(folder) / name


def run(script: str, *arguments: str) -> str:
    """What a script, as text, says that runs in that environment."""
    return _said([str(command("python")), "-c", script, *arguments])


def read_back(script: Path, folder: Path) -> str:
    """What a script file says of the files in a folder, where it may also write."""
    quiet = {"HOME": str(folder), "HF_HUB_OFFLINE": "1", "DEEPEVAL_TELEMETRY_OPT_OUT": "YES"}
    return _said([str(command("python")), str(script.resolve()), str(folder)], folder, quiet)


def _said(program: list[str], folder: Path | None = None, more: dict[str, str] | None = None) -> str:
    # Their own Python alone: what stands on ours' path is of other versions.
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        program, env=plain | (more or {}), cwd=folder, capture_output=True, text=True, check=False, timeout=_PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def phoenix(folder: Path) -> Iterator[str]:
    """The address of a Phoenix that keeps its data in `folder`."""
    port = free_port()
    surroundings = {
        "PHOENIX_WORKING_DIR": str(folder),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    with _running([str(command("phoenix")), "serve"], surroundings, f"http://127.0.0.1:{port}", "/healthz", folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def mlflow(folder: Path) -> Iterator[str]:
    """The address of an MLflow that keeps its data in `folder`."""
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    options += [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "files"),
    ]
    surroundings = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with _running(
        [str(command("mlflow")), "server", *options], surroundings, f"http://127.0.0.1:{port}", "/health", folder
    ):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(
    program: list[str], surroundings: dict[str, str], address: str, health: str, folder: Path
) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        process = subprocess.Popen(program, env=plain | surroundings, cwd=folder, stdout=log, stderr=log)
        try:
            _wait(address + health, process, folder / "log")
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        assert process.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < until, f"{address} does not answer"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
