"""A real Spark cluster on loopback, a master and two workers, for as long as a `with` block lasts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .browser.serving import free_port

_PATIENCE = 120  # seconds; three Java programs start
_DEPLOY = "org.apache.spark.deploy"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """master: its address, as Spark's setting of that name. workers: their process ids. folders: where each worker
    keeps what its executors write; an empty one has done nothing."""

    master: str
    workers: tuple[int, ...]
    folders: tuple[Path, ...]


@contextmanager
def standalone(memory: str = "1g") -> Iterator[Cluster]:
    """Both workers are there when it begins, with a core and so much memory each. Needs java and pyspark."""
    import pyspark

    home, port, status = Path(pyspark.__file__).parent, free_port(), free_port()
    around = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}
    launched: list[subprocess.Popen[bytes]] = []

    def start(kind: str, *arguments: str) -> int:
        # A group of its own: the script's Java, and the executors of that, end with it.
        launched.append(
            subprocess.Popen(
                [str(home / "bin" / "spark-class"), f"{_DEPLOY}.{kind}", "--host", "127.0.0.1", *arguments],
                env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )
        )  # fmt: skip
        return launched[-1].pid

    with tempfile.TemporaryDirectory(prefix="review-app-spark-") as work:
        folders = tuple(Path(work) / name for name in ("one", "two"))
        try:
            start("master.Master", "--port", str(port), "--webui-port", str(status))
            _wait_for(status, workers=0)
            where, size = f"spark://127.0.0.1:{port}", ("--cores", "1", "--memory", memory, "--webui-port", "0")
            pids = tuple(start("worker.Worker", *size, "--work-dir", str(folder), where) for folder in folders)
            _wait_for(status, workers=len(folders))
            yield Cluster(master=where, workers=pids, folders=folders)
        finally:
            for one in launched:
                os.killpg(one.pid, signal.SIGTERM)
            for one in launched:
                one.wait(timeout=30)


def _wait_for(status: int, workers: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{status}/json/", timeout=5) as answer:
                if json.load(answer)["aliveworkers"] == workers:
                    return
        except OSError:
            pass
        assert time.monotonic() < until, "Spark's master or its workers did not start"
        time.sleep(0.2)
