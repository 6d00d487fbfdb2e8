"""How people agree and work, as one person may see it: those who lead see everybody, anybody else only themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from review_app.actions.measured import measured_agreement
from review_app.actions.queueing import LEADING, require_role, role
from review_app.actions.workspace import opened
from review_app.agreement.discreet import without_reviewers
from review_app.agreement.judges.anchoring import Anchoring
from review_app.agreement.raters.people_report import KNOWN_ANSWER, PeopleReport
from review_app.agreement.raters.reviewers import Flag, Reviewer
from review_app.agreement.raters.self_consistency import self_consistency
from review_app.agreement.report import AgreementReport
from review_app.store import reviews as review_table
from review_app.store.blindness import unseen


@dataclass(frozen=True, kw_only=True)
class JudgeAnchoring:
    """What seeing one judge's verdict changed. found: everybody first (reviewer ""), then persons by name."""

    judge: str
    judge_version: str
    criterion: str
    found: tuple[Anchoring, ...]


@dataclass(frozen=True, kw_only=True)
class TeamAgreement:
    """What one person may know of how people agree with each other. Everything about persons is sorted by name.

    everybody: whether everybody's figures are in it; otherwise the team's without a name, and of persons only the one
    who asks: no pairs, no colleague's figures, nobody's single answers. people: one per criterion and rubric version;
    flags and opinions name only traces that this person may see others' opinions of, by the trace's id.
    consistency: columns of agreement.self_consistency. anchoring: one per judge and criterion that was revealed.
    """

    everybody: bool
    people: tuple[PeopleReport, ...]
    consistency: pd.DataFrame
    anchoring: tuple[JudgeAnchoring, ...]


def people_report(project: Path, person: str) -> TeamAgreement:
    """People beside people over everything reviewed so far, with what this person may see of it."""
    require_role(project, person)
    everybody = role(project, person) in LEADING
    store = opened(project).store
    report, hidden = measured_agreement(project, audit=False), unseen(store, person)
    shown = report if everybody else _of_one(report, person)
    consistency = self_consistency(review_table.frame(store)).sort_values(["reviewer", "criterion"])
    return TeamAgreement(
        everybody=everybody,
        people=tuple(_readable(one, hidden) for one in shown.people),
        consistency=(consistency if everybody else consistency[consistency["reviewer"] == person]).reset_index(
            drop=True
        ),
        anchoring=tuple(
            JudgeAnchoring(
                judge=judge.judge, judge_version=judge.judge_version, criterion=judge.criterion, found=judge.anchoring
            )
            for judge in shown.judges
            if judge.anchoring
        ),
    )


def _of_one(report: AgreementReport, person: str) -> AgreementReport:
    """The report without a name, and this person's own part of it put back."""
    discreet = without_reviewers(report)
    people = [_own(full, bare, person) for full, bare in zip(report.people, discreet.people, strict=True)]
    judges = [
        replace(bare, anchoring=tuple(one for one in full.anchoring if one.reviewer in ("", person)))
        for full, bare in zip(report.judges, discreet.judges, strict=True)
    ]
    return replace(discreet, people=tuple(people), judges=tuple(judges))


def _own(full: PeopleReport, bare: PeopleReport, person: str) -> PeopleReport:
    told, kept = full.reviewers, bare.reviewers
    # Step by step the path tells on which of one's traces the others thought differently.
    mine = tuple(replace(one, drift=replace(one.drift, path=())) for one in told.reviewers if one.rater == person)
    return replace(
        bare,
        # With a name taken off, two figures and a count of shared traces still tell who a colleague is.
        pairs=(),
        reviewers=replace(
            kept,
            reviewers=mine,
            severity=replace(kept.severity, raters=tuple(one for one in told.severity.raters if one.rater == person)),
            dawid_skene=replace(
                kept.dawid_skene,
                confusion=tuple(one for one in told.dawid_skene.confusion if one.rater == person),
                opinions=(),
            ),
        ),
    )


def _readable(people: PeopleReport, hidden: Collection[str]) -> PeopleReport:
    """Sorted by name, with traces by their own ids, and none whose opinions this person may not know yet."""
    found = people.reviewers
    rows = sorted((_discreet(one, hidden) for one in found.reviewers), key=lambda one: one.rater)
    opinions = [one for one in found.dawid_skene.opinions if _trace(one.unit) == one.unit and one.unit not in hidden]
    second = replace(
        found.dawid_skene,
        confusion=tuple(sorted(found.dawid_skene.confusion, key=lambda one: one.rater)),
        opinions=tuple(opinions),
    )
    severity = replace(found.severity, raters=tuple(sorted(found.severity.raters, key=lambda one: one.rater)))
    return replace(people, reviewers=replace(found, reviewers=tuple(rows), severity=severity, dawid_skene=second))


def _discreet(one: Reviewer, hidden: Collection[str]) -> Reviewer:
    return replace(one, flags=tuple(_named(flag, hidden) for flag in one.flags))


def _named(flag: Flag, hidden: Collection[str]) -> Flag:
    return replace(flag, examples=tuple(found for found in map(_trace, flag.examples) if found not in hidden))


def _trace(unit: object) -> str:
    return str(unit).removeprefix(KNOWN_ANSWER)
