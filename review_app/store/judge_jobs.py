"""The questions judges were asked: each is paid for once, and a program that dies loses no answer it had received.

A question is `sent` on disk before it goes out, and its reply is on disk before anything is made of it. What is `sent`
when its program died may have been paid for: it is asked again, and counted as lost. Spending is held back when a
question is sent, and corrected when its cost is known.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from review_app.grading.judges.reply import Answer, TokenChoice
from review_app.store.clock import instant, microseconds
from review_app.store.engine import Row, Store, Write, in_parts, placeholders

PENDING = "pending:"
"""What a batch's name begins with until its provider has given it one."""
_BATCH = 2_000
_HELD = "INSERT INTO judge_budget (scope, usd) VALUES (:scope, :usd) ON CONFLICT (scope) DO UPDATE SET "
_ASKED = (
    "INSERT INTO judge_asked (trace_id, judge, judge_version, sample, trace_version, text_hash, job_key) VALUES "
    "(:trace_id, :judge, :judge_version, :sample, :trace_version, :text_hash, :job_key) "
    "ON CONFLICT (trace_id, judge, judge_version, sample) DO UPDATE SET trace_version = excluded.trace_version, "
    "text_hash = excluded.text_hash, job_key = excluded.job_key"
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """state: waiting, sent, done or failed. alive: a program that is running has it under way, or a provider's batch.
    answer: once done. attempts, lost: see the table."""

    key: str
    state: str
    attempts: int
    lost: int
    alive: bool
    answer: Answer | None
    reason: str
    done_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Send:
    """A question about to be sent. caps: scope -> the USD that it may reach. worker: who sends it."""

    key: str
    estimate_usd: float
    caps: Mapping[str, float]
    worker: str
    at: datetime
    lease_until: datetime
    batch_id: str | None = None


def worker_name(helpers: Sequence[int] = ()) -> str:
    """This program: its machine and process, and the processes that go on with what it sent where it is killed."""
    return f"{socket.gethostname()}:{'/'.join(map(str, (os.getpid(), *helpers)))}"


def add(store: Store, keys: Iterable[str], asked: Sequence[Row]) -> None:
    """Note questions, and which traces they answer for. asked: rows of judge_asked. Known ones are left alone."""
    wanted = list(dict.fromkeys(keys))
    for start in range(0, max(len(wanted), len(asked)), _BATCH):
        with store.write() as write:
            new = [{"job_key": key} for key in wanted[start : start + _BATCH]]
            write.many(
                "INSERT INTO judge_job (job_key, state) VALUES (:job_key, 'waiting') ON CONFLICT DO NOTHING", new
            )
            write.many(_ASKED, asked[start : start + _BATCH])


def jobs(store: Store, keys: Sequence[str], now: datetime) -> dict[str, Job]:
    """The stored ones among these questions."""
    found: dict[str, Job] = {}
    for marks, named in in_parts(keys):
        rows = store.rows(f"SELECT * FROM judge_job WHERE job_key IN {marks}", **named)
        found |= {row["job_key"]: _job(row, now) for row in rows}
    return found


def reclaim(store: Store, keys: Sequence[str], now: datetime) -> int:
    """Let what a dead program had sent be asked again, and what had failed before; how many were lost."""
    lost = 0
    for start in range(0, len(keys), _BATCH):
        with store.write() as write:
            rows = [row for part in in_parts(keys[start : start + _BATCH]) for row in _to_reclaim(write, *part)]
            dead = [row for row in rows if row["state"] == "sent" and not _alive(row, now)]
            write.many(
                "UPDATE judge_job SET state = 'waiting', lost = lost + 1, worker = NULL, batch_id = NULL "
                "WHERE job_key = :job_key",
                [{"job_key": row["job_key"]} for row in dead],
            )
            write.many(
                "UPDATE judge_job SET state = 'waiting', attempts = 0, reason = NULL WHERE job_key = :job_key",
                [{"job_key": row["job_key"]} for row in rows if row["state"] == "failed"],
            )
            lost += len(dead)
    return lost


def _to_reclaim(write: Write, marks: str, named: dict[str, object]) -> list[Row]:
    return write.run(f"SELECT * FROM judge_job WHERE job_key IN {marks} AND state IN ('sent', 'failed')", **named)


def outliving(store: Store, keys: Sequence[str], now: datetime) -> list[str]:
    """Those of the questions that were sent by a program which is dead, while a process of its still waits for the
    reply."""
    found: list[str] = []
    for marks, named in in_parts(keys):
        rows = store.rows(f"SELECT * FROM judge_job WHERE job_key IN {marks} AND state = 'sent'", **named)
        found += [row["job_key"] for row in rows if _alive(row, now) and not _sender_runs(row)]
    return found


def send(write: Write, what: Send) -> str:
    """Mark a question as sent and hold its price back: "sent"; "capped" where a cap leaves no room for it; "taken"
    where another program has it."""
    free = write.run("SELECT 1 AS n FROM judge_job WHERE job_key = :key AND state = 'waiting'", key=what.key)
    if not free:
        return "taken"
    if not hold_within(write, what.caps, what.estimate_usd):
        return "capped"
    write.run(
        "UPDATE judge_job SET state = 'sent', attempts = attempts + 1, worker = :worker, lease_until = :until, "
        "batch_id = :batch_id, scopes = :scopes, estimate_usd = :estimate, reason = NULL WHERE job_key = :key",
        key=what.key,
        worker=what.worker,
        until=microseconds(what.lease_until),
        batch_id=what.batch_id,
        scopes=orjson.dumps(list(what.caps)).decode(),
        estimate=what.estimate_usd,
    )
    return "sent"


def record(write: Write, key: str, answer: Answer, now: datetime) -> None:
    """Keep a reply, whatever it is worth; an unknown cost leaves the estimate standing."""
    row = write.run("SELECT scopes, estimate_usd, state FROM judge_job WHERE job_key = :key", key=key)[0]
    if row["state"] == "done":
        return
    if answer.cost_usd is not None and row["scopes"]:
        hold(write, orjson.loads(row["scopes"]), answer.cost_usd - row["estimate_usd"])
    write.run(
        "UPDATE judge_job SET state = 'done', reply = :reply, cost_usd = :cost, done_at = :now, reason = NULL, "
        "worker = NULL WHERE job_key = :key",
        key=key,
        reply=orjson.dumps(asdict(answer)).decode(),
        cost=answer.cost_usd,
        now=microseconds(now),
    )


def give_back(write: Write, key: str, reason: str, *, again: bool, paid: bool) -> None:
    """No reply came. again: it may be asked once more, now or by a later run. paid: it may have been paid for."""
    row = write.run("SELECT scopes, estimate_usd FROM judge_job WHERE job_key = :key", key=key)[0]
    if not paid and row["scopes"]:
        hold(write, orjson.loads(row["scopes"]), -row["estimate_usd"])
    write.run(
        "UPDATE judge_job SET state = :state, reason = :reason, worker = NULL, batch_id = NULL "
        "WHERE job_key = :key AND state = 'sent'",
        key=key,
        reason=reason,
        state="waiting" if again else "failed",
    )


def hold_within(write: Write, caps: Mapping[str, float], usd: float) -> bool:
    """Hold a price back, unless that would lead beyond a cap. caps: scope -> the USD that it may reach."""
    marks, named = placeholders(list(caps))
    spent = {
        row["scope"]: row["usd"] for row in write.run(f"SELECT * FROM judge_budget WHERE scope IN {marks}", **named)
    }
    if any(spent.get(scope, 0.0) + usd > cap for scope, cap in caps.items()):
        return False
    hold(write, caps, usd)
    return True


def hold(write: Write, scopes: Iterable[str], usd: float) -> None:
    """Add to what is spent or held back."""
    for scope in scopes:
        write.run(_HELD + "usd = judge_budget.usd + excluded.usd", scope=scope, usd=usd)


def spent(store: Store, scope: str) -> float:
    """USD spent or held back; 0 where nothing was asked."""
    rows = store.rows("SELECT usd FROM judge_budget WHERE scope = :scope", scope=scope)
    return max(float(rows[0]["usd"]), 0.0) if rows else 0.0  # what was held and let go may leave -1e-18


def asked(store: Store, judge: str, version: str) -> list[Row]:
    """judge_asked of one judge: trace_id, sample, trace_version, text_hash, job_key."""
    return store.rows(
        "SELECT trace_id, sample, trace_version, text_hash, job_key FROM judge_asked "
        "WHERE judge = :judge AND judge_version = :version ORDER BY trace_id, sample",
        judge=judge,
        version=version,
    )


def note_run(store: Store, run: Row) -> None:
    """Keep which part of which frame a judge was started on; columns of judge_run, `at` in microseconds."""
    columns = ", ".join(run)
    with store.write() as write:
        write.run(f"INSERT INTO judge_run ({columns}) VALUES ({', '.join(':' + name for name in run)})", **run)


def runs(store: Store, judge: str) -> list[Row]:
    """judge_run of one judge, the oldest first."""
    return store.rows("SELECT * FROM judge_run WHERE judge = :judge ORDER BY at, run_id", judge=judge)


def answer_of(text: str) -> Answer:
    """The inverse of what `record` writes."""
    values: dict[str, Any] = orjson.loads(text)
    if values["tokens"] is not None:
        values["tokens"] = tuple(TokenChoice(**one) for one in values["tokens"])
    return Answer(**values)


def _job(row: Row, now: datetime) -> Job:
    return Job(
        key=row["job_key"],
        state=row["state"],
        attempts=row["attempts"],
        lost=row["lost"],
        alive=row["state"] == "sent" and _alive(row, now),
        answer=answer_of(row["reply"]) if row["reply"] else None,
        reason=row["reason"] or "",
        done_at=instant(row["done_at"]),
    )


def _alive(row: Row, now: datetime) -> bool:
    """Whether a sent question may still be answered: it is with a batch, or its program runs, as far as can be seen."""
    stamp = microseconds(now)
    assert stamp is not None
    if row["batch_id"] is not None and not row["batch_id"].startswith(PENDING):
        return True
    if row["lease_until"] is None or row["lease_until"] < stamp:
        return False
    host, processes = _worker(row)
    return host != socket.gethostname() or any(map(_runs, processes))


def _sender_runs(row: Row) -> bool:
    host, processes = _worker(row)
    return row["batch_id"] is not None or host != socket.gethostname() or _runs(processes[0])


def _worker(row: Row) -> tuple[str, list[int]]:
    """What `worker_name` made: the machine, and the processes, the sender first."""
    host, _, processes = (row["worker"] or "").rpartition(":")
    return host, [int(process) for process in processes.split("/") if process]


def _runs(process: int) -> bool:
    if process == os.getpid():
        return False  # we start: whatever bears our number was sent by one before us
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Whether a process has ended and nobody asked how; in a container there may be nobody who does."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False  # it ended just now, or this is not Linux, where whoever is left alone is asked
