"""How far each judge can be trusted, from everything people have said so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.drawing import in_frame, verdict_counts
from review_app.actions.queueing import require_role
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.judge_vs_people import Setup, measure
from review_app.agreement.people import settle
from review_app.agreement.report import AgreementReport, Exclusion, FrameInfo, VerdictCounts
from review_app.review.rubric import Rubric
from review_app.sampling.draw import Rates
from review_app.sampling.reweight import reached
from review_app.store import adjudications, new_slots, rubrics
from review_app.store import draws as draw_table
from review_app.store import reviews as review_table
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.blindness import unseen

SLICES = (
    "route", "language", "model", "prompt_version", "retrieval_version", "n_turns", "n_documents", "n_tools",
    "output_chars",
)  # fmt: skip
"""Metadata in which blind spots are looked for; route and language also together."""


def measure_agreement(project: Path) -> AgreementReport:
    """Every judge against people, over the frame of sampling.yaml.

    Weighted by the probability with which each trace was drawn and reached. Reviews of traces that no known draw chose
    are counted, and stay out of the weighted figures; where a draw chose a trace that was also sent to the queue by
    hand, only what the draw asked for speaks. Each version of the rubric is measured by itself."""
    workspace, now = opened(project), datetime.now(UTC)
    frame = in_frame(trace_table.frame(workspace.store), workspace.settings.plan.frame)
    verdicts, reviews = verdict_table.frame(workspace.store), review_table.frame(workspace.store)
    verdicts, reviews = (table[table["trace_id"].isin(frame["trace_id"])] for table in (verdicts, reviews))
    chance = _probabilities(workspace, reviews)
    reviews, by_hand = _without_hand_picked(workspace, reviews, chance)
    about, settled = _about(frame, chance), adjudications.settled(workspace.store)
    reports = [
        measure(
            verdicts,
            settle(reviews[reviews["rubric_version"] == version], {version: rubric}, about, settled),
            _frame_info(workspace, frame, verdicts, rubric),
            {version: rubric},
            Setup(generated_at=now, slices=(*SLICES, "route and language")),
        )
        for version, rubric in _asked(workspace, reviews).items()
    ]
    judges = tuple(judge for report in reports for judge in report.judges)
    excluded = tuple(e for report in reports for e in report.excluded) + by_hand
    return replace(reports[-1], judges=judges, excluded=excluded)


def disagreements(project: Path, reviewer: str, report: AgreementReport | None = None) -> pd.DataFrame:
    """Where a judge and people differ: trace_id, judge, criterion, verdict_label, human_label, reviewers, confidence,
    route, language. A trace that still waits for a review is shown only to those who gave theirs.

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
    hidden = unseen(workspace.store, reviewer)
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
    """trace_id -> probability of having a review: from our draws; without a draw, from what an imported file states."""
    stated = reviews.dropna(subset=["inclusion_probability"]).groupby("trace_id")["inclusion_probability"].max()
    series = draw_table.series(workspace.store, workspace.settings.plan.queue)
    if not series:
        return stated
    drawn = draw_table.drawn(workspace.store, workspace.settings.plan.queue)
    steps = [(draw.draw_id, draw.rates) for draw in series]
    given = _given(workspace, reviews)
    # Traces that only some people may take have a line of their own: how far it is done says nothing of the others'.
    skills = new_slots.skill_of(workspace.store, workspace.settings.plan.queue)
    lines = drawn.groupby([skills.get(trace_id, "") for trace_id in drawn["trace_id"]])
    ours = pd.concat([_reached(line, steps, given) for _, line in lines])
    # Two samples can only be joined where each one's probability is known for the other's traces: a census always is.
    census = stated[stated == 1]
    return census.combine_first(ours[ours > 0])


def _reached(drawn: pd.DataFrame, steps: list[tuple[str, Rates]], given: set[str]) -> pd.Series[float]:
    done = drawn["trace_id"].isin(given).groupby(drawn["added_by"]).mean()
    # A draw that only grew the frame added no trace: its part done is irrelevant, and taken as whole.
    parts = {draw_id: float(done.get(draw_id, 1.0)) for draw_id, _ in steps}
    return pd.Series(reached(drawn, steps, parts).to_numpy(), index=drawn["trace_id"])


def _given(workspace: Workspace, reviews: pd.DataFrame) -> set[str]:
    """Traces somebody answered because the queue, or a file, put them next; a skipped one still waits."""
    asked = ~reviews["review_id"].isin(new_slots.hand_picked_reviews(workspace.store))
    own = ~reviews["assisted"] & reviews["repeat_of"].isna() & (reviews["outcome"] != "skipped")
    return set(reviews.loc[asked & own, "trace_id"])


def _without_hand_picked(
    workspace: Workspace, reviews: pd.DataFrame, chance: pd.Series[float]
) -> tuple[pd.DataFrame, tuple[Exclusion, ...]]:
    """The reviews without those that somebody's hand asked for on traces a draw chose as well, and their count."""
    by_hand = reviews["review_id"].isin(new_slots.hand_picked_reviews(workspace.store))
    by_hand &= reviews["trace_id"].isin(chance.index)
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


def _frame_info(workspace: Workspace, frame: pd.DataFrame, verdicts: pd.DataFrame, rubric: Rubric) -> FrameInfo:
    counts = verdict_counts(verdicts, frame, rubric)
    times = frame["at"].dropna()
    return FrameInfo(
        size=len(frame),
        verdicts=tuple(VerdictCounts(**row) for row in counts.to_dict("records")),
        frame_id=workspace.settings.plan.queue,
        since=None if times.empty else times.min().to_pydatetime(),
        until=None if times.empty else times.max().to_pydatetime(),
    )
