"""Twenty reviewers on one store: how long a claim, a submission and the counter beside them take on the server.

    python benchmarks/reviewers.py [--seconds 30] [--engine sqlite] [--engine postgres]

People take about 6 items a minute each. The paced run goes three times as fast (18 a minute), so that half a minute
holds 180 items: what it shows is the load of 60 people. A second run has nobody wait at all: it shows what the store
can carry. Each is done with 10,000 and with 100,000 traces queued, in one process of twenty threads, as the server has
it. After each item the page also counts what is left for this person, up to as many as the desk counts.

Targets: paced claim and submit p95 at most 100 ms; no trace given to two people; the median of both with 100,000 queued
at most 1.3 times that with 10,000 (or 1 ms more, below which a ratio says nothing).
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
from engines import ENGINES, fill, fresh

from review_app.actions.reviewing import COUNTED
from review_app.store import reviews, slots
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview
from review_app.store.slots import Claim
from tests.builders import RUBRIC

REVIEWERS = 20
PACE = 6 * 3 / 60  # items a second: six a minute, three times as fast
SHALLOW, DEEP = 10_000, 100_000
P95_MS, RATIO, SLACK_MS = 100, 1.3, 1.0
Times = dict[str, list[float]]
T = TypeVar("T")


def main(seconds: float, engines: list[str]) -> int:
    """Print every figure; 1 where a target is missed."""
    missed = [message for engine in engines for message in measured(engine, seconds)]
    for message in missed:
        print(f"MISSED {message}")
    return int(bool(missed))


def measured(engine: str, seconds: float) -> list[str]:
    """Both depths, paced and not; what missed its target."""
    medians: dict[int, dict[str, float]] = {}
    missed = []
    for depth in (SHALLOW, DEEP):
        with fresh(engine) as target:
            store = Store(target)
            fill(store, depth)
            settle(store)
            paced = together(store, seconds, PACE)
            show(f"{engine} {depth:>7,} queued, 18 a minute each", paced, seconds)
            free = together(store, seconds / 5, None)
            show(f"{engine} {depth:>7,} queued, nobody waits", free, seconds / 5)
            doubles = twice(store)
            store.close()
        print(f"{engine} {depth:>7,} queued: {doubles} traces given to two people")
        medians[depth] = {name: float(np.median(values)) for name, values in paced.items()}
        slow = [name for name in ("claim", "submit") if np.percentile(paced[name], 95) > P95_MS]
        missed += [f"{engine} {depth}: p95 of {name} is above {P95_MS} ms" for name in slow]
        missed += [f"{engine} {depth}: {doubles} doubles"] if doubles else []
    for name, shallow in medians[SHALLOW].items():
        deep = medians[DEEP][name]
        print(f"{engine} {name}: median {shallow:.1f} -> {deep:.1f} ms, ratio {deep / shallow:.2f}")
        if name != "count" and deep > RATIO * shallow and deep > shallow + SLACK_MS:
            missed.append(f"{engine}: {name} takes {deep / shallow:.2f} times as long with {DEEP:,} queued")
    return missed


def settle(store: Store) -> None:
    """What Postgres does by itself in the minutes after a large insert, and would do during the run."""
    if store.kind == "postgres":
        store.rows("VACUUM ANALYZE")
        store.rows("CHECKPOINT")


def together(store: Store, seconds: float, pace: float | None) -> Times:
    """All reviewers at once for a while: milliseconds by kind of call. pace: items a second each; None = no waiting."""
    times: Times = defaultdict(list)
    faults: list[BaseException] = []
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        try:
            review_until(store, f"r{number:02d}", end, pace, times)
        except BaseException as fault:  # noqa: BLE001  told below
            faults.append(fault)
        finally:
            if store.kind == "sqlite":
                store.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(REVIEWERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return times


def review_until(store: Store, reviewer: str, end: float, pace: float | None, times: Times) -> None:
    """One person's sitting: three slots on the desk as the page has them, the first one answered, and again."""
    chance = random.Random(reviewer)
    while time.perf_counter() < end:
        if pace:
            time.sleep(chance.uniform(0.5, 1.5) / pace)
        claims = timed(times["claim"], lambda: slots.claim(store, "main", reviewer, 3, datetime.now(UTC)))
        review = review_of(claims[0], reviewer)
        timed(times["submit"], lambda: reviews.submit(store, review, claims[0].token))  # noqa: B023  called at once
        timed(times["count"], lambda: slots.progress(store, "main", reviewer, datetime.now(UTC), most=COUNTED))


def timed(into: list[float], work: Callable[[], T]) -> T:
    """Do it and note how many milliseconds it took."""
    started = time.perf_counter()
    done = work()
    into.append((time.perf_counter() - started) * 1000)
    return done


def review_of(claim: Claim, reviewer: str) -> StoredReview:
    """A pass with a sentence of reason."""
    return StoredReview(
        review_id=f"{claim.slot_id}:{claim.token}", slot_id=claim.slot_id, trace_id=claim.trace_id, reviewer=reviewer,
        rubric_version=RUBRIC.version, outcome="judged", note="The answer names the wrong shop. " * 4,
        answers={"good_enough": Answer(label="pass")}, at=datetime.now(UTC),
    )  # fmt: skip


def show(what: str, times: Times, seconds: float) -> None:
    """One line per kind of call."""
    for name, values in times.items():
        half, most, all_but_one = np.percentile(values, [50, 95, 99])
        print(
            f"{what}: {name:<6} p50 {half:6.1f}  p95 {most:6.1f}  p99 {all_but_one:6.1f}  max {max(values):6.1f} ms, "
            f"{len(values) / seconds:6.1f}/s"
        )


def twice(store: Store) -> int:
    """Traces that more than one person reviewed, where each needed one review."""
    return len(store.rows("SELECT trace_id FROM review GROUP BY trace_id HAVING count(*) > 1"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="length of each paced run")
    parser.add_argument("--engine", action="append", choices=ENGINES)
    asked = parser.parse_args()
    sys.exit(main(asked.seconds, asked.engine or list(ENGINES)))
