"""How much memory an ingest takes at its peak, with ten thousand traces and with a million.

    python benchmarks/flat_memory.py [traces ...]

Each size in a process of its own, from a file of lines of about 4 kB. Target: the peaks lie within 50 MB of each other,
in either direction.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from ingest import line

from review_app import actions

APART = 50 * 1024 * 1024


def main(sizes: list[int]) -> int:
    """Print the peak of each size; 1 where they lie too far apart."""
    peaks = []
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peak, seconds = pool.submit(measured, size).result()
        peaks.append(peak)
        print(f"{size:>9,} traces: peak {peak / 2**20:5.0f} MB, {size / seconds:,.0f} traces/s", flush=True)
    apart = max(peaks) - min(peaks)
    print(f"apart by {apart / 2**20:.0f} MB, at most {APART / 2**20:.0f}: {'met' if apart <= APART else 'MISSED'}")
    return int(apart > APART)


def measured(size: int) -> tuple[int, float]:
    """(peak of this process in bytes, seconds of the ingest)."""
    folder = Path(tempfile.mkdtemp())
    try:
        path = folder / "traces.jsonl"
        with path.open("wb") as file:
            for number in range(size):
                file.write(line(number))
        actions.init(folder / "project")
        started = time.perf_counter()
        told = actions.ingest(folder / "project", [path])
        assert told.saved.new == size, told
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, time.perf_counter() - started
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [10_000, 100_000, 1_000_000]))
