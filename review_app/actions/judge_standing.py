"""What is known of a judge: what it said, its certificate, what turned it, and how often the test part was opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from review_app.actions.judge_canaries import Canaries
from review_app.actions.judge_drift import SinceCertified, since_certified
from review_app.actions.judges import labels
from review_app.actions.judging import Certificate, certificate
from review_app.actions.workspace import opened
from review_app.agreement.estimate import Estimate
from review_app.settings.judges import judge as judge_named
from review_app.store import judge_findings, verdicts
from review_app.store.engine import Store
from review_app.store.judge_findings import Finding


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One judge in one version. current: as its file is now. statuses: verdict status -> on how many traces; none for a
    panel, which speaks through its models. certificate, canaries: the newest, None without one. since: how it did after
    its certificate, None without one."""

    judge: str
    judge_version: str
    current: bool
    statuses: Mapping[str, int]
    certificate: Certificate | None
    canaries: Canaries | None
    since: SinceCertified | None = None


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The test part was opened for a judge, on so many labels."""

    judge: str
    judge_version: str
    labels: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class JudgeRecord:
    """standings: every version of a judge and of its models, the current one of each last. openings: of the criterion's
    test part, by whatever judge, the oldest first."""

    criterion: str
    standings: tuple[Standing, ...]
    openings: tuple[Opening, ...]


def judge_record(project: Path, judge: str | None = None) -> JudgeRecord:
    """All that was found out about a judge. Asks no model and opens nothing."""
    workspace = opened(project)
    spec, store = judge_named(workspace.settings, judge), workspace.store
    now = {spec.name: spec.version} | {one.judge: one.version for one in spec.members}
    truth = labels.human_labels(workspace, spec.criterion)
    standings = []
    for name, version in now.items():
        said = verdicts.statuses_of(store, name, spec.criterion)
        for one in [*(past for past in said if past != version), version]:
            proof = certificate(project, name, one)
            standings.append(
                Standing(
                    judge=name,
                    judge_version=one,
                    current=one == version,
                    statuses=said.get(one, {}),
                    certificate=proof,
                    canaries=_canaries(store, name, one),
                    since=since_certified(workspace, proof, truth) if proof else None,
                )
            )
    openings = judge_findings.of_criterion(store, "opening", spec.criterion)
    return JudgeRecord(
        criterion=spec.criterion, standings=tuple(standings), openings=tuple(_opening(one) for one in openings)
    )


def _opening(found: Finding) -> Opening:
    return Opening(judge=found.judge, judge_version=found.judge_version, labels=int(found.body["n"]), at=found.at)


def _canaries(store: Store, judge: str, version: str) -> Canaries | None:
    found = [one.body for one in judge_findings.of_judge(store, "canaries", judge) if one.judge_version == version]
    if not found:
        return None
    body = found[-1]
    return Canaries(
        judge=judge,
        judge_version=version,
        steered=Estimate(**body["steered"]),
        by_kind={kind: Estimate(**rate) for kind, rate in body["by_kind"].items()},
        control=Estimate(**body["control"]),
    )
