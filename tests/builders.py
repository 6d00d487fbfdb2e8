"""Small, sound objects to start a test from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from review_app.review.rubric import Criterion, Label, Rubric
from review_app.store import draws, rubrics, traces
from review_app.store.draws import Draw
from review_app.store.engine import Store
from review_app.store.prepared import prepare
from review_app.store.traces import Saved
from review_app.tables import Verdict
from review_app.traces.trace import Document, Message, ToolCall, Trace

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)

RUBRIC = Rubric(
    name="send",
    criteria=(
        Criterion(
            name="good_enough",
            question="Good enough to send?",
            labels=(Label(value="pass", key="p"), Label(value="fail", key="f")),
            bad=("fail",),
        ),
    ),
)


def a_trace(trace_id: str = "t-1", **changes: Any) -> Trace:
    """A trace with a bit of everything."""
    values: dict[str, Any] = {
        "trace_id": trace_id,
        "at": NOON,
        "route": "returns",
        "language": "en",
        "model": "aster-1",
        "messages": (Message(role="user", content="Can I return a kettle I used once?"),),
        "documents": (Document(id="kb-1", title="Returns", text="Used kettles can be returned within 30 days."),),
        "tool_calls": (ToolCall(name="find_order", id="c1", arguments={"order": "A-17"}, result={"age_days": 12}),),
        "output": "Yes, within 30 days [kb-1].",
    }
    return Trace(**values | changes)


def a_verdict(trace_id: str = "t-1", label: str | None = "pass", **changes: Any) -> Verdict:
    """A verdict of judge-a on good_enough."""
    values: dict[str, Any] = {"judge": "judge-a", "judge_version": "1", "criterion": "good_enough", "confidence": 0.9}
    return Verdict(trace_id=trace_id, label=label, **values | changes)


def keep(store: Store, given: list[Trace]) -> Saved:
    """Store these traces."""
    return traces.save(store, [prepare(trace) for trace in given], NOON)


def fill_queue(store: Store, n: int, reviews_per_trace: int = 1, queue: str = "main") -> None:
    """`n` traces t-000, t-001, ... all in one draw, in that order in the queue."""
    rubrics.remember(store, RUBRIC, NOON)
    names = [f"t-{number:03d}" for number in range(n)]
    keep(store, [a_trace(name) for name in names])
    rows = {"trace_id": names, "stratum": "returns", "eligible": "random", "reasons": "random"}
    drawn = pd.DataFrame({**rows, "inclusion_probability": 1.0, "queue_order": names})
    draw = Draw(
        draw_id=f"{queue}-1", queue=queue, number=1, salt="s", rates={}, frame_size=n, eligible={"random": n},
        verdict_counts={}, flag_rule="", frame="", at=NOON,
    )  # fmt: skip
    draws.save(store, draw, drawn, reviews_per_trace)


def after(**passed: float) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(**passed)


def write(path: Path, text: str) -> Path:
    """A small file."""
    path.write_text(text, encoding="utf-8")
    return path
