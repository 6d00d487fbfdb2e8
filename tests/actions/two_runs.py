"""A project with a golden release and two runs over it, of which the second lost some cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from review_app import actions
from review_app.actions.running import Asked, run_file

from .loop import filled_project, with_release

GOOD = "Yes, used kettles can be returned within 30 days [kb-1]."
WORSE = "Yes, used kettles can be returned within 90 days [kb-1]."
OTHER = "Sure: used kettles can be returned within 30 days [kb-1]."
GATE = "metrics: [{name: mine, margin: 0.2, minimum_n: 4}]\n"
PAIRS = "- {name: better, question: 'Which answer is better?', kind: pairwise}\n"
PEOPLE = "people: {lea: lead, ana: reviewer, ben: reviewer, vera: auditor}\n"


def two_runs(folder: Path, outputs: tuple[Sequence[str], Sequence[str]] | None = None) -> tuple[Path, tuple[str, str]]:
    """The project, and the ids of the runs p7 and p8 over eight cases. p8 lost the first two cases, and words the third
    in another way. outputs: other answers of the two, as many as you like; the rest are GOOD."""
    project = with_release(filled_project(folder, traces=8, budget=16))
    (project / "gate.yaml").write_text(GATE)
    with (project / "project.yaml").open("a") as file:
        file.write(PEOPLE)
    rubric = (project / "rubric.yaml").read_text()
    (project / "rubric.yaml").write_text(rubric.replace("criteria:\n", f"criteria:\n  {PAIRS}", 1))
    given = outputs or ((), (WORSE, WORSE, OTHER))
    old, new = (ran(project, series, one) for series, one in zip(("p7", "p8"), given, strict=True))
    return project, (old, new)


def ran(project: Path, series: str, outputs: Sequence[str]) -> str:
    """A run by `run --from-file` with these first answers; those that are WORSE have 0 on the metric `mine`."""
    path = project.parent / f"{series}.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, _lines(actions.verify_golden(project).example_ids(), outputs))))
    return run_file(project, path, Asked(series=series)).run_id


def _lines(ids: Sequence[str], outputs: Sequence[str]) -> list[dict[str, Any]]:
    answers = [*outputs, *[GOOD] * (len(ids) - len(outputs))]
    return [
        {
            "example_id": name,
            "output": text,
            "metrics": {"mine": float(text != WORSE)},
            "latency_s": 1.5,
            "cost_usd": 0.002,
        }
        for name, text in zip(ids, answers, strict=True)
    ]
