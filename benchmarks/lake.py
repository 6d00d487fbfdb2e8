"""A draw from a lake of ten million traces: how long it takes where the data is, and whether engines draw the same.

    python benchmarks/lake.py [rows] [--spark] [--standalone] [--kill] [--keep FOLDER]

The limit, in the same run: the two hashes alone, written by hand in DuckDB's SQL over the same files. Ours also counts
rows and different ids, counts the strata, and says who may be chosen by what. Target: at most 10 s for 10,000,000 rows,
up to the point where every drawn id is known; what fetching their records and storing them takes is printed beside it.

--spark draws with Spark in one process as well, --standalone with a master and two workers on loopback, --kill again
while one of their executors is killed (SIGKILL) as the drawing begins. All have to give one digest of ids, strata,
strategies and probabilities. --keep leaves the files in a folder, where the next run finds them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import md5
from pathlib import Path

import orjson

from review_app import actions
from review_app.actions.workspace import opened
from review_app.store import draws
from tests.spark_cluster import standalone

TARGET, AT = 10.0, 10_000_000
LAKE = """\
trace:
  {trace_id: id, at: at, timezone: UTC, route: route, language: language, model: model, input: question, output: answer}
judges:
  - {judge: judge-a, judge_version: "1", criterion: good_enough, label: judge, confidence: confidence}
"""
PLAN = "salt: s\nreviews: 2000\nshares: {random: 0.4, flagged: 0.6}\n"
ROWS = """
COPY (
    SELECT 'tr-' || substr(md5(i::TEXT), 1, 20) AS id, TIMESTAMP '2026-09-01' + to_seconds(i % 2000000) AS at,
        ['returns', 'billing', 'orders', 'account', NULL][1 + (i % 5)::INT] AS route,
        CASE WHEN i % 40 = 39 THEN 'ja' WHEN i % 40 > 29 THEN 'de' ELSE 'en' END AS language, 'aster-1' AS model,
        CASE WHEN i % 11 = 0 THEN 'fail' ELSE 'pass' END AS judge, (i % 100) / 200.0 + 0.5 AS confidence,
        'Can I return kettle ' || i || '?' AS question, repeat('It can be returned. ', 5) || md5(i::TEXT) AS answer
    FROM range({start}, {stop}) t(i)
) TO '{file}' (FORMAT parquet)
"""
PLAIN = """
SELECT count(*) FROM '{lake}/*.parquet' WHERE md5('s:random:' || id) < '{random}'
    OR (judge = 'fail' AND md5('s:flagged:' || id) < '{flagged}')
