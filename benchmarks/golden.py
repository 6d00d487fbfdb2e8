"""How long a proposal's search for twins takes beside 10,000 cases, and how many it finds.

    python benchmarks/golden.py [cases]

Limit: 1 s. Beside it stands what reading and comparing all signatures takes by itself. Recall: of the cases
with a planted twin (one word of some twenty changed), how many are found by their signatures.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from review_app import actions
from review_app.actions.workspace import opened
from review_app.golden import similarity
from review_app.golden.example import Example, example_id, snapshot
from review_app.store import golden as golden_table
from review_app.store import traces as trace_table
from review_app.store.prepared import prepare
from review_app.traces.trace import Message, Trace

WORDS = [
    f"{first}{last}"
    for first in ("ba", "co", "di", "fu", "ke", "lo", "mi", "nu")
    for last in ("tan", "rel", "sip", "dor", "ving")
]
LIMIT_S = 1.0
TWINS = 50


def main() -> None:
    """Make the cases, propose some twins, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", type=int, nargs="?", default=10_000)
    cases = parser.parse_args().cases
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        actions.init(project)
        kept = _fill(project, cases)
        plain = _plain(project)
        took, found = _search(project, kept)
    middle = statistics.median(took)
    ratio = middle / plain
    worst = max(took)
    verdict = "PASS" if worst <= LIMIT_S else "FAIL"
    print(f"{cases:,} cases: search p50 {middle:.3f} s, worst {worst:.3f} s (limit {LIMIT_S:g} s) {verdict}")
    print(f"reading and comparing signatures alone {plain:.3f} s; ratio {ratio:.1f}")
    print(f"planted twins found: {found} of {TWINS}")


def _fill(project: Path, cases: int) -> list[Trace]:
    store, rng = opened(project).store, random.Random(7)
    kept = [_trace(f"t-{number}", " ".join(rng.choices(WORDS, k=20))) for number in range(cases)]
    with store.write() as write:
        for trace in kept:
            mark = similarity.signature(similarity.shingles(similarity.question(trace)))
            example = _example(trace)
            write.run(
                "INSERT INTO golden (example_id, trace_id, snapshot, layer, reason, proposer, proposed_at, status, "
                "group_id, split, signature) VALUES (:id, :trace, :snapshot, 'edge_case', 'made for speed', 'ana', 0, "
                "'approved', :id, 'dev', :mark)",
                id=example.example_id, trace=trace.trace_id, snapshot=example.snapshot, mark=similarity.as_text(mark),
            )  # fmt: skip
    return kept


def _search(project: Path, kept: list[Trace]) -> tuple[list[float], int]:
    store, took, found = opened(project).store, [], 0
    for number in range(TWINS):
        old = kept[number]
        words = similarity.question(old).split()
        twin = _trace(f"twin-{number}", " ".join([*words[:-1], "changed"]))
        trace_table.save(store, [prepare(twin)], datetime.now(UTC))
        golden_table.propose(store, _example(twin), "", datetime.now(UTC))
        name = example_id(twin)
        start = time.perf_counter()
        findings = actions.golden_findings(project, None, [name])[name]
        took.append(time.perf_counter() - start)
        found += any(one.kind == "near_duplicate" and one.other == example_id(old) for one in findings)
    return took, found


def _plain(project: Path) -> float:
    store = opened(project).store
    start = time.perf_counter()
    marks = similarity.from_texts(list(golden_table.signatures(store).values()))
    similarity.estimated(marks[0], marks)
    return time.perf_counter() - start


def _trace(trace_id: str, asked: str) -> Trace:
    return Trace(trace_id=trace_id, messages=(Message(role="user", content=asked),), output="Yes.")


def _example(trace: Trace) -> Example:
    review = {"reviewer": "ana", "labels": {}, "is_bad": False, "note": "fine as it is", "expected": None}
    text = snapshot(trace, review)
    return Example(
        example_id=example_id(trace), trace_id=trace.trace_id, snapshot=text, layer="edge_case",
        reason="made for speed", proposer="ana",
    )  # fmt: skip


if __name__ == "__main__":
    main()
