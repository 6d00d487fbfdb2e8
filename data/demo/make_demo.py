"""Makes the demo data beside it: `python data/demo/make_demo.py [folder]`.

The same sources give the same bytes; tests/demo compares. Needs review_app to be importable.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml
from invent import broken, judges, reviewers, traces

from review_app.grading.checks.run import run_checks
from review_app.grading.checks.spec import specs_from
from review_app.traces import trace as contract

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Everything that was made. made: the good traces with the truth. files: name -> bytes."""

    made: list[traces.Made]
    verdicts: list[dict[str, Any]]
    reviews: list[dict[str, Any]]
    flagged: frozenset[str]
    files: dict[str, bytes]


def make() -> Demo:
    """The whole demo, in memory."""
    source = traces.sources()
    made = traces.make(source)
    verdicts = judges.verdicts(made, source.opinions)
    records = [contract.from_values(_public(one.trace)) for one in made]
    flagged = _flagged(records, verdicts)
    queue = reviewers.drawn(made, flagged)["trace_id"].tolist()
    reviews = reviewers.reviews(made, queue, source.opinions)
    files = {
        "traces.jsonl": _joined(broken.between([contract.encode(record) for record in records])),
        "verdicts.jsonl": _joined(orjson.dumps(row) for row in verdicts),
        "reviews.jsonl": _joined(orjson.dumps(row) for row in reviews),
    }
    return Demo(made=made, verdicts=verdicts, reviews=reviews, flagged=flagged, files=files)


def _flagged(records: list[contract.Trace], verdicts: list[dict[str, Any]]) -> frozenset[str]:
    """Where one of the project's checks fails or a judge says fail: what `review-app sample` calls flagged."""
    specs = specs_from(yaml.safe_load((HERE / "project" / "checks.yaml").read_text(encoding="utf-8"))["checks"])
    by_check = {
        result.trace_id for record in records for result in run_checks(specs, record) if result.status == "fail"
    }
    return frozenset(by_check | {row["trace_id"] for row in verdicts if row["label"] == "fail"})


def _public(trace: dict[str, Any]) -> dict[str, Any]:
    # Keys with an underscore are the maker's own: who the writer is, for a follow-up.
    metadata = {key: value for key, value in trace["metadata"].items() if not key.startswith("_")}
    return {**trace, "metadata": metadata}


def _joined(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def main() -> None:
    """Writes the files into the folder named on the command line, or beside this script."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for name, content in make().files.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
