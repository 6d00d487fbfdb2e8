"""A small project that goes through the loop: its files, and a reviewer who answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from review_app import actions
from review_app.review.answer import Promotion, Receipt, Submission
from review_app.review.blind import BlindItem
from review_app.traces.trace import encode

from ..builders import a_trace

VERDICT_MAP = """
trace_id: trace_id
judge: {constant: judge-a}
judge_version: {constant: "1"}
criterion: {constant: good_enough}
label: label
confidence: confidence
scale: {labels: [pass, fail], bad: [fail]}
"""


def is_bad(number: int) -> bool:
    """Which answers are really bad: every fifth."""
    return number % 5 == 0


def judge_flags(number: int) -> bool:
    """What the judge says: it misses every fourth bad answer, and flags one good answer in sixty."""
    return (is_bad(number) and number % 20 != 0) or number % 60 == 1


def number_of(trace_id: str) -> int:
    return int(trace_id.removeprefix("t-"))


def filled_project(folder: Path, traces: int = 240, budget: int = 80) -> Path:
    """A project with traces, verdicts, checks and a drawn queue."""
    project = folder / "project"
    actions.init(project)
    (project / "sampling.yaml").write_text(f"salt: s\nreviews: {budget}\n")
    lines = [encode(a_trace(f"t-{n:04d}", output=f"Answer {n} [kb-1].")) for n in range(traces)]
    (folder / "traces.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    verdicts = [
        {"trace_id": f"t-{n:04d}", "label": "fail" if judge_flags(n) else "pass", "confidence": 0.9}
        for n in range(traces)
    ]
    (folder / "verdicts.jsonl").write_bytes(b"\n".join(map(orjson.dumps, verdicts)))
    (folder / "verdicts.map.yaml").write_text(VERDICT_MAP)
    actions.ingest(project, [folder / "traces.jsonl"])
    actions.import_verdicts(project, folder / "verdicts.jsonl", folder / "verdicts.map.yaml")
    actions.run_checks(project)
    actions.sample(project)
    return project


def nothing(number: int) -> bool:
    return False


def answer(project: Path, reviewer: str, n: int, promote: Callable[[int], bool] = nothing) -> list[Receipt]:
    """Review up to `n` traces truthfully."""
    receipts = []
    for _ in range(n):
        items = actions.desk(project, reviewer, want=1).items
        if not items:
            break
        receipts.append(actions.submit_review(project, reviewer, truthful(items[0], promote)))
    return receipts


def truthful(item: BlindItem, promote: Callable[[int], bool]) -> Submission:
    """The right answer to one item."""
    number = number_of(item.trace.trace_id)
    failed = {"good_enough": "fail", "reason": "wrong_fact"}
    return Submission(
        slot_id=item.slot_id,
        token=item.token,
        answers=failed if is_bad(number) else {"good_enough": "pass"},
        note="It is wrong." if is_bad(number) else "",
        correction="No." if is_bad(number) else None,
        promote=Promotion(layer="known_failure", reason="seen before") if promote(number) else None,
        seconds=12.0,
    )


def with_release(project: Path) -> Path:
    """The same project, everything reviewed by ana, approved by ben and released."""
    answer(project, "ana", 500, promote=lambda number: True)
    ids = list(actions.golden_board(project).proposals["example_id"])
    actions.approve_golden(project, "ben", ids, "alike on purpose")
    actions.release_golden(project, "ben")
    return project


def result_file(path: Path, header: dict[str, object], values: dict[str, float]) -> Path:
    """A file for the gate: one metric `good_enough` for each example."""
    lines = [header] + [{"example_id": name, "metrics": {"good_enough": value}} for name, value in values.items()]
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return path