"""
SPARK = "spark.ui.enabled=false&spark.driver.host=127.0.0.1&spark.sql.shuffle.partitions=8"


def main() -> int:
    """Print the times and digests; 1 where the target is missed or engines differ."""
    asked = _asked()
    if asked.draw:
        print(json.dumps(draw(asked.draw, Path(asked.project), asked.victims)))
        return 0
    with ExitStack() as stack:
        folder = Path(asked.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        lake = folder / f"lake-{asked.rows}"
        fill(lake, asked.rows)
        ours = show("DuckDB", draw(str(lake), folder / f"project-{os.getpid()}-duckdb"))
        # Of this process alone, so it says nothing of Spark's.
        print(f"{'':<26} {ours['cpu']:.2f} s of processor time for the draw: what a busy machine cannot stretch")
        limit = min(plain(lake, ours["cuts"]) for _ in range(3))
        print(f"plain: two hashes in DuckDB's SQL {limit:6.2f} s; ours takes {ours['drawn'] / limit:.1f} times as long")
        digests = {"DuckDB": ours["digest"]}
        for name, url, victims in stack.enter_context(clusters(lake, asked)):
            project = folder / f"project-{os.getpid()}-{len(digests)}"
            digests[name] = show(name, in_another_process(url, project, victims))["digest"]
    same = len(set(digests.values())) == 1
    print(f"digests over {', '.join(digests)}: {'equal' if same else f'DIFFERENT: {digests}'}")
    met = asked.rows != AT or ours["drawn"] <= TARGET
    told = ("met" if met else "MISSED") if asked.rows == AT else f"not asked of {asked.rows:,} rows"
    print(f"target for {AT:,} rows at most {TARGET:.0f} s: {told}")
    return int(not (met and same))


def fill(lake: Path, rows: int) -> None:
    """The files, written by DuckDB, in eight parts."""
    import duckdb

    started = time.perf_counter()
    lake.mkdir(parents=True, exist_ok=True)
    for part in range(8):
        file = lake / f"part-{part}.parquet"
        if not file.exists():
            start, stop = rows * part // 8, rows * (part + 1) // 8
            duckdb.execute(ROWS.format(start=start, stop=stop, file=file))
    size = sum(file.stat().st_size for file in lake.iterdir()) / 1e6
    print(f"{rows:,} rows, {size:,.0f} MB of Parquet, in {time.perf_counter() - started:.0f} s")


def draw(url: str, project: Path, victims: str = "") -> dict:
    """Draw in a new project; the seconds of each step. victims: process ids of workers, one of whose executors is
    killed as the drawing begins."""
    actions.init(project)
    (project / "checks.yaml").write_text("checks: []")
    (project / "sampling.yaml").write_text(PLAN)
    (project / "lake.yaml").write_text(LAKE)
    steps: list[tuple[str, float]] = []
    used: list[float] = []

    def note(doing: str) -> None:
        steps.append((doing, time.perf_counter()))
        used.append(time.process_time())
        if doing == "drawing" and victims:
            threading.Timer(1.0, kill_one, [victims]).start()

    done = actions.sample_lake(project, url, progress=note)
    ended = time.perf_counter()
    at = {doing.split(" ")[0] + (doing.split(" ")[1] if doing.startswith("counting") else ""): t for doing, t in steps}
    fetch = next(t for doing, t in steps if doing.startswith("fetching"))
    return {
        "opening": at["countingrows"] - at["opening"],
        "ids": at["countingstrata"] - at["countingrows"],
        "strata": at["drawing"] - at["countingstrata"],
        "hashes": fetch - at["drawing"],
        "drawn": fetch - at["opening"],
        "stored": ended - fetch,
        "cpu": used[next(place for place, (doing, _) in enumerate(steps) if doing.startswith("fetching"))] - used[0],
        "held": done.sampled.held,
        "digest": digest(project),
        "cuts": {name: str(rate) for name, rate in done.sampled.draw.rates.items()},
    }


def digest(project: Path) -> str:
    """md5 over the draw: ids, strata, strategies, probabilities."""
    held = draws.drawn(opened(project).store, "main").drop(columns=["added_by", "number"])
    lines = sorted(orjson.dumps(line) for line in held.to_numpy(dtype=object).tolist())
    return md5(b"\n".join(lines), usedforsecurity=False).hexdigest()


def plain(lake: Path, rates: dict[str, str]) -> float:
    """Seconds for the least that any such draw must do."""
    from fractions import Fraction

    import duckdb

    from review_app.sampling.draw import threshold

    cuts = {name: threshold(Fraction(rate)) for name, rate in rates.items()}
    started = time.perf_counter()
    duckdb.execute(PLAIN.format(lake=lake, **cuts)).fetchall()
    return time.perf_counter() - started


@contextmanager
def clusters(lake: Path, asked: argparse.Namespace) -> Iterator[list[tuple[str, str, str]]]:
    """(name, address, workers to hit) of each engine that was asked for, running as long as this lasts."""
    found = []
    if asked.spark:
        found.append(("Spark local", f"pyspark://{lake}?master=local[2]&{SPARK}", ""))
    if not (asked.standalone or asked.kill):
        yield found
        return
    with standalone("2g") as cluster:
        url = f"pyspark://{lake}?master={cluster.master}&{SPARK}&spark.executor.memory=1g"
        found += [("Spark standalone", url, "")] if asked.standalone else []
        found += [("Spark, an executor killed", url, ",".join(map(str, cluster.workers)))] if asked.kill else []
        yield found


def kill_one(workers: str) -> None:
    """SIGKILL to one executor of one of these workers."""
    for child in descendants([int(pid) for pid in workers.split(",")]):
        if b"CoarseGrainedExecutorBackend" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(child, signal.SIGKILL)
            print(f"executor {child} killed", file=sys.stderr)
            return
    print("no executor found to kill", file=sys.stderr)


def descendants(of: list[int]) -> list[int]:
    """The processes these started, and those they started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # ended meanwhile
            continue
    found, fresh = list[int](), set(of)
    while fresh:
        fresh = {child for child, parent in parents.items() if parent in fresh}
        found += sorted(fresh)
    return found


def in_another_process(url: str, project: Path, victims: str) -> dict:
    """`draw` in a process of its own, as one process can hold one Spark session."""
    command = [sys.executable, __file__, "--draw", url, "--project", str(project), "--victims", victims]
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if ran.returncode:
        raise SystemExit(ran.stderr[-4000:])
    said = [line for line in ran.stderr.splitlines() if "executor" in line and "kill" in line]
    if said:
        print(said[0])
    return json.loads(ran.stdout.splitlines()[-1])


def show(name: str, took: dict) -> dict:
    """One line of times."""
    steps = ", ".join(f"{step} {took[step]:.2f}" for step in ("opening", "ids", "strata", "hashes"))
    stored = f"fetched and stored {took['stored']:.2f} s"
    print(f"{name:<26} {took['held']:,} drawn in {took['drawn']:.2f} s ({steps}); {stored}")
    return took


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=AT)
    for flag in ("--spark", "--standalone", "--kill"):
        parser.add_argument(flag, action="store_true")
    for name in ("--keep", "--draw", "--project", "--victims"):
        parser.add_argument(name, default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
