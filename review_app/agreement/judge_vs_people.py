"""Put every judge beside people: one report per judge, judge version, criterion and rubric version."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from review_app import tables
from review_app.agreement import confusion, naive, ordinal
from review_app.agreement.blind_spots import find_blind_spots
from review_app.agreement.estimates import Weighted, estimate
from review_app.agreement.pairing import Pairs, pair
from review_app.agreement.people import PeopleLabels
from review_app.agreement.report import AgreementReport, Disagreement, Exclusion, FrameInfo, JudgeReport, VerdictCounts
from review_app.agreement.sentence import missed_note, sentence
from review_app.errors import BadInput
from review_app.review.rubric import Criterion, Rubric

_JUDGE = ["judge", "judge_version", "criterion"]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a report needs besides data. slices: metadata columns in which to look for blind spots."""

    generated_at: datetime
    seed: int = 1
    slices: tuple[str, ...] = ()


class _Subject(NamedTuple):
    judge: str
    judge_version: str
    criterion: str
    rubric_version: str


def measure(
    verdicts: pd.DataFrame, labelled: PeopleLabels, frame: FrameInfo, rubrics: Mapping[str, Rubric], setup: Setup
) -> AgreementReport:
    """Every judge against people over one frame.

    verdicts: columns tables.VERDICTS, at least those of the labelled traces. rubrics: version -> rubric.
    Figures speak of the traces of the frame that have a verdict of that judge. The same data and seed give the same
    report, whatever other judges are in it. Raises BadInput when a judge has two verdicts on one trace and criterion.
    """
    tables.require(verdicts, tables.VERDICTS, "verdicts")
    _refuse_doubles(verdicts)
    labels = labelled.labels
    subjects = [
        (_Subject(judge, judge_version, criterion, version), rows)
        for (judge, judge_version, criterion), rows in verdicts.groupby(_JUDGE)
        for version in sorted(labels.loc[labels["criterion"] == criterion, "rubric_version"].unique()) or [""]
    ]
    seen = {subject[2:] for subject, _ in subjects}
    return AgreementReport(
        generated_at=setup.generated_at,
        frame=frame,
        seed=setup.seed,
        judges=tuple(_judge_report(subject, rows, labelled, frame, rubrics, setup) for subject, rows in subjects),
        excluded=_unasked(labels, {criterion for criterion, _ in seen}) + _unread(labelled.excluded, seen),
    )


def _judge_report(
    subject: _Subject,
    verdicts: pd.DataFrame,
    labelled: PeopleLabels,
    frame: FrameInfo,
    rubrics: Mapping[str, Rubric],
    setup: Setup,
) -> JudgeReport:
    counts = _counts(frame, subject)
    pairs = _pairs(subject, verdicts, labelled.labels, rubrics)
    weighted = _weighted(subject, pairs, counts, setup.seed)
    expected_missed = float(pairs.drawn.loc[~pairs.drawn["flagged"], "y"].sum())
    return JudgeReport(
        **subject._asdict(),
        sentence=sentence(weighted.metrics, weighted.refusal),
        refusal=weighted.refusal,
        n=len(pairs.drawn),
        verdicts=counts,
        counts=confusion.count(pairs.drawn["y"].to_numpy(dtype=float), pairs.drawn["flagged"].to_numpy(dtype=bool)),
        cells=weighted.cells,
        metrics=weighted.metrics,
        naive=naive.naive(pairs.judged),
        expected_missed=expected_missed,
        missed_note=missed_note(expected_missed),
        excluded=(*_left_out_reviews(labelled.excluded, subject), *pairs.excluded),
        ordinal=ordinal.panels(pairs.scored),
        blind_spots=find_blind_spots(pairs.drawn, setup.slices),
        disagreements=_disagreements(pairs.judged),
    )


def _pairs(subject: _Subject, verdicts: pd.DataFrame, labels: pd.DataFrame, rubrics: Mapping[str, Rubric]) -> Pairs:
    mine = labels[(labels["criterion"] == subject.criterion) & (labels["rubric_version"] == subject.rubric_version)]
    if subject.rubric_version and subject.rubric_version not in rubrics:
        raise BadInput(
            f"There are labels under rubric version {subject.rubric_version}, which was not given.",
            do="Give every rubric whose reviews should count, or leave those reviews out.",
        )
    rubric = rubrics.get(subject.rubric_version)
    return pair(mine, verdicts, rubric.criterion(subject.criterion) if rubric else Criterion(name="", question=""))


def _weighted(subject: _Subject, pairs: Pairs, counts: VerdictCounts | None, seed: int) -> Weighted:
    if not subject.rubric_version:
        return Weighted(refusal=f"nobody has reviewed {subject.criterion!r} yet", cells=None, metrics={})
    # Seeded by its own name, so that a report does not change when another judge joins.
    rng = np.random.default_rng([seed, zlib.crc32("\n".join(subject).encode())])
    return estimate(pairs.drawn, counts, rng)


def _counts(frame: FrameInfo, subject: _Subject) -> VerdictCounts | None:
    for counts in frame.verdicts:
        if (counts.judge, counts.judge_version, counts.criterion) == subject[:3]:
            return counts
    return None


def _left_out_reviews(excluded: pd.DataFrame, subject: _Subject) -> tuple[Exclusion, ...]:
    mine = excluded[
        (excluded["criterion"] == subject.criterion) & (excluded["rubric_version"] == subject.rubric_version)
    ]
    return tuple(
        Exclusion(reason=reason, count=int(count), unit="reviews")
        for reason, count in zip(mine["reason"], mine["count"], strict=True)
    )


def _unread(excluded: pd.DataFrame, seen: set[tuple[str, str]]) -> tuple[Exclusion, ...]:
    """Reviews left out that belong to none of the judges' reports."""
    rows = excluded.itertuples(index=False)
    alone = [row for row in rows if (row.criterion, row.rubric_version) not in seen]
    return tuple(
        Exclusion(
            reason=f"{row.criterion!r}, rubric {row.rubric_version}: {row.reason}", count=row.count, unit="reviews"
        )
        for row in alone
    )


def _disagreements(judged: pd.DataFrame) -> tuple[Disagreement, ...]:
    missed = judged.loc[(judged["y"] > 0.5) & ~judged["flagged"], "trace_id"].sort_values()
    alarms = judged.loc[(judged["y"] < 0.5) & judged["flagged"], "trace_id"].sort_values()
    return (
        *(Disagreement(trace_id=trace_id, kind="missed") for trace_id in missed),
        *(Disagreement(trace_id=trace_id, kind="false_alarm") for trace_id in alarms),
    )


def _refuse_doubles(verdicts: pd.DataFrame) -> None:
    key = ["trace_id", *_JUDGE]
    doubled = verdicts.loc[verdicts.duplicated(key), key]
    if len(doubled):
        trace_id, judge, version, criterion = doubled.iloc[0]
        raise BadInput(
            f"{len(doubled)} verdicts are there twice, first {judge} {version} on {criterion} of trace {trace_id}.",
            do="Give a judge's rerun another judge_version, or keep one of the two.",
        )


def _unasked(labels: pd.DataFrame, asked: set[str]) -> tuple[Exclusion, ...]:
    alone = labels.loc[~labels["criterion"].isin(asked), "criterion"].value_counts().sort_index()
    return tuple(
        Exclusion(reason=f"no judge was asked {criterion!r}", count=int(count), unit="traces")
        for criterion, count in alone.items()
    )
