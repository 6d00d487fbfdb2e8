"""An ingest that is killed at a random moment and run again: does it end as a run that nobody disturbed?"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import orjson

from review_app import actions
from review_app.actions.workspace import opened
from review_app.store.engine import Store

# When something was stored; the rest of a row follows from what was read.
_STAMPS = {"trace": ("ingested_at",), "trace_body": ("ingested_at",), "rubric": ("at",), "schema_version": ("at",)}
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
    "AND name NOT LIKE 'trace_text%' ORDER BY name",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() "
    "AND tablename <> 'trace_text' ORDER BY tablename",
}
_RUBRIC = """name: Good enough
criteria:
  - {name: tone, question: 'Is the tone right?', kind: binary, bad: ["no"],
     labels: [{value: "yes", text: "Yes"}, {value: "no", text: "No"}]}
"""


@dataclass(frozen=True, kw_only=True)
class Round:
    """killed: whether it was killed before it ended. held: how many traces were stored by then; listing: whether it had
    begun to list rejects. same: whether the run after it ended in the state of the clean run."""

    killed: bool
    held: int
    listing: bool
    same: bool


@dataclass(frozen=True, kw_only=True)
class Clean:
    """What an undisturbed run ends in, table by table, and how long it takes in seconds."""

    state: Mapping[str, str]
    traces: int
    seconds: float


def written(folder: Path, traces: int) -> Path:
    """A folder of files in two formats: traces, some in two versions or with an address to take out, lines that are no
    traces, judges' and people's answers, and answers on what is not there."""
    source = folder / "source"
    source.mkdir()
    lines = [line for number in range(traces) for line in _native(number)]
    (source / "a.jsonl").write_bytes(b"".join(lines))
    (source / "b.jsonl").write_bytes(b"".join(line for number in range(traces // 8) for line in _run(number)))
    return source


def project(folder: Path, name: str) -> Path:
    """An empty project whose rubric asks what people answered."""
    actions.init(folder / name)
    (folder / name / "rubric.yaml").write_text(_RUBRIC, encoding="utf-8")
    return folder / name


def clean_run(source: Path, at: Path, target: str | None) -> Clean:
    """Ingest undisturbed. target: the store's address, where it is not the project's own file."""
    started = time.perf_counter()
    child = forked(lambda: _ingest(at, source, target))
    assert os.waitpid(child, 0)[1] == 0, "the undisturbed run failed"
    seconds = time.perf_counter() - started
    return Clean(state=state(at, target), traces=_stored(at, target), seconds=seconds)


def killed_run(source: Path, at: Path, target: str | None, clean: Clean, chance: Random) -> Round:
    """Ingest, kill it, ingest again. One in four is killed as soon as it lists rejects, or a moment later."""
    child = forked(lambda: _ingest(at, source, target))
    listing = chance.random() < 0.25
    moment = time.perf_counter() + (clean.seconds if listing else chance.uniform(0, clean.seconds))
    while time.perf_counter() < moment and not (listing and _lists(at)):
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.02) if listing else 0)
    os.kill(child, signal.SIGKILL)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    held, began = _stored(at, target), _lists(at)
    again = forked(lambda: _ingest(at, source, target))
    ended = os.waitpid(again, 0)[1] == 0
    return Round(killed=killed, held=held, listing=killed and began, same=ended and state(at, target) == clean.state)


def forked(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own that ends with it; its pid."""
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except Exception:  # noqa: BLE001  nobody else would hear of it
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def state(at: Path, target: str | None) -> dict[str, str]:
    """A digest of the rows of each table, and of the newest list of rejects."""
    store = Store(target or at / "review.db")
    found = {row["name"]: _digest(store, row["name"]) for row in store.rows(_TABLES[store.kind])}
    sound = store.health().sound
    store.close()
    lists = sorted((at / "rejects").glob("*.jsonl"))
    return found | {"rejects": _hash(lists[-1].read_bytes().splitlines() if lists else ()), "sound": str(sound)}


def _digest(store: Store, table: str) -> str:
    stamps = _STAMPS.get(table, ())
    rows = store.rows(f"SELECT * FROM {table}")
    return _hash(
        orjson.dumps({name: value for name, value in row.items() if name not in stamps}, default=str) for row in rows
    )


def _hash(lines: Iterable[bytes]) -> str:
    found = sorted(lines)
    digest = hashlib.sha256(b"\n".join(found)).hexdigest()
    return f"{len(found)} {digest}"


def _stored(at: Path, target: str | None) -> int:
    store = Store(target or at / "review.db")
    count = int(store.rows("SELECT count(*) AS n FROM trace")[0]["n"])
    store.close()
    return count


def _lists(at: Path) -> bool:
    return any((at / "rejects").glob("*"))


def _ingest(at: Path, source: Path, target: str | None) -> None:
    if target:
        os.environ["REVIEW_APP_STORE"] = target
    actions.ingest(at, [source])
    opened(at).store.close()


def _native(number: int) -> list[bytes]:
    asked = {"role": "user", "content": f"Where is parcel {number}? My key is sk-{number:048d}"}
    trace = {"trace_id": f"t-{number:06d}", "route": "returns", "messages": [asked], "output": "It was sent. " * 30}
    found = [orjson.dumps(trace) + b"\n"]
    if number % 20 == 3:
        found.append(b'{"trace_id": ' + str(number).encode() + b"}\n")
    if number % 30 == 7:
        found.append(orjson.dumps(trace | {"output": "Another answer."}) + b"\n")
    return found


def _run(number: int) -> list[bytes]:
    name, moment = f"r-{number:06d}", "2026-09-01T10:00:00"
    run = {"id": name, "trace_id": name, "dotted_order": f"20260901T100000000000Z{name}", "name": "answer",
           "run_type": "chain", "start_time": moment, "end_time": moment, "inputs": {"question": "When?"},
           "outputs": {"answer": "At eight."}}  # fmt: skip
    said = {"key": "tone", "value": "yes" if number % 3 else "no", "created_at": moment}
    return [
        orjson.dumps(record) + b"\n"
        for record in (
            run,
            said | {"id": f"j{number}", "run_id": name, "feedback_source": {"type": "model"}},
            said | {"id": f"p{number}", "run_id": name, "feedback_source": {"type": "app", "user_id": "ana"}},
            said | {"id": f"o{number}", "run_id": f"nobody-{number}", "feedback_source": {"type": "model"}},
        )
    ]
