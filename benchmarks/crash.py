"""Writers killed at random moments, again and again, on one store. Is everything they were told was stored there?

    python benchmarks/crash.py [--rounds 500] [--engine sqlite] [--engine postgres]

A round: four reviewers' processes claim and submit as fast as they can and get SIGKILL 2 to 120 ms later. On Postgres
a process of the server gets it too in one round of ten, and the server restarts from its log. Then what each one had
begun and not been told about is sent again, as the browser would. At the end every acknowledged review must be stored
once and as it was given, and after the leases ran out somebody else must get every slot that is not done.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from engines import ENGINES, fill, fresh

from review_app.errors import LeaseLost, StoreBusy
from review_app.store import reviews, slots
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview
from review_app.store.slots import LEASE, Claim
from tests.builders import NOON, RUBRIC

WRITERS = 4
REVIEWERS = 40
SLOTS_PER_ROUND = 30
SERVER_KILL = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@dataclass
class Record:
    """What the campaign knows apart from the store. begun and acked: review_id -> the review."""

    begun: dict[str, StoredReview] = field(default_factory=dict)
    acked: dict[str, StoredReview] = field(default_factory=dict)
    sent_again: int = 0
    duplicates_told: int = 0
    server_kills: int = 0


def main(rounds: int, engines: list[str]) -> int:
    """Run the campaign on each engine; 1 if anything was lost, altered, stored twice or stuck."""
    return max(campaign(engine, rounds) for engine in engines)


def campaign(engine: str, rounds: int) -> int:
    """Print what became of everything; 1 where any of it is wrong."""
    chance, record, started = random.Random(7), Record(), time.perf_counter()
    with fresh(engine) as target:
        store = Store(target)
        fill(store, SLOTS_PER_ROUND * rounds)
        for number in range(rounds):
            killed_writers(store, target, number, chance, record)
            send_again(store, record)
        seconds = time.perf_counter() - started
        faults = faults_of(store, record)
        stored = store.rows("SELECT count(*) AS n FROM review")[0]["n"]
        store.close()
    print(
        f"{engine}: {rounds} rounds, {rounds * WRITERS} writers and {record.server_kills} server processes killed in "
        f"{seconds:.0f} s; acked {len(record.acked)}, stored {stored}, sent again {record.sent_again} "
        f"(of which stored already {record.duplicates_told}) | "
        + ", ".join(f"{name} {n}" for name, n in faults.items())
    )
    # A campaign in which nobody got as far as an answer has shown nothing.
    return int(any(faults.values()) or len(record.acked) < rounds)


def killed_writers(store: Store, target: Path | str, number: int, chance: random.Random, record: Record) -> None:
    """One round: start the writers, kill them (and perhaps a process of the server), read what they had been told."""
    store.close()  # a connection must not be shared by the processes that fork from here
    heard, told = os.pipe()
    children = [fork(lambda place=place: write(target, f"r{(number * WRITERS + place) % REVIEWERS:02d}", told))
                for place in range(WRITERS)]  # fmt: skip
    os.close(told)
    said = b""
    while said.count(b"up\n") < WRITERS:
        more = os.read(heard, 65_536)
        if not more:
            raise SystemExit("Every writer ended before it began: the store cannot be opened.")
        said += more
    time.sleep(chance.uniform(0.002, 0.12))
    if store.kind == "postgres" and number % 10 == 5:
        record.server_kills += kill_server_process(target)
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        os.waitpid(child, 0)
    while more := os.read(heard, 65_536):
        said += more
    os.close(heard)
    note_down(said.decode(), record)


def fork(work: Callable[[], None]) -> int:
    """Run `work` in a new process that ends with it; its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    finally:
        os._exit(0)


def write(target: Path | str, reviewer: str, told: int) -> None:
    """Claim and submit until killed. A line before each submission, and a line once it was acknowledged."""
    store = opened(target)
    os.write(told, b"up\n")
    while claims := slots.claim(store, "main", reviewer, 2, NOON):
        for claim in claims:
            line = f"{claim.slot_id} {claim.trace_id} {claim.token} {reviewer}\n"
            os.write(told, f"begun {line}".encode())
            reviews.submit(store, review_of(claim, reviewer), claim.token)
            os.write(told, f"acked {line}".encode())
    time.sleep(60)  # nothing left to do but to be killed


