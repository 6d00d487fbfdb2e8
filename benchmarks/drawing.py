"""How long a draw from a full store takes, beside the least that any such draw must do, in the same run.

    python benchmarks/drawing.py [traces]

The limit: read every id out of the same table, and hash each one once. Ours also finds who is flagged, counts what each
judge said and how many traces each stratum has, names the frame, and stores the draw with its slots; for a draw with
more strategies, each has its own hash. Target: at most 2 s. Each runs three times and the fastest counts, since other
programs can only slow one down.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import md5
from pathlib import Path

from narrow_rows import add_traces, add_verdicts

from review_app import actions
from review_app.actions.workspace import opened
from review_app.store.engine import Store

TARGET = 2.0
PLANS = {
    "random and flagged": "{random: 0.4, flagged: 0.6}",
    "every strategy": "{random: 0.3, check_failed: 0.1, judge_flagged: 0.2, disagreement: 0.1, uncertain: 0.1, "
    "rare: 0.1, complaint: 0.1}",
}


def main(traces: int) -> int:
    """Print the times; 1 where the usual draw is above the target."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        actions.init(project)
        store = opened(project).store
        took = timed(lambda: fill(store, traces))
        print(f"{traces:,} traces, two verdicts each, filled in {took:.0f} s")
        limit = min(timed(lambda: plain(store)) for _ in range(3))
        print(f"plain: ids and one md5 each   {limit:6.2f} s")
        ours = {name: min(timed(draw(project, name, attempt)) for attempt in range(3)) for name in PLANS}
    for name, seconds in ours.items():
        print(f"draw: {name:<22}  {seconds:6.2f} s, {seconds / limit:.1f} times the limit")
    met = ours["random and flagged"] <= TARGET
    print(f"target for the first at most {TARGET} s: {'met' if met else 'MISSED'}")
    return int(not met)


def timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def fill(store: Store, traces: int) -> None:
    """Narrow rows and verdicts as `ingest` and `import verdicts` leave them; bodies are not read by a draw."""
    with store.write() as write:
        for start in range(0, traces, 50_000):
            numbers = range(start, min(start + 50_000, traces))
            add_traces(write, [trace(number) for number in numbers])
            add_verdicts(write, [verdict(number, judge) for judge in ("judge-a", "judge-b") for number in numbers])


def trace(number: int) -> dict[str, object]:
    routes, languages = ("returns", "billing", "orders", "account"), ("en",) * 30 + ("de",) * 9 + ("ja",)
    feedback = -1.0 if number % 53 == 0 else None
    at = 1_750_000_000_000_000 + number * 1_000_000
    return {
        "trace_id": f"t-{number:08d}",
        "at": at,
        "route": routes[number % 4],
        "model": "aster-1",
        "language": languages[number % 40],
        "user_feedback": feedback,
        "tools": "find_order",
    }


def verdict(number: int, judge: str) -> tuple[object, ...]:
    bad = number % (11 if judge == "judge-a" else 13) == 0
    return f"t-{number:08d}", judge, "fail" if bad else "pass", (number % 100) / 100 / 2 + 0.5, "because " * 12


def plain(store: Store) -> int:
    rows = store.database.fetch("SELECT trace_id FROM trace", {}).rows
    first = (1 << 118).to_bytes(16, "big")
    return sum(md5(b"salt:random:" + row[0].encode(), usedforsecurity=False).digest() < first for row in rows)


def draw(project: Path, plan: str, attempt: int) -> Callable[[], object]:
    """The draw of a queue that has none yet."""
    queue = f"{list(PLANS).index(plan)}-{attempt}"
    (project / "sampling.yaml").write_text(f"salt: s{queue}\nqueue: q{queue}\nreviews: 1000\nshares: {PLANS[plan]}\n")
    opened(project)
    return lambda: actions.sample(project)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
