"""Measure a judge before it is trusted: labels parted once, versions compared on dev, a certificate from test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from review_app.actions.judges import labels
from review_app.actions.judging import Certificate, Terms, judge_some
from review_app.actions.workspace import Workspace, opened
from review_app.agreement.estimate import Estimate
from review_app.agreement.judges.label_rates import label_rates
from review_app.agreement.judges.two_judges import Change, TwoJudges, change, two_judges
from review_app.errors import NotEnoughData, WrongUsage
from review_app.grading.judges.spec import JudgeSpec
from review_app.settings.judges import judge as judge_named
from review_app.settings.judges import judges
from review_app.store import judge_findings, verdicts
from review_app.store import traces as trace_table
from review_app.store.judge_findings import Finding
from review_app.traces.trace import utc


@dataclass(frozen=True, kw_only=True)
class Split:
    """traces: part -> how many labels; `none` are those whose group grew across parts. new: given a part just now.
    opened: how often the test part was opened before, by whatever judge."""

    criterion: str
    traces: Mapping[str, int]
    new: int
    opened: int


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two judges on the dev part."""

    first: str
    second: str
    criterion: str
    found: TwoJudges


def split_labels(project: Path, criterion: str) -> Split:
    """Give every labelled trace its part, once and for all; run again, it parts only what came since."""
    workspace = opened(project)
    workspace.settings.rubric.criterion(criterion)
    before = judge_findings.parts(workspace.store, criterion)
    found = labels.parted(workspace, labels.human_labels(workspace, criterion)["trace_id"].tolist(), before)
    judge_findings.part(workspace.store, criterion, found, datetime.now(UTC))
    counts = Counter(one.part for one in judge_findings.parts(workspace.store, criterion))
    opened_before = judge_findings.of_criterion(workspace.store, "opening", criterion)
    return Split(criterion=criterion, traces=dict(counts), new=len(found), opened=len(opened_before))


def compare_judges(project: Path, first: str, second: str) -> Compared:
    """Two judges, or two versions of one, beside people on the dev part. first, second: `name` or `name@version`."""
    workspace = opened(project)
    one, other = _named(workspace, first), _named(workspace, second)
    if one.criterion != other.criterion:
        raise WrongUsage(f"{first} answers {one.criterion}, {second} {other.criterion}.", do="Compare judges of one.")
    dev = labels.part_of(workspace, one.criterion, "dev")
    truth = labels.human_labels(workspace, one.criterion)
    both = truth[truth["trace_id"].isin(dev)].merge(_said(workspace, one).rename(columns={"flagged": "first"}))
    both = both.merge(_said(workspace, other).rename(columns={"flagged": "second"}))
    if both.empty:
        raise NotEnoughData(
            f"No labelled trace of the dev part has an answer of both {first} and {second}.",
            do="Ask them: review-app judge run NAME --labels dev",
        )
    return Compared(first=first, second=second, criterion=one.criterion, found=two_judges(both))


def certify_judge(project: Path, judge: str | None = None, terms: Terms | None = None) -> tuple[Certificate, ...]:
    """Open the test part once, and record how a judge does on it: of a panel, the majority's certificate and each
    model's. The opening is logged before any answer is held against a label. Raises NotEnoughData, before opening,
    where the part holds too few failures or good answers."""
    workspace = opened(project)
    spec = judge_named(workspace.settings, judge)
    labels.check_examples(workspace, spec)
    truth = labels.human_labels(workspace, spec.criterion)
    truth = truth[truth["trace_id"].isin(labels.part_of(workspace, spec.criterion, "test"))]
    _enough(workspace, truth, spec)
    outcome = judge_some(workspace, spec, truth["trace_id"].tolist(), terms or Terms())
    if outcome.stopped:
        raise WrongUsage(f"The judge has not answered for all of test: {outcome.stopped}.", do="Run it again.")
    now = datetime.now(UTC)
    _keep(workspace, "opening", spec, {spec.name: spec.version}, {spec.name: {"n": len(truth)}}, now)
    openings = len(judge_findings.of_criterion(workspace.store, "opening", spec.criterion))
    answers = {
        member.judge: (member.version, _member(workspace, member.judge, member.version, spec))
        for member in spec.members
    }
    answers[spec.name] = (spec.version, labels.panel_flags(workspace, spec))
    found = [
        _certificate(workspace, (name, version), truth.merge(flagged), (spec.criterion, len(truth), openings), now)
        for name, (version, flagged) in answers.items()
    ]
    bodies = {one.judge: asdict(one) | {"certified": one.passed, "at": one.at.isoformat()} for one in found}
    _keep(workspace, "certificate", spec, {one.judge: one.judge_version for one in found}, bodies, now)
    return tuple(found)


