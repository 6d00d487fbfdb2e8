"""tau-bench: the runs of a simulated user with an agent, as `historical_trajectories` and its own runner write them.

A run is a trace, the trials of a task are one session, and the reward (the end state of the database beside the wanted
one) is the verdict of a judge that is no model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from review_app.tables import Reject, Verdict
from review_app.traces.columns import text_of
from review_app.traces.dialogue import conversation
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.glimpse import Glimpse
from review_app.traces.scores import number
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json, Trace, from_values

NAME = "tau-bench"

Fields = Mapping[str, Json]

_EMPTY: tuple[Json, ...] = (None, "", [], {})


def looks_like(glimpse: Glimpse) -> bool:
    """Records with a task, a reward and a trajectory."""
    return glimpse.kind in ("json", "json lines") and glimpse.has("task_id", "reward", "traj")


def read(path: Path) -> Iterator[Trace | Verdict | Reject]:
    """Each run, followed by its reward."""
    for row in rows(path):
        if isinstance(row, Reject):
            yield row
            continue
        line, run = row
        try:
            trace = _trace(run)
        except (ValueError, TypeError, AttributeError, OverflowError) as fault:
            yield rejected(path, line, fault, str(run).encode(errors="replace"))
            continue
        yield trace
        yield _verdict(trace.trace_id, run)


def _trace(run: Fields) -> Trace:
    turns, info = run.get("traj"), run.get("info")
    if not isinstance(turns, list):
        raise ValueError("has no traj, the list of what was said")
    noted = info if isinstance(info, Mapping) else {}
    task = noted.get("task")
    user = text_of(task.get("user_id")) if isinstance(task, Mapping) else None
    values = conversation(turns)
    rest = {name: value for name, value in run.items() if name != "traj" and value not in _EMPTY}
    own = {
        "trace_id": _id(run),
        "session_id": "-".join(filter(None, ["task", text_of(run.get("task_id")), user])),
        "error": text_of(noted.get("error")),
        "metadata": values["metadata"] | rest,
    }
    return numbers_kept(from_values(values | own))


def _id(run: Fields) -> str:
    # The file names no model and no domain, so a task and trial stand in several files; the words tell them apart.
    said = hashlib.sha256(orjson.dumps(run.get("traj"), option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
    return f"task-{str(run.get('task_id'))[:80]}-trial-{str(run.get('trial'))[:80]}-{said}"


def _verdict(trace_id: str, run: Fields) -> Verdict:
    reward = number(run.get("reward"))
    return Verdict(
        trace_id=trace_id,
        judge="tau-bench:reward",
        judge_version="unknown",
        criterion="reward",
        label=None if reward is None else "pass" if reward >= 1 else "fail",
        score=reward,
        status="missing" if reward is None else "ok",
    )
