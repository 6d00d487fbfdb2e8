"""The demo: a whole project of invented traces, up to a queue that waits for you."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from review_app.actions.checking import Checked, run_checks
from review_app.actions.drawing import Sampled, sample
from review_app.actions.ingesting import Ingested, ingest
from review_app.actions.measuring import measure_agreement
from review_app.actions.opinions import Imported, import_reviews, import_verdicts
from review_app.actions.projects import DATA, init
from review_app.agreement.report import AgreementReport

# The earlier reviews were given on exactly the traces that a draw of this budget chooses.
_REVIEWED = 300


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What each step did."""

    ingested: Ingested
    verdicts: Imported
    checked: Checked
    reviews: Imported
    sampled: Sampled
    report: AgreementReport


def make_demo(project: Path, progress: Callable[[str], None] = lambda step: None) -> Demo:
    """Make or resume the demo project in this folder; every step adds only what is not there yet."""
    source = DATA / "demo"
    init(project, source / "project")
    progress("traces")
    ingested = ingest(project, [source / "traces.jsonl"])
    progress("verdicts of two judges")
    verdicts = import_verdicts(project, source / "verdicts.jsonl", source / "verdicts.map.yaml")
    progress("checks")
    checked = run_checks(project)
    progress("first draw, and the reviews it got")
    sample(project, reviews=_REVIEWED)
    reviews = import_reviews(project, source / "reviews.jsonl", source / "reviews.map.yaml")
    progress("second draw: the queue that waits")
    sampled = sample(project)
    progress("agreement")
    return Demo(
        ingested=ingested,
        verdicts=verdicts,
        checked=checked,
        reviews=reviews,
        sampled=sampled,
        report=measure_agreement(project),
    )
