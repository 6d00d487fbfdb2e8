"""Bent files of every format, bent requests, and bombs: what comes out besides an answer?

    python benchmarks/mutants.py [--cases 20000] [--first 0] [--bombs]

Each case is made by its number alone, so a campaign goes on where another stopped, and a case that failed can be made
again (`--first N --cases 1`). A sound file or request is bent (bytes, values, keys, archives, columns, encodings,
compression) and taken in whole, into a real project. Nothing may come out but an error that says what to do; nothing
may take over five seconds; where the number of records is plain, it must be what was kept and what was rejected; and
no id may become a path. Bombs, each in a process of its own, must cost less than twice what may be unpacked.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from review_app import actions
from tests.mutants.bombs import names, survived
from tests.mutants.cases import Hang, Miscounted, Outcome, case, strangers, take

OF_A_PROJECT = 500  # cases; then the next project, so that a store does not grow without end


def main(first: int, cases: int) -> int:
    """Print what became of the cases; 1 where one crashed, hung, lost a record or made a file."""
    found: Counter[str] = Counter()
    paths: set[str] = set()
    started = time.perf_counter()
    for start in range(first, first + cases, OF_A_PROJECT):
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder) / "project"
            actions.init(project)
            for number in range(start, min(start + OF_A_PROJECT, first + cases)):
                taken(number, project, found)
            paths |= strangers(project)
        print(f"  up to case {start + OF_A_PROJECT:,}: {dict(found)}", flush=True)
    print(
        f"{cases:,} cases from {first:,} in {time.perf_counter() - started:.0f} s: {found['crashes']} crashes, "
        f"{found['hangs']} hangs over 5 s, {found['lost']} with a record lost, "
        f"{len(paths)} files that nobody asked for; {found['kept']:,} records kept + {found['rejected']:,} rejected, "
        f"{found['refused']:,} files and requests refused as a whole; "
        f"of {found['plain']:,} cases the number of records was counted in another way, too"
    )
    return int(bool(found["crashes"] or found["hangs"] or found["lost"] or paths))


def taken(number: int, project: Path, found: Counter[str]) -> None:
    """Take in one case and count what became of it."""
    try:
        outcome: Outcome = take(case(number), project)
    except Hang:
        found["hangs"] += 1
        print(f"case {number} hangs")
    except Miscounted as fault:
        found["lost"] += 1
        print(f"case {number}: {fault}")
    except Exception:  # noqa: BLE001  this is what is counted here
        found["crashes"] += 1
        print(f"case {number}:\n{traceback.format_exc(limit=-4)}")
    else:
        found["kept"] += outcome.kept
        found["rejected"] += outcome.rejected
        found["refused"] += bool(outcome.refused)
        found["plain"] += outcome.records is not None


def explode() -> int:
    """Print what each bomb cost; 1 where one cost too much."""
    missed = 0
    for name in names():
        (one,) = survived(name)
        bad = one.grown >= 2 * one.cap
        missed += bad
        print(
            f"{name:<30} {one.wire / 1e6:5.2f} MB, peak + {one.grown / 2**20:4.0f} MiB, "
            f"{one.grown / one.cap:.2f} times the cap{'  MISSED' if bad else ''} | {one.said[:90]!r}",
            flush=True,
        )
    return int(missed > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--bombs", action="store_true", help="the bombs only")
    asked = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)  # two members of an archive with one name, while it is bent
    sys.exit(explode() if asked.bombs else main(asked.first, asked.cases))
