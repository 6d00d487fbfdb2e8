"""A small lake of traces with everything that decides in flat columns, in the forms a test wants it in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from review_app import actions
from review_app.actions.workspace import opened
from review_app.sampling.draw import draw, rates
from review_app.sampling.plan import SamplePlan
from review_app.store import draws

TRACE = """\
trace_id: id
at: ts
timezone: UTC
route: topic
language: lang
model: model
input: question
output: answer
user_feedback: {rating: rating}
ignore: [judge_a, judge_b, sure_a]
"""
JUDGES = """\
judges:
  - {judge: a, judge_version: "1", criterion: good_enough, label: judge_a, confidence: sure_a}
  - {judge: b, judge_version: "1", criterion: good_enough, label: judge_b, labels: {ok: pass, poor: fail}}
"""
LAKE = f"trace:\n{''.join(f'  {line}' for line in TRACE.splitlines(keepends=True))}{JUDGES}"
_VERDICTS = """
trace_id: id
judge: {constant: NAME}
judge_version: {constant: "1"}
criterion: {constant: good_enough}
label: judge_NAME
scale: {labels: [pass, fail], bad: [fail], translate: {ok: pass, poor: fail}}
"""
PLAN = """\
salt: s
queue: main
reviews: 60
shares: {random: 0.4, judge_flagged: 0.2, disagreement: 0.1, uncertain: 0.1, rare: 0.1, complaint: 0.1}
rare: {below: 0.05, columns: [language, model, route]}
"""

ODD_IDS = ("zwölf", "emoji 🙂", "re\u0301sume\u0301", "résumé", "quote's", 'double"', "back\\slash", "%_;--", "日本")


def row(n: int) -> dict[str, Any]:
    """One trace of the lake, all of whose properties follow from its number."""
    return {
        "id": ODD_IDS[n] if n < len(ODD_IDS) else f"tr-{n:06d}",
        "ts": (datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=n)).isoformat(),
        "topic": ("returns", "billing", None, " ", "orders ")[n % 5],
        "lang": "ja" if n % 50 == 7 else None if n % 50 == 8 else "en",
        "model": "aster-1" if n % 60 else "aster-2",
        "question": f"Can I return kettle {n}?",
        "answer": f"Yes, kettle {n} can be returned [kb-1].",
        "rating": -1.0 if n % 20 == 2 else 1.0 if n % 3 else None,
        "judge_a": "fail" if n % 5 == 0 else None if n % 7 == 0 else "pass",
        "sure_a": 0.5 if n % 10 == 3 else 0.9,
        "judge_b": "poor" if n % 4 == 0 else "ok",
    }


def rows(n: int) -> list[dict[str, Any]]:
    """The first `n` traces."""
    return [row(number) for number in range(n)]


def as_parquet(path: Path, given: Iterable[dict[str, Any]]) -> Path:
    """A Parquet file with times as timestamps without a zone, as many exporters leave them."""
    found = [one | {"ts": datetime.fromisoformat(one["ts"]).replace(tzinfo=None)} for one in given]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(found), path)
    return path


def as_jsonl(path: Path, given: Iterable[dict[str, Any]]) -> Path:
    """JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in given))
    return path


def lake_project(folder: Path, plan: str = PLAN, mapping: str = LAKE) -> Path:
    """An empty project with a lake.yaml."""
    actions.init(folder)
    (folder / "checks.yaml").write_text("checks: []")
    (folder / "sampling.yaml").write_text(plan)
    (folder / "lake.yaml").write_text(mapping)
    return folder


def store_project(folder: Path, jsonl: Path, plan: str = PLAN) -> Path:
    """A project that has ingested everything instead, with both judges' verdicts."""
    project = lake_project(folder, plan)
    (folder / "trace.map.yaml").write_text(TRACE)
    actions.ingest(project, [jsonl], map_file=folder / "trace.map.yaml")
    for name in "ab":
        text = _VERDICTS.replace("NAME", name) + ("confidence: sure_a\n" if name == "a" else "")
        (folder / f"{name}.map.yaml").write_text(text)
        actions.import_verdicts(project, jsonl, folder / f"{name}.map.yaml")
    return project


def digest(project: Path, queue: str = "main") -> str:
    """md5 over the ids of a queue's draw with their exact strata, strategies and probabilities."""
    return digest_of(draws.drawn(opened(project).store, queue))


def digest_of(drawn: pd.DataFrame) -> str:
    """The same of a draw's frame."""
    columns = ["trace_id", "stratum", "eligible", "reasons", "inclusion_probability"]
    lines = sorted(orjson.dumps(line) for line in drawn[columns].to_numpy(dtype=object).tolist())
    return md5(b"\n".join(lines), usedforsecurity=False).hexdigest()


def by_hand(given: list[dict[str, Any]], reviews: int) -> pd.DataFrame:
    """What PLAN draws from these traces with so many reviews: our own rates and hashes, over strategies spelled out."""
    frame = pd.DataFrame(
        {
            "trace_id": [one["id"] for one in given],
            "stratum": [(one["topic"] or "").strip() or "none" for one in given],
            "complaint": [(one["rating"] or 0) < 0 for one in given],
            "judge_flagged": [one["judge_a"] == "fail" or one["judge_b"] == "poor" for one in given],
            # b always says something, so only a tells whether anybody says the other thing.
            "disagreement": [
                one["judge_a"] is not None and (one["judge_a"] == "fail") != (one["judge_b"] == "poor") for one in given
            ],
            "uncertain": [one["judge_a"] is not None and one["sure_a"] < 0.6 for one in given],
            "rare": [one["lang"] == "ja" or one["model"] == "aster-2" for one in given],
        }
    )
    shares = dict.fromkeys(("disagreement", "uncertain", "rare", "complaint"), 0.1)
    plan = SamplePlan(salt="s", reviews=reviews, shares={"random": 0.4, "judge_flagged": 0.2, **shares})
    eligible = {"random": len(frame)} | {name: int(frame[name].sum()) for name in frame.columns[2:]}
    return draw(frame, rates(plan, eligible, {}), "s")


_POSTGRES = (
    "CREATE TABLE traces (id text, ts timestamptz, topic text, lang text, model text, question text, answer text, "
    "rating double precision, judge_a text, sure_a double precision, judge_b text)"
)


def in_postgres(address: str, given: Iterable[dict[str, Any]]) -> str:
    """A table `traces` in this database; the lake's address."""
    import psycopg

    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(_POSTGRES)
        with cursor.copy("COPY traces FROM STDIN") as copy:
            for one in given:
                copy.write_row(tuple(one.values()))
    return f"{address}/traces"
