"""How fast our JSONL comes in, beside the least that any ingest must do, in the same run.

    python benchmarks/ingest.py [traces]

The limit: parse each line with orjson and insert its text in one transaction, without checking anything. Ours checks
every field, looks for what must not be stored, keeps versions and counts duplicates, in transactions that survive an
interruption, and reads ahead in a process of its own, whose start of half a second counts. Target: 15,000 traces a
second, or at most 2.5 times the limit. Both run three times and the fastest counts, since other programs can only slow
one down; seconds of work (CPU) of all processes stand beside those on the clock, which decide.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson

from review_app import actions

RATE, RATIO = 15_000, 2.5
TEXT = "the kettle came without its lid and the courier left it at number nine although nobody there knew of it"


def main(traces: int) -> int:
    """Print both speeds and their ratio, by the clock and by work; 1 where both miss the target by the clock."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traces.jsonl"
        path.write_bytes(b"".join(line(number) for number in range(traces)))
        size = path.stat().st_size / traces
        print(f"{traces:,} traces of {size / 1000:.1f} kB; traces/s")
        limit = fastest(lambda attempt: plain(path, Path(folder) / f"plain-{attempt}.db"))
        ours = fastest(lambda attempt: reviewed(path, Path(folder) / f"project-{attempt}"))
    print(f"{'':<24}{'clock':>9}{'CPU':>9}")
    for name, took in (("plain parse and insert", limit), ("review-app ingest", ours)):
        print(f"{name:<24}{traces / took.clock:>9,.0f}{traces / took.cpu:>9,.0f}")
    ratio, rate = ours.clock / limit.clock, traces / ours.clock
    print(f"{'ratio':<24}{ratio:>9.2f}{ours.cpu / limit.cpu:>9.2f}")
    met = rate >= RATE or ratio <= RATIO
    print(f"target by the clock: {RATE:,} traces/s, or a ratio of at most {RATIO}: {'met' if met else 'MISSED'}")
    return int(not met)


class Took(NamedTuple):
    """Seconds."""

    clock: float
    cpu: float


def fastest(run: Callable[[int], None], times: int = 3) -> Took:
    """The shortest of a few runs, by either."""
    runs = [timed(run, attempt) for attempt in range(times)]
    return Took(min(one.clock for one in runs), min(one.cpu for one in runs))


def timed(run: Callable[[int], None], attempt: int) -> Took:
    clock, cpu = time.perf_counter(), worked()
    run(attempt)
    return Took(time.perf_counter() - clock, worked() - cpu)


def worked() -> float:
    """Seconds of CPU of this process, and of those it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def plain(path: Path, database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id TEXT, body TEXT)")
    with connection, path.open("rb") as file:
        connection.executemany(
            "INSERT INTO t VALUES (?, ?)", ((orjson.loads(row)["trace_id"], row.decode()) for row in file)
        )
    connection.close()


def reviewed(path: Path, project: Path) -> None:
    actions.init(project)
    actions.ingest(project, [path])


def line(number: int) -> bytes:
    """A trace of about 4 kB: four messages, three documents, one tool call."""
    words = TEXT.split()
    text = " ".join(words[(number * 7 + step * step) % len(words)] for step in range(110))
    trace = {
        "trace_id": f"t-{number:08d}",
        "at": f"2026-09-{number % 28 + 1:02d}T10:00:00Z",
        "route": "returns",
        "language": "en",
        "messages": [{"role": "user" if turn % 2 == 0 else "assistant", "content": text} for turn in range(3)],
        "documents": [{"id": f"kb-{place}", "text": text} for place in range(3)],
        "tool_calls": [{"name": "find_order", "arguments": {"order": number}, "result": {"state": "sent"}}],
        "output": text,
    }
    return orjson.dumps(trace) + b"\n"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
