"""How far each judge can be trusted, from everything people have said so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.evidence import SLICES, evidence, labels_under
from review_app.actions.exporting import write
from review_app.actions.queueing import require_role, role
from review_app.actions.topics import TOPIC, Topics
from review_app.actions.traffic_counts import frame_info, known_frame
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.biases.text_format import features
from review_app.agreement.judges.judge_report import Setup
from review_app.agreement.judges.judge_vs_people import measure
from review_app.agreement.report import AgreementReport
from review_app.agreement.slicing.uncaught import uncaught
from review_app.agreement.text import as_tables
from review_app.review.rubric import Rubric
from review_app.store import codes, rubrics, traffic
from review_app.store import draws as draw_table
from review_app.store import reviews as review_table
from review_app.store import verdicts as verdict_table
from review_app.store.blindness import unseen, waits
from review_app.store.engine import Store


def measure_agreement(
    project: Path, explore: bool = False, audit: bool = True, topics: Topics | None = None
) -> AgreementReport:
    """Every judge against people, and people against each other, over what the last draw could choose from.

    Weighted by the probability with which each trace was drawn and reached. Reviews of traces that no known draw chose
    are counted, and stay out of the weighted figures; where a draw chose a trace that was also sent to the queue by
    hand, only what the draw asked for speaks. Each version of the rubric is measured by itself. explore: list slices
    that may be blind spots, not only those that stand after correction. audit: False leaves out blind spots, false
    alarms and biases, which take most of the time. topics: look for them by topic as well."""
    workspace = opened(project)
    given = evidence(workspace)
    if audit:
        given = given._replace(traces=_with_format(workspace.store, given.traces))
    setup, known_here = replace(_setup(workspace, topics), explore=explore, audit=audit), known_frame(workspace)
    reports = []
    for version, rubric in _asked(workspace, given.reviews).items():
        labelled, frame = labels_under(workspace, rubric, given, topics), frame_info(workspace, rubric, known_here)
        found = measure(given.verdicts, labelled.people, frame, {version: rubric}, setup)
        reports.append(replace(found, excluded=found.excluded + labelled.set_apart))
    return _joined(reports, workspace.store, given.reviews)


def write_agreement(report: AgreementReport, folder: Path, reviewers: bool = False) -> tuple[Path, ...]:
    """Write every table of a report as a CSV file in a folder, which is made where there is none; their paths.

    reviewers: name the people, otherwise what speaks of one of them is left out. Defused for spreadsheets."""
    folder.mkdir(parents=True, exist_ok=True)
    found = as_tables(report, reviewers)
    paths = tuple(folder / f"{name}.csv" for name in found)
    for path, rows in zip(paths, found.values(), strict=True):
        write(rows, path)
    return paths


def disagreements(project: Path, reviewer: str, report: AgreementReport | None = None) -> pd.DataFrame:
    """Where a judge and people differ: trace_id, judge, criterion, verdict_label, human_label, reviewers, confidence,
    route, language. A trace that still waits for a review is shown only to those who gave theirs; and who does not
    lead learns here no more than project.yaml's `reveal` tells them at the desk.

    report: the one that is shown beside it, where there is one; it is measured otherwise."""
    require_role(project, reviewer)
    workspace = opened(project)
    report = report or measure_agreement(project)
    rows = [
        {"trace_id": found.trace_id, "judge": judge.judge, "judge_version": judge.judge_version}
        | {"criterion": judge.criterion, "kind": found.kind}
        for judge in report.judges
        for found in judge.disagreements
    ]
    found = pd.DataFrame(rows, columns=["trace_id", "judge", "judge_version", "criterion", "kind"])
    hidden = unseen(workspace.store, reviewer)
    shown = _with_labels(workspace, found[~found["trace_id"].isin(hidden)])
    return _by_policy(workspace, shown) if role(project, reviewer) == "reviewer" else shown


def _by_policy(workspace: Workspace, shown: pd.DataFrame) -> pd.DataFrame:
    policy = workspace.settings.project.reveal
    if not policy.verdicts:
        return shown.iloc[:0]
    told = {
        trace_id: policy.others == "at_once" or (policy.others == "after_all" and not waits(workspace.store, trace_id))
        for trace_id in shown["trace_id"].unique()
    }
    keep = shown["trace_id"].map(told).astype(bool)
    return shown.assign(**{name: shown[name].where(keep) for name in ("human_label", "reviewers")})


def _setup(workspace: Workspace, topics: Topics | None) -> Setup:
    chosen = workspace.settings.project
    return Setup(
        generated_at=datetime.now(UTC),
        slices=(*SLICES, *((TOPIC,) if topics and topics.names else ())),
        strata=_strata(workspace),
        families=chosen.judge_families,
        exchanged=chosen.exchanged_judges,
        minimum=chosen.evidence,
        unseen=topics.unseen if topics else "",
    )


def _strata(workspace: Workspace) -> tuple[str, ...]:
    """Columns by whose rare values the last draw gave traces rates of their own."""
    series = draw_table.series(workspace.store, workspace.settings.plan.queue)
    rules = series[-1].eligibility.get("rare", {}) if series else {}
    return tuple(column for column, values in rules.get("values", {}).items() if values and column in SLICES)


def _joined(reports: list[AgreementReport], store: Store, reviews: pd.DataFrame) -> AgreementReport:
    return replace(
        reports[-1],
        judges=tuple(judge for report in reports for judge in report.judges),
        panels=tuple(panel for report in reports for panel in report.panels),
        people=tuple(people for report in reports for people in report.people),
        excluded=tuple(left_out for report in reports for left_out in report.excluded),
        uncaught=uncaught(codes.notes(store), codes.coded(store), reviews, rubrics.every(store)),
    )


def _with_labels(workspace: Workspace, found: pd.DataFrame) -> pd.DataFrame:
    key = ["trace_id", "judge", "judge_version", "criterion"]
    verdicts = verdict_table.frame(workspace.store, reviewed_only=True)[[*key, "label", "confidence"]]
    judged = review_table.frame(workspace.store).dropna(subset=["label"])
    people = judged.groupby(["trace_id", "criterion"]).agg(
        human_label=("label", " / ".join), reviewers=("reviewer", ", ".join)
    )
    traces = traffic.reviewed(workspace.store, traffic.Scope())[["trace_id", "route", "language"]]
    joined = found.merge(verdicts.rename(columns={"label": "verdict_label"}), on=key, how="left")
    joined = joined.merge(people.reset_index(), on=["trace_id", "criterion"], how="left")
    return joined.merge(traces, on="trace_id", how="left")


def _with_format(store: Store, traces: pd.DataFrame) -> pd.DataFrame:
    """The traces with how their output looks; one without an output looks plain."""
    written = traffic.outputs(store)
    looks = features(written.get(trace_id, "") for trace_id in traces["trace_id"])
    return pd.concat([traces, looks.set_index(traces.index)], axis=1)


def _asked(workspace: Workspace, reviews: pd.DataFrame) -> dict[str, Rubric]:
    """The rubrics that were answered, and the current one, which comes last."""
    current, used = workspace.settings.rubric, set(reviews["rubric_version"])
    known = {version: rubric for version, rubric in rubrics.every(workspace.store).items() if version in used}
    known.pop(current.version, None)
    # Without an answer to the current rubric there is nothing to say of it, unless there is none to any.
    return known | {current.version: current} if current.version in used or not known else known