def opened(target: Path | str) -> Store:
    """The store, also where its server has just been killed and is not back yet."""
    until = time.monotonic() + 30
    while True:
        try:
            return Store(target)
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def review_of(claim: Claim, reviewer: str) -> StoredReview:
    """What this reviewer says of this claim: all of it follows from the token, so that anybody can check it."""
    chance = random.Random(claim.token)
    return StoredReview(
        review_id=f"{claim.slot_id}:{claim.token}", slot_id=claim.slot_id, trace_id=claim.trace_id, reviewer=reviewer,
        rubric_version=RUBRIC.version, outcome="judged", note="x" * chance.randrange(300), at=NOON,
        answers={"good_enough": Answer(label=chance.choice(["pass", "fail"]))},
    )  # fmt: skip


def note_down(said: str, record: Record) -> None:
    """Read the writers' lines; the last one may be cut."""
    for line in said.splitlines():
        words = line.split()
        if len(words) == 5:
            kind, slot_id, trace_id, token, reviewer = words
            review = review_of(Claim(slot_id=slot_id, trace_id=trace_id, token=token), reviewer)
            (record.acked if kind == "acked" else record.begun)[review.review_id] = review


def send_again(store: Store, record: Record) -> None:
    """What was begun and not acknowledged goes out once more, from a reviewer who cannot know whether it arrived."""
    for review_id in record.begun.keys() - record.acked.keys():
        review = record.begun[review_id]
        try:
            new = patiently(lambda review=review: reviews.submit(store, review, review.review_id.rpartition(":")[2]))
        except LeaseLost:
            continue
        record.acked[review_id] = review
        record.sent_again += 1
        record.duplicates_told += not new


def patiently(work: Callable[[], bool]) -> bool:
    """Try again for half a minute while a server is coming back."""
    until = time.monotonic() + 30
    while True:
        try:
            return work()
        except StoreBusy:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def kill_server_process(target: Path | str) -> int:
    """SIGKILL the process of Postgres that serves one of the writers; the server then restarts all of them."""
    store = Store(target)
    pids = store.rows(SERVER_KILL)
    store.close()
    if pids:
        os.kill(pids[0]["pid"], signal.SIGKILL)
    return int(bool(pids))


def faults_of(store: Store, record: Record) -> dict[str, int]:
    """What is wrong, by name; all 0 where the promise held."""
    columns = "r.review_id, r.slot_id, r.trace_id, r.reviewer, r.note, r.outcome, r.rubric_version, a.label"
    rows = store.rows(f"SELECT {columns} FROM review r LEFT JOIN answer a ON a.review_id = r.review_id")
    stored = {row["review_id"]: tuple(row.values()) for row in rows}
    twice = "SELECT trace_id FROM review GROUP BY trace_id HAVING count(*) > 1"
    empty = "SELECT slot_id FROM slot WHERE state = 'done' AND slot_id NOT IN (SELECT slot_id FROM review)"
    return {
        "lost": len(record.acked.keys() - stored.keys()),
        "altered": sum(stored.get(key, row_of(one)) != row_of(one) for key, one in record.begun.items()),
        "duplicated": len(store.rows(twice)) + len(rows) - len(stored),
        "done without review": len(store.rows(empty)),
        "never begun": len(stored.keys() - record.begun.keys()),
        "stuck past lease": stuck(store),
        "damaged": int(not store.health().sound),
    }


def row_of(review: StoredReview) -> tuple[object, ...]:
    """The columns that `faults_of` reads."""
    label = review.answers["good_enough"].label
    return (review.review_id, review.slot_id, review.trace_id, review.reviewer, review.note, review.outcome,
            review.rubric_version, label)  # fmt: skip


def stuck(store: Store) -> int:
    """Slots that some writer died with and that nobody can get once every lease has run out."""
    leased = {row["slot_id"] for row in store.rows("SELECT slot_id FROM slot WHERE state = 'leased'")}
    last = "SELECT max(queue_order) FROM slot WHERE state = 'leased'"
    upto = store.rows(f"SELECT count(*) AS n FROM slot WHERE state <> 'done' AND queue_order <= ({last})")[0]["n"]
    heir = slots.claim(store, "main", "heir", upto, NOON + LEASE + timedelta(seconds=1))
    return len(leased - {claim.slot_id for claim in heir})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--engine", action="append", choices=ENGINES)
    asked = parser.parse_args()
    sys.exit(main(asked.rounds, asked.engine or list(ENGINES)))
