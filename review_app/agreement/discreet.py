"""The same report without what speaks of one person: that is between them and the lead."""

from __future__ import annotations

import zlib
from dataclasses import replace

from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.raters.people_report import PeopleReport
from review_app.agreement.report import AgreementReport

_APART = "some reviewers share no trace and cannot be compared"


def without_reviewers(report: AgreementReport) -> AgreementReport:
    """Nobody is named: no reviewer's figures or flags, of anchoring only everybody's. Two reviewers beside each other
    keep their kappa and are called "reviewer 1", "reviewer 2", in an order that says nothing."""
    return replace(report, judges=tuple(map(_judge, report.judges)), people=tuple(map(_people, report.people)))


def _judge(judge: JudgeReport) -> JudgeReport:
    return replace(judge, anchoring=tuple(one for one in judge.anchoring if not one.reviewer))


def _people(people: PeopleReport) -> PeopleReport:
    names = {name for pair in people.pairs for name in (pair.first, pair.second)}
    names |= {name for group in people.reviewers.overlap.components for name in group}
    # By a hash, as the order of the alphabet would give everybody away.
    order = sorted(names, key=lambda name: zlib.crc32(f"{people.criterion} {name}".encode()))
    called = {name: f"reviewer {n}" for n, name in enumerate(order, start=1)}
    pairs = [replace(pair, first=called[pair.first], second=called[pair.second]) for pair in people.pairs]
    found, overlap = people.reviewers, people.reviewers.overlap
    components = tuple(tuple(sorted(called[name] for name in group)) for group in overlap.components)
    panel = people.reliability.panel
    return replace(
        people,
        pairs=tuple(sorted(pairs, key=lambda pair: (pair.first, pair.second))),
        reliability=replace(
            people.reliability,
            panel=panel and replace(panel, first="reviewer 1", second="reviewer 2", undefined={}),
        ),
        reviewers=replace(
            found,
            reviewers=(),
            overlap=replace(overlap, components=components, advice="" if overlap.connected else _APART),
            severity=replace(found.severity, raters=(), refusal=found.severity.refusal and _APART),
            dawid_skene=replace(found.dawid_skene, confusion=()),
        ),
    )
