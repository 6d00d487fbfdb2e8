"""What redaction adds to an ingest, and log_trace to its caller: `python benchmarks/redaction.py [traces]`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from review_app import log_trace
from review_app.actions.redacting import Redacting
from review_app.store.prepared import Prepared, prepare
from review_app.traces.redact.rules import Redaction
from review_app.traces.trace import Message, Trace

BATCH = 2_000
ALL = Redaction(personal=("email", "phone", "card", "iban", "ip"))
RULES = {
    "secrets (default)": Redaction(),
    "and e-mail": Redaction(personal=("email",)),
    "and all personal": ALL,
    "and one own pattern": Redaction(personal=ALL.personal, patterns={"employee": r"EMP-\d{6}"}),
}


def made(count: int) -> list[Prepared]:
    """Traces of about 4 kB; one in twenty names an e-mail address, one in a hundred a key."""
    words = ["order", "returned", "the", "customer", "2026-11-24", "status", "parcel", "12.50", "EUR", "please", "ref"]
    rng = np.random.default_rng(1)
    found = []
    for number in range(count):
        text = " ".join(rng.choice(words, 620))
        extra = " ana@example.org" if number % 20 == 0 else ""
        extra += " sk-" + "a1" * 12 if number % 100 == 0 else ""
        found.append(
            prepare(Trace(trace_id=f"t{number}", messages=(Message(role="user", content=text),), output=extra))
        )
    return found


def main() -> None:
    """Print both tables."""
    traces = made(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    print(f"{len(traces):,} traces of {len(traces[1].body):,} bytes")
    for name, rules in RULES.items():
        redacting, began = Redacting(rules), time.perf_counter()
        for start in range(0, len(traces), BATCH):
            redacting.traces(traces[start : start + BATCH])
        each = (time.perf_counter() - began) / len(traces) * 1e6
        print(f"{name:<22} {each:8.1f} us per trace  {dict(redacting.found)}")
    with tempfile.TemporaryDirectory() as folder:
        took = [_logged(folder) for _ in range(20_000)]
    middle, slow = np.percentile(took, [50, 99])
    print(f"log_trace, 4 kB        {middle:8.1f} us median, {slow:.1f} at the 99th percentile, {max(took):.0f} at most")


def _logged(folder: str | os.PathLike[str]) -> float:
    began = time.perf_counter()
    log_trace(input="x" * 2_000, output="y" * 2_000, spool=Path(folder))
    return (time.perf_counter() - began) * 1e6


if __name__ == "__main__":
    main()
