"""How far each judge can be trusted, from everything people have said so far."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.drawing import in_frame, verdict_counts
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.judge_vs_people import Setup, measure
from review_app.agreement.people import settle
from review_app.agreement.report import AgreementReport, FrameInfo, VerdictCounts
from review_app.sampling.reweight import reached
from review_app.store import draws as draw_table
from review_app.store import reviews as review_table
from review_app.store import rubrics, slots
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table

SLICES = (
    "route", "language", "model", "prompt_version", "retrieval_version", "n_turns", "n_documents", "n_tools",
    "output_chars",
)  # fmt: skip
"""Metadata in which blind spots are looked for; route and language also together."""


def measure_agreement(project: Path) -> AgreementReport:
    """Every judge against people, over the frame of sampling.yaml.

    Weighted by the probability with which each trace was drawn and reached. Reviews of traces that no known draw chose
    are counted, and stay out of the weighted figures."""
    workspace = opened(project)
    known = {**rubrics.every(workspace.store), workspace.settings.rubric.version: workspace.settings.rubric}
    frame = in_frame(trace_table.frame(workspace.store), workspace.settings.plan.frame)
    verdicts = verdict_table.frame(workspace.store)
    reviews = review_table.frame(workspace.store)
    about = _about(frame, _probabilities(workspace, reviews))
    return measure(
        verdicts[verdicts["trace_id"].isin(frame["trace_id"])],
        settle(reviews[reviews["trace_id"].isin(frame["trace_id"])], known, about),
        _frame_info(workspace, frame, verdicts),
        known,
        Setup(generated_at=datetime.now(UTC), slices=(*SLICES, "route and language")),
    )


def disagreements(project: Path, reviewer: str) -> pd.DataFrame:
    """Where a judge and people differ: trace_id, judge, criterion, verdict_label, human_label, reviewers, confidence,
    route, language. A trace that still waits for a review is shown only to those who gave theirs."""
    workspace = opened(project)
    report = measure_agreement(project)
    rows = [
        {"trace_id": found.trace_id, "judge": judge.judge, "judge_version": judge.judge_version}
        | {"criterion": judge.criterion, "kind": found.kind}
        for judge in report.judges
        for found in judge.disagreements
    ]
    hidden = slots.waiting(workspace.store) - review_table.reviewed_by(workspace.store, reviewer)
    found = pd.DataFrame(rows, columns=["trace_id", "judge", "judge_version", "criterion", "kind"])
    return _with_labels(workspace, found[~found["trace_id"].isin(hidden)])


def _with_labels(workspace: Workspace, found: pd.DataFrame) -> pd.DataFrame:
    key = ["trace_id", "judge", "judge_version", "criterion"]
    verdicts = verdict_table.frame(workspace.store)[[*key, "label", "confidence"]]
    judged = review_table.frame(workspace.store).dropna(subset=["label"])
    people = judged.groupby(["trace_id", "criterion"]).agg(
        human_label=("label", " / ".join), reviewers=("reviewer", ", ".join)
    )
    traces = trace_table.frame(workspace.store)[["trace_id", "route", "language"]]
    joined = found.merge(verdicts.rename(columns={"label": "verdict_label"}), on=key, how="left")
    joined = joined.merge(people.reset_index(), on=["trace_id", "criterion"], how="left")
    return joined.merge(traces, on="trace_id", how="left")


def _about(frame: pd.DataFrame, chance: pd.Series[float]) -> pd.DataFrame:
    both = frame["route"].fillna("none") + " / " + frame["language"].fillna("none")
    return frame[["trace_id", *SLICES]].assign(
        **{"route and language": both, "inclusion_probability": frame["trace_id"].map(chance)}
    )


def _probabilities(workspace: Workspace, reviews: pd.DataFrame) -> pd.Series[float]:
    """trace_id -> probability of having a review: from our draws, from what an imported file states, or from both."""
    stated = reviews.dropna(subset=["inclusion_probability"]).groupby("trace_id")["inclusion_probability"].max()
    series = draw_table.series(workspace.store, workspace.settings.plan.queue)
    if not series:
        return stated
    drawn = draw_table.drawn(workspace.store, workspace.settings.plan.queue)
    done = drawn["trace_id"].isin(reviews["trace_id"]).groupby(drawn["added_by"]).mean()
    steps = [(draw.draw_id, draw.rates) for draw in series]
    # A draw that only grew the frame added no trace: its part done is irrelevant, and taken as whole.
    parts = {draw_id: float(done.get(draw_id, 1.0)) for draw_id, _ in steps}
    ours = pd.Series(reached(drawn, steps, parts).to_numpy(), index=drawn["trace_id"])
    ours = ours[ours > 0]
    # Two independent ways to be chosen: 1 - (1 - p)(1 - q).
    return 1 - (1 - ours).mul(1 - stated, fill_value=1)


def _frame_info(workspace: Workspace, frame: pd.DataFrame, verdicts: pd.DataFrame) -> FrameInfo:
    counts = verdict_counts(verdicts, frame, workspace.settings.rubric)
    times = frame["at"].dropna()
    return FrameInfo(
        size=len(frame),
        verdicts=tuple(VerdictCounts(**row) for row in counts.to_dict("records")),
        frame_id=workspace.settings.plan.queue,
        since=None if times.empty else times.min().to_pydatetime(),
        until=None if times.empty else times.max().to_pydatetime(),
    )