def explain_change(project: Path, old: str, new: str, since: datetime) -> Change:
    """Part the change of a flagged share in the system's and the judge's. old: judged what came before `since`; new:
    judged what came after, and the earlier traces again. Both are `name@version`."""
    workspace = opened(project)
    before, after = _named(workspace, old), _named(workspace, new)
    times = trace_table.frame(workspace.store)[["trace_id", "at"]]
    moment = pd.Timestamp(utc(since))
    early = set(times.loc[times["at"] < moment, "trace_id"])
    late = set(times.loc[times["at"] >= moment, "trace_id"])
    said = _said(workspace, after)
    both = _said(workspace, before).rename(columns={"flagged": "old"}).merge(said.rename(columns={"flagged": "new"}))
    both = both[both["trace_id"].isin(early)]
    if both.empty:
        raise NotEnoughData(
            f"{new} has judged no earlier trace that {old} judged too.",
            do="Judge the earlier traces again, with `judge run`.",
        )
    return change(both, said.loc[said["trace_id"].isin(late), "flagged"])


@dataclass(frozen=True)
class _Named:
    judge: str
    version: str
    criterion: str
    spec: JudgeSpec | None = None


def _named(workspace: Workspace, name: str) -> _Named:
    """A judge as a person names it: by its file, or with a version it once had."""
    judge, _, version = name.partition("@")
    for spec in judges(workspace.settings):
        if spec.name == judge and version in ("", spec.version):
            return _Named(judge, spec.version, spec.criterion, spec)
        for member in spec.members:
            if member.judge == judge and version in ("", member.version):
                return _Named(judge, member.version, spec.criterion)
    had = verdicts.versions_of(workspace.store, judge)
    known = [one for one in had if version in ("", one[0])]
    if len(known) == 1:
        return _Named(judge, *known[0])
    raise WrongUsage(
        f"{name!r} is {'more than one judge' if known else 'no judge with answers here'}.",
        do=f"Name it as {judge}@VERSION; there are: {', '.join(one[0] for one in had) or 'none'}.",
    )


def _said(workspace: Workspace, named: _Named) -> pd.DataFrame:
    if named.spec is not None:
        return labels.panel_flags(workspace, named.spec)
    return labels.flags(workspace, named.judge, named.version, named.criterion)


def _member(workspace: Workspace, judge: str, version: str, spec: JudgeSpec) -> pd.DataFrame:
    return labels.flags(workspace, judge, version, spec.criterion)


def _enough(workspace: Workspace, truth: pd.DataFrame, spec: JudgeSpec) -> None:
    least = workspace.settings.project.evidence.labels_per_verdict
    for n, what in (((truth["y"] > 0.5).sum(), "failures"), ((truth["y"] < 0.5).sum(), "good answers")):
        if n < least:
            raise NotEnoughData(
                f"The test part of {spec.criterion} holds {n} {what}; {least} are needed. It stays closed.",
                do="Review more traces, then `review-app judge split` again.",
            )


def _certificate(
    workspace: Workspace, judge: tuple[str, str], sample: pd.DataFrame, about: tuple[str, int, int], now: datetime
) -> Certificate:
    """judge: name and version. about: criterion, labels in the part, openings."""
    criterion, labelled, openings = about
    tpr, tnr = label_rates(sample)
    judging = workspace.settings.project.judging
    reasons = [
        *_short("failures flagged", tpr, judging.target, judging.floor),
        *_short("good answers passed", tnr, judging.target, judging.floor),
    ]
    silent = labelled - len(sample)
    if silent > 0.05 * labelled:
        reasons.append(f"no label on {silent} of {labelled} traces: more than 5 %")
    return Certificate(
        judge=judge[0],
        judge_version=judge[1],
        criterion=criterion,
        tpr=tpr,
        tnr=tnr,
        n=len(sample),
        at=now,
        passed=not reasons,
        reason="; ".join(reasons),
        openings=openings,
    )


def _short(what: str, rate: Estimate, target: float, floor: float) -> list[str]:
    if rate.value is None or rate.low is None:
        return [f"{what}: {rate.reason}"]
    found = [f"{what}: {rate.value:.3f} is below the target {target:.2f}"] if rate.value < target else []
    below = [f"{what}: its interval begins at {rate.low:.3f}, below the floor {floor:.2f}"] if rate.low < floor else []
    return found + below


def _keep(
    workspace: Workspace,
    kind: str,
    spec: JudgeSpec,
    versions: Mapping[str, str],
    bodies: Mapping[str, Mapping[str, object]],
    now: datetime,
) -> None:
    judge_findings.add(
        workspace.store,
        [
            Finding(kind=kind, judge=name, judge_version=version, criterion=spec.criterion, body=bodies[name], at=now)
            for name, version in versions.items()
        ],
    )
