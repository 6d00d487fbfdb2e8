"""An ingest killed with SIGKILL at a random moment and run again: does it end as a run that nobody disturbed?

    python benchmarks/interrupted_ingest.py [--rounds 200] [--engine sqlite] [--engine postgres]

A round: a process of its own ingests traces, judges' and people's answers, and lines that are none, in two formats; it
gets SIGKILL anywhere between its first moment and its last, in one round of four while it lists rejects. Then the same
files are ingested again. Every table's rows, but for the time at which they were stored, and the list of rejects must
be those of an undisturbed run.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.actions.interrupted import Round, clean_run, killed_run, project, written
from tests.postgres_server import Server, running

TRACES = 8_000


def main(rounds: int, engines: list[str]) -> int:
    """Run it on each engine; 1 where a state differs."""
    return max(campaign(engine, rounds) for engine in engines)


def campaign(engine: str, rounds: int) -> int:
    """Print what became of every round."""
    chance, started = Random(7), time.perf_counter()
    with tempfile.TemporaryDirectory() as name, server(engine) as postgres:
        folder = Path(name)
        source = written(folder, TRACES)
        clean = clean_run(source, project(folder, "clean"), postgres.new_database() if postgres else None)
        print(f"{engine}: undisturbed, {clean.traces:,} traces in {clean.seconds:.1f} s", flush=True)
        found: list[Round] = []
        # A run that ended before its moment came is none of the rounds.
        for number in range(3 * rounds):
            if sum(one.killed for one in found) == rounds:
                break
            at = project(folder, f"project-{number}")
            found.append(killed_run(source, at, postgres.new_database() if postgres else None, clean, chance))
            shutil.rmtree(at)
    different = sum(not one.same for one in found)
    midway = sum(0 < one.held < clean.traces for one in found if one.killed)
    print(
        f"{engine}: {len(found)} runs in {time.perf_counter() - started:.0f} s; "
        f"killed {sum(one.killed for one in found)}, of these with some traces stored and some not {midway}, "
        f"while listing rejects {sum(one.listing for one in found)} | another final state: {different}"
    )
    # Rounds that killed nothing midway have shown nothing.
    return int(different > 0 or midway < rounds // 4)


@contextmanager
def server(engine: str) -> Iterator[Server | None]:
    """A Postgres server where it is asked for."""
    if engine == "sqlite":
        yield None
        return
    with running() as found:
        yield found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--engine", action="append", choices=("sqlite", "postgres"))
    asked = parser.parse_args()
    sys.exit(main(asked.rounds, asked.engine or ["sqlite"]))
