"""Put every judge beside people, judges beside each other, and people beside people: the whole report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from review_app import tables
from review_app.agreement.biases.bias_effect import BiasEffect
from review_app.agreement.biases.judge_biases import beside_other_families, in_both_orders
from review_app.agreement.figures import Exclusion
from review_app.agreement.frame import FrameInfo, PanelCounts
from review_app.agreement.judges.judge_report import Evidence, JudgeReport, Setup, Subject, judge_report
from review_app.agreement.judges.pairing import Pairs, pair
from review_app.agreement.judges.panel import JudgePanel, judge_panel
from review_app.agreement.raters.people import PeopleLabels
from review_app.agreement.raters.people_report import people_reports
from review_app.agreement.report import AgreementReport, PanelReport
from review_app.errors import BadInput
from review_app.review.rubric import Criterion, Rubric

_JUDGE = ["judge", "judge_version", "criterion"]


@dataclass(frozen=True, kw_only=True)
class _Data:
    """Everything the parts of a report are made from."""

    verdicts: pd.DataFrame
    labelled: PeopleLabels
    frame: FrameInfo
    rubrics: Mapping[str, Rubric]
    setup: Setup


def measure(
    verdicts: pd.DataFrame, labelled: PeopleLabels, frame: FrameInfo, rubrics: Mapping[str, Rubric], setup: Setup
) -> AgreementReport:
    """Every judge against people over one frame, the panel of each criterion, and people against each other.

    verdicts: columns tables.VERDICTS, at least those of the labelled traces. rubrics: version -> rubric.
    Figures speak of the traces of the frame that have a verdict of that judge. The same data and seed give the same
    report, whatever other judges are in it. Raises BadInput when a judge has two verdicts on one trace and criterion.
    """
    tables.require(verdicts, tables.VERDICTS, "verdicts")
    _refuse_doubles(verdicts)
    data = _Data(verdicts=verdicts, labelled=labelled, frame=frame, rubrics=rubrics, setup=setup)
    paired = {subject: _pairs(subject, rows, data) for subject, rows in _subjects(data)}
    seen = {subject[2:] for subject in paired}
    return AgreementReport(
        generated_at=setup.generated_at,
        frame=frame,
        seed=setup.seed,
        judges=tuple(_judge(subject, paired, data) for subject in paired),
        excluded=_unasked(labelled.labels, {criterion for criterion, _ in seen}) + _unread(labelled.excluded, seen),
        panels=_panels(paired, data),
        people=people_reports(labelled, rubrics, setup.seed, setup.minimum),
    )


def _subjects(data: _Data) -> list[tuple[Subject, pd.DataFrame]]:
    """Every judge that gave a verdict on anything in the frame, once per rubric version people answered."""
    labels, found = data.labelled.labels, dict(iter(data.verdicts.groupby(_JUDGE)))
    silent = {counts.key: data.verdicts.iloc[:0] for counts in data.frame.verdicts if counts.key not in found}
    return [
        (Subject(judge, judge_version, criterion, version), rows)
        for (judge, judge_version, criterion), rows in sorted((found | silent).items())
        for version in sorted(labels.loc[labels["criterion"] == criterion, "rubric_version"].unique()) or [""]
    ]


def _pairs(subject: Subject, verdicts: pd.DataFrame, data: _Data) -> Pairs:
    labels = data.labelled.labels
    mine = labels[(labels["criterion"] == subject.criterion) & (labels["rubric_version"] == subject.rubric_version)]
    if subject.rubric_version and subject.rubric_version not in data.rubrics:
        raise BadInput(
            f"There are labels under rubric version {subject.rubric_version}, which was not given.",
            do="Give every rubric whose reviews should count, or leave those reviews out.",
        )
    return pair(mine, verdicts, _criterion(subject, data))


def _criterion(subject: Subject, data: _Data) -> Criterion:
    rubric = data.rubrics.get(subject.rubric_version)
    return rubric.criterion(subject.criterion) if rubric else Criterion(name="", question="")


def _judge(subject: Subject, paired: Mapping[Subject, Pairs], data: _Data) -> JudgeReport:
    verdicts, reviews, votes = data.verdicts, data.labelled.reviews, data.labelled.votes
    mine = (verdicts[_JUDGE] == list(subject[:3])).all(axis=1)
    others, totals = _others(subject, paired, data.frame)
    seen = Evidence(
        pairs=paired[subject],
        criterion=_criterion(subject, data),
        verdicts=verdicts[mine],
        reviews=reviews[reviews["rubric_version"] == subject.rubric_version],
        others=others,
        totals=totals,
        votes=votes[(votes["criterion"] == subject.criterion) & (votes["rubric_version"] == subject.rubric_version)],
        beside=_beside(subject, paired, data) if data.setup.audit else (),
    )
    return judge_report(subject, seen, data.frame, data.setup, _left_out(data.labelled.excluded, subject))


def _beside(subject: Subject, paired: Mapping[Subject, Pairs], data: _Data) -> tuple[BiasEffect, ...]:
    """What two judges, or one in both orders, show of a bias."""
    others: dict[str, pd.DataFrame] = {}
    for other, pairs in paired.items():
        # Of another judge's versions the one with the most labels: each would be one more test of the same.
        if other[2:] == subject[2:] and other.judge != subject.judge:
            before = others.get(other.judge)
            others[other.judge] = pairs.drawn if before is None or len(pairs.drawn) > len(before) else before
    found = beside_other_families(subject.judge, paired[subject].drawn, others, data.setup.families)
    # People need not have answered it: a judge's taste for a place shows without them.
    criteria = [one for rubric in data.rubrics.values() for one in rubric.criteria]
    if any(one.name == subject.criterion and one.kind == "pairwise" for one in criteria):
        told = data.verdicts[(data.verdicts[_JUDGE[1:]] == list(subject[1:3])).all(axis=1)]
        turned = next((name for name, judge in sorted(data.setup.exchanged.items()) if judge == subject.judge), None)
        found += in_both_orders(told[told["judge"] == subject.judge], told[told["judge"] == turned])
    return tuple(found)


def _others(subject: Subject, paired: Mapping[Subject, Pairs], frame: FrameInfo) -> tuple[pd.DataFrame, dict[str, int]]:
    """Flags of the other judges of this criterion that judged the whole frame, and how often each flagged."""
    columns, totals = [], {}
    for other, pairs in paired.items():
        counts = frame.of(*other[:3])
        if other == subject or other[2:] != subject[2:] or counts is None or counts.n_without_verdict:
            continue
        name = f"{other.judge} {other.judge_version}"
        totals[name] = counts.n_flagged
        columns.append(pairs.drawn.set_index("trace_id")["flagged"].rename(name))
    found = pd.concat(columns, axis=1, join="inner") if columns else pd.DataFrame()
    return found.rename_axis("trace_id").reset_index(), totals


def _panels(paired: Mapping[Subject, Pairs], data: _Data) -> tuple[PanelReport, ...]:
    return tuple(
        PanelReport(criterion=criterion, rubric_version=version, panel=_panel(version, counts, paired, data))
        for criterion, version in sorted({subject[2:] for subject in paired if subject.rubric_version})
        for counts in data.frame.panels
        if counts.criterion == criterion
    )


def _panel(version: str, counts: PanelCounts, paired: Mapping[Subject, Pairs], data: _Data) -> JudgePanel:
    labels = data.labelled.labels
    mine = labels[(labels["criterion"] == counts.criterion) & (labels["rubric_version"] == version)]
    sample = mine.dropna(subset=["y", "inclusion_probability"]).reset_index(drop=True)
    for judge, judge_version in counts.judges:
        pairs = paired[Subject(judge, judge_version, counts.criterion, version)]
        flagged = pairs.drawn.set_index("trace_id")["flagged"].astype(object)
        sample = sample.assign(**{judge: sample["trace_id"].map(flagged)})
    names = [judge for judge, _ in counts.judges]
    rng = np.random.default_rng([data.setup.seed, len(names)])
    minimum = data.setup.minimum.labels_per_verdict
    if data.frame.refusal:
        found = judge_panel(sample, names, None, data.setup.families, rng, minimum)
        return replace(found, refusal=data.frame.refusal, rates={})
    return judge_panel(sample, names, counts.patterns, data.setup.families, rng, minimum)


def _left_out(excluded: pd.DataFrame, subject: Subject) -> tuple[Exclusion, ...]:
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
