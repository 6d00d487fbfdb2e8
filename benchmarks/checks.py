"""How fast checks are, beside plain JSON decoding of the same traces, in the same run.

    python benchmarks/checks.py [traces]

The traces are those of the demo, again and again until there are enough, each time with an answer of its own, so that
no cache of ours knows it; articles repeat, as they do in real traffic. Decoding is what any program must do with a
stored trace (json.loads). Once with the checks of a new project, and once with every kind of check. Targets: the former
at most 15 times decoding, the latter at most 150 times. Times are this process's own on the processor; each runs three
times and the fastest counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from review_app.grading.checks.kinds import KINDS
from review_app.grading.checks.run import run_checks
from review_app.grading.checks.spec import CheckSpec, specs_from
from review_app.traces.trace import Trace, decode, encode

DATA = Path(__file__).resolve().parents[1] / "data"
TARGETS = {"new project": 15.0, "every kind": 150.0}
PARAMETERS: dict[str, dict[str, Any]] = {
    "budget": {"max_latency_s": 5, "max_cost_usd": 0.003},
    "forbidden_pattern": {"pattern": "as an ai (language )?model", "ignore_case": True},
    "forbidden_terms": {"terms": ["guarantee", "risk free", "promise"]},
    "json_fields": {"fields": {"category": "string"}},
    "json_schema": {"schema": {"type": "object", "required": ["category"]}},
    "length": {"max_chars": 2400},
    "refusal": {"must": "answer"},
    "required_pattern": {"pattern": r"\[kb-\d+\]"},
    "tool_arguments": {"tools": {"find_order": {"type": "object", "required": ["order_id"]}}},
    "tool_calls": {"calls": [{"name": "find_order"}], "extra": True},
}


def main(count: int) -> int:
    """Print both ratios; 1 where one is above its target."""
    traces = many(count)
    bodies = [encode(trace) for trace in traces]
    print(f"{count:,} traces of {sum(map(len, bodies)) / count / 1000:.1f} kB")
    plain = fastest(lambda: [json.loads(body) for body in bodies])
    print(f"plain json.loads               {count / plain:>9,.0f} traces/s")
    missed = 0
    for name, specs in {"new project": new_project(), "every kind": every_kind()}.items():
        run_checks(specs, traces[0])  # the model of the languages is loaded once
        ours = fastest(lambda specs=specs: [run_checks(specs, trace) for trace in traces])  # type: ignore[misc]
        ratio, target = ours / plain, TARGETS[name]
        missed += ratio > target
        print(
            f"{name:<12} {len(specs):>3} checks       {count / ours:>9,.0f} traces/s   ratio {ratio:.1f}, "
            f"target at most {target:.0f}: {'met' if ratio <= target else 'MISSED'}"
        )
    return int(missed > 0)


def new_project() -> tuple[CheckSpec, ...]:
    return specs_from(yaml.safe_load((DATA / "checks.yaml").read_text(encoding="utf-8"))["checks"])


def every_kind() -> tuple[CheckSpec, ...]:
    return specs_from([{"name": kind, "type": kind, **PARAMETERS.get(kind, {})} for kind in KINDS])


def many(count: int) -> list[Trace]:
    """The demo's traces, numbered; each answer has its number in it."""
    demo = []
    for line in (DATA / "demo" / "traces.jsonl").read_bytes().splitlines():
        try:
            demo.append(decode(line))
        except ValidationError:
            continue  # the demo has some broken ones
    return [
        replace(demo[n % len(demo)], trace_id=f"t-{n}", output=f"{demo[n % len(demo)].output or ''} ({n})")
        for n in range(count)
    ]


def fastest(run: Callable[[], object], times: int = 3) -> float:
    """The shortest of a few runs, in seconds of the processor."""
    return min(timed(run) for _ in range(times))


def timed(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
