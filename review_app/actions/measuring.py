"""How far each judge can be trusted, from everything people have said so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson
import pandas as pd

from review_app.actions.exporting import write
from review_app.actions.queueing import require_role, role
from review_app.actions.traffic_counts import frame_info, scope, week_name
from review_app.actions.weighing import design_weights
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.figures import Exclusion
from review_app.agreement.judges.judge_report import Setup
from review_app.agreement.judges.judge_vs_people import measure
from review_app.agreement.raters.people import settle
from review_app.agreement.report import AgreementReport
from review_app.agreement.slicing.uncaught import uncaught
from review_app.agreement.text import as_tables
from review_app.review.rubric import Rubric
from review_app.store import adjudications, codes, known_answers, new_slots, rubrics, traffic
from review_app.store import reviews as review_table
from review_app.store import verdicts as verdict_table
from review_app.store.blindness import unseen, waits
from review_app.store.engine import Store

SLICES = (
    "route", "language", "model", "prompt_version", "retrieval_version", "n_turns", "n_documents", "n_tools",
    "output_chars", "tools",
)  # fmt: skip
"""Metadata in which blind spots are looked for, alone and in pairs."""


class Topics(NamedTuple):
    """names: trace_id -> what its text is about. unseen: why that is not known, "" where it is."""

    names: Mapping[str, str]
    unseen: str = ""


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
    store = workspace.store
    traces = traffic.reviewed(store, scope(workspace))
    verdicts, reviews = _verdicts(workspace), review_table.frame(store)
    verdicts, reviews = (table[table["trace_id"].isin(traces["trace_id"])] for table in (verdicts, reviews))
    settled, known = adjudications.settled(store), known_answers.known_answers(store)
    setup = replace(_setup(workspace, topics), explore=explore, audit=audit)
    reports = []
    for version, rubric in _asked(workspace, reviews).items():
        # How far the queue was done is asked of each version by itself: a second round begins at nought.
        mine = reviews[reviews["rubric_version"] == version]
        design = _design(workspace, mine)
        mine, by_hand = _without_hand_picked(workspace, mine, design)
        labelled = settle(mine, {version: rubric}, _about(traces, design, topics), settled, known)
        found = measure(verdicts, labelled, frame_info(workspace, rubric), {version: rubric}, setup)
        reports.append(replace(found, excluded=found.excluded + by_hand))
    return _joined(reports, store, reviews)


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
        slices=(*SLICES, *(("topic",) if topics and topics.names else ())),
        families=chosen.judge_families,
        minimum=chosen.evidence,
        unseen=topics.unseen if topics else "",
    )


def _joined(reports: list[AgreementReport], store: Store, reviews: pd.DataFrame) -> AgreementReport:
    return replace(
        reports[-1],
        judges=tuple(judge for report in reports for judge in report.judges),
        panels=tuple(panel for report in reports for panel in report.panels),
        people=tuple(people for report in reports for people in report.people),
        excluded=tuple(left_out for report in reports for left_out in report.excluded),
        uncaught=uncaught(codes.notes(store), codes.coded(store), reviews, rubrics.every(store)),
    )


def _verdicts(workspace: Workspace) -> pd.DataFrame:
    found = verdict_table.frame(workspace.store, reviewed_only=True)
    chances = [orjson.loads(text) if isinstance(text, str) else None for text in found["label_probabilities"]]
    return found.assign(label_probabilities=pd.Series(chances, index=found.index, dtype=object))


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


def _about(traces: pd.DataFrame, design: pd.DataFrame, topics: Topics | None) -> pd.DataFrame:
    weeks = [None if pd.isna(week) else week_name(week) for week in traces["week"]]
    # As a slice that is sent to the queue has it: a trace that called no tool has the tools `none`.
    known = traces[["trace_id", "session_id", *SLICES]].assign(
        week=pd.Series(weeks, index=traces.index, dtype=object), tools=traces["tools"].replace("", "none")
    )
    if topics and topics.names:
        known = known.assign(topic=known["trace_id"].map(topics.names))
    return known.merge(design, on="trace_id", how="left")


def _design(workspace: Workspace, reviews: pd.DataFrame) -> pd.DataFrame:
    """trace_id, inclusion_probability, weight, variance_factor: from our draws; without a draw, from what an imported
    file states."""
    stated = reviews.dropna(subset=["inclusion_probability"]).groupby("trace_id")["inclusion_probability"].max()
    ours = design_weights(workspace, _given(workspace, reviews))
    # Two samples can only be joined where each one's probability is known for the other's traces: a census always is.
    used = stated[stated == 1] if len(ours) else stated
    given = used.rename("inclusion_probability").rename_axis("trace_id").reset_index()
    return pd.concat([given, ours[~ours["trace_id"].isin(used.index)]], ignore_index=True)


def _given(workspace: Workspace, reviews: pd.DataFrame) -> set[str]:
    """Traces somebody answered because the queue, or a file, put them next; a skipped one still waits."""
    asked = ~reviews["review_id"].isin(new_slots.hand_picked_reviews(workspace.store))
    own = ~reviews["assisted"] & reviews["repeat_of"].isna() & (reviews["outcome"] != "skipped")
    return set(reviews.loc[asked & own, "trace_id"])


def _without_hand_picked(
    workspace: Workspace, reviews: pd.DataFrame, design: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Exclusion, ...]]:
    """The reviews without those that somebody's hand asked for on traces a draw chose as well, and their count."""
    by_hand = reviews["review_id"].isin(new_slots.hand_picked_reviews(workspace.store))
    by_hand &= reviews["trace_id"].isin(design["trace_id"])
    n = reviews.loc[by_hand, "review_id"].nunique()
    why = "hand-picked, on traces that a draw chose as well"
    return reviews[~by_hand], (Exclusion(reason=why, count=n, unit="reviews"),) if n else ()


def _asked(workspace: Workspace, reviews: pd.DataFrame) -> dict[str, Rubric]:
    """The rubrics that were answered, and the current one, which comes last."""
    current, used = workspace.settings.rubric, set(reviews["rubric_version"])
    known = {version: rubric for version, rubric in rubrics.every(workspace.store).items() if version in used}
    known.pop(current.version, None)
    # Without an answer to the current rubric there is nothing to say of it, unless there is none to any.
    return known | {current.version: current} if current.version in used or not known else known
