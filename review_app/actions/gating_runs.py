"""Gate a stored run against a baseline: refuse what cannot be compared, decide, remember the look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pandas as pd

from review_app.actions import gate_looks, run_labels
from review_app.actions.gate_reports import as_told
from review_app.actions.judge_drift import since_certified
from review_app.actions.judges.labels import human_labels
from review_app.actions.judging import Certificate, certificate
from review_app.actions.queueing import LEADING, require_role
from review_app.actions.releasing import verify_golden
from review_app.actions.run_grading import JUDGE, grade_run
from review_app.actions.running import release_of
from review_app.actions.workspace import Workspace, opened
from review_app.errors import BadInput, NotEnoughData, ReleaseChanged, WrongUsage
from review_app.gate.compare import Comparison, ReleaseCases, compare
from review_app.gate.decision import Decision
from review_app.gate.planning import Foresight, foresee
from review_app.gate.policy import GatePolicy
from review_app.golden.release import Verified
from review_app.store import golden as golden_table
from review_app.store import looks
from review_app.store import runs as run_table
from review_app.store.clock import instant
from review_app.store.looks import Look, Pair
from review_app.store.runs import Baseline, Run


@dataclass(frozen=True, kw_only=True)
class _Side:
    """A run, how many answers it has, and their metrics."""

    run: Run
    answers: int
    metrics: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class _Held:
    """Two runs held side by side. labels: metric of a judge -> what people said of both runs' answers."""

    old: _Side
    new: _Side
    compared: Comparison
    labels: Mapping[str, pd.DataFrame]


def approve_baseline(project: Path, person: str, name: str, note: str = "") -> Baseline:
    """Make a run what candidates are held against, with its release's hash and its judges' versions; for leads.

    Raises BadInput where it lacks answers, or some failed."""
    require_role(project, person, *LEADING)
    workspace = opened(project)
    run = run_table.find(workspace.store, name)
    release = release_of(project, run)
    side = _side(workspace, run, release)
    _complete(side, release, "baseline", failures=False)
    now = datetime.now(UTC)
    made = Baseline(
        baseline_id=sha256(f"{run.run_id} {now.isoformat()}".encode()).hexdigest()[:16],
        run_id=run.run_id,
        release_hash=run.release_hash,
        judges=_judges(side),
        note=note.strip(),
        approved_by=person,
        at=now,
    )
    run_table.approve(workspace.store, made)
    return made


def gate_runs(project: Path, candidate: str, baseline: str | None = None, person: str | None = None) -> Decision:
    """May the candidate ship? Two runs over one release by the rules of gate.yaml. candidate, baseline: a run's id, or
    a system's name for its newest run; no baseline named: the one approved last over that release.

    Where a judge's metric lacks human labels and `person` leads, the review queue of the candidate's outputs is made.
    Raises where anything cannot be compared: another release, a stale one, a missing answer, a judge without a
    certificate or in another version."""
    workspace = opened(project)
    held = _held(project, workspace, candidate, baseline)
    decision, look = _decided(workspace, held)
    gate_looks.record(workspace, decision, look)
    return replace(decision, notes=_queued(project, decision, held, person))


def preview_gate(project: Path, person: str, candidate: str, baseline: str) -> Decision:
    """What a gate over these two runs would answer now, as far as this person may know. Nothing is decided, no look is
    counted, no queue is made: to look here until it passes proves nothing."""
    require_role(project, person)
    workspace = opened(project)
    return as_told(workspace, person, _decided(workspace, _held(project, workspace, candidate, baseline))[0])


def _held(project: Path, workspace: Workspace, candidate: str, baseline: str | None) -> _Held:
    policy = workspace.settings.gate
    run = run_table.find(workspace.store, candidate)
    release = release_of(project, run)
    check_latest(workspace, release, policy)
    check_release(workspace, release, policy)
    approved = _approved(workspace, run) if baseline is None else None
    old_run = run_table.find(workspace.store, approved.run_id if approved else str(baseline))
    if old_run.release_hash != run.release_hash:
        raise ReleaseChanged(
            f"{old_run.run_id} was made over {old_run.release_hash}, {run.run_id} over {run.release_hash}.",
            do="Run both systems over the same release.",
        )
    old, new = _side(workspace, old_run, release), _side(workspace, run, release)
    _complete(old, release, "baseline", failures=False)
    _complete(new, release, "candidate", failures=True)
    release = gated_cases(release, policy)
    old_results, new_results = (only_cases(side.metrics, release) for side in (old, new))
    judged = _judged(project, policy, old, new, approved)
    labels = {
        metric: run_labels.labels(workspace, release, (old_run, run), criterion, policy.human_labels)
        for metric, criterion in judged.items()
    }
    compared = compare(old_results, new_results, cases_of(release), policy, labels)
    return _Held(old=old, new=new, compared=compared, labels=labels)


def gate_plan(project: Path, release: int | None = None) -> Foresight:
    """Before anything is run: what a gate over this release (the latest, unless one is named) can show. Where a run of
    several trials is stored, its trials say how many cases change between two equal systems; else that is assumed.
    Stored runs also say to how many cases a metric applies."""
    workspace = opened(project)
    whole = verify_golden(project, release)
    check_release(workspace, whole, workspace.settings.gate)
    found = gated_cases(whole, workspace.settings.gate)
    runs = [run for run in run_table.every(workspace.store) if run.release_hash == found.content_hash]
    changed: dict[str, float] = {}
    applies: dict[str, int] = {}
    for run in runs:
        measured = only_cases(run_table.metrics(workspace.store, run.run_id), found)
        changed |= _discordance(measured)
        applies |= _applies(measured, len(found.examples))
    return foresee(len(found.examples), workspace.settings.gate, changed, applies)


def gate_history(project: Path) -> pd.DataFrame:
    """One row per decision of the gate, the newest first; see store.looks.history."""
    return looks.history(opened(project).store)


def check_latest(workspace: Workspace, release: Verified, policy: GatePolicy) -> None:
    """Raises NotEnoughData where another release took this one's place, unless gate.yaml says that does not matter."""
    newest = golden_table.releases(workspace.store)[-1]["number"]
    if policy.release.latest and release.number < newest:
        raise NotEnoughData(
            f"Golden release {release.number} is stale: release {newest} took its place.",
            do=f"Run both systems over release {newest} and approve the baseline there, or write `release: "
            "{latest: false}` into gate.yaml.",
        )


def check_release(workspace: Workspace, release: Verified, policy: GatePolicy) -> None:
    """Raises NotEnoughData where the release is older, or covers less, than gate.yaml wants."""
    rule = policy.release
    made = next(row for row in golden_table.releases(workspace.store) if row["number"] == release.number)
    at = instant(made["at"])
    age = (datetime.now(UTC) - at).total_seconds() / 86_400 if at else 0.0
    if rule.max_age_days is not None and age > rule.max_age_days:
        raise NotEnoughData(
            f"Golden release {release.number} is {age:.0f} days old; gate.yaml wants {rule.max_age_days:g} at most.",
            do="Look through its cases and make a new release, or raise release: max_age_days.",
        )
    layers = [example["layer"] for example in release.examples]
    short = {name: (layers.count(name), wanted) for name, wanted in rule.layers.items() if layers.count(name) < wanted}
    if len(layers) < rule.minimum_cases:
        short["all layers"] = (len(layers), rule.minimum_cases)
    if short:
        said = ", ".join(f"{name} has {has} cases, wanted {wanted}" for name, (has, wanted) in short.items())
        raise NotEnoughData(
            f"Golden release {release.number} covers too little: {said}.",
            do="Propose and approve such cases and make a new release, or lower release: in gate.yaml.",
        )


def gated_cases(release: Verified, policy: GatePolicy) -> Verified:
    """The release with the cases the gate is over. Raises NotEnoughData where there is none."""
    if policy.cases == "all":
        return release
    chosen = tuple(example for example in release.examples if example.get("split") == policy.cases)
    if not chosen:
        raise NotEnoughData(
            f"Golden release {release.number} has no case on its {policy.cases} side.",
            do="Make a new release, or write `cases: all` into gate.yaml.",
        )
    return replace(release, examples=chosen)


def only_cases(results: pd.DataFrame, release: Verified) -> pd.DataFrame:
    """The results of these cases alone."""
    return results[results["example_id"].isin(release.example_ids())]


def cases_of(release: Verified) -> ReleaseCases:
    """What the comparison needs of a verified release."""
    return ReleaseCases(number=release.number, content_hash=release.content_hash, example_ids=release.example_ids())


def _side(workspace: Workspace, run: Run, release: Verified) -> _Side:
    grade_run(workspace, run.run_id, release)
    answers = len(run_table.outputs(workspace.store, run.run_id))
    return _Side(run=run, answers=answers, metrics=run_table.metrics(workspace.store, run.run_id))


def _approved(workspace: Workspace, run: Run) -> Baseline:
    found = [one for one in run_table.baselines(workspace.store) if one.release_hash == run.release_hash]
    if not found:
        raise WrongUsage(
            f"No baseline is approved over release {run.release}.",
            do="Approve one (review-app runs approve RUN --as NAME), or name the run to compare with.",
        )
    return found[-1]


def _complete(side: _Side, release: Verified, name: str, *, failures: bool) -> None:
    """Raises BadInput where a case lacks a trial. failures: whether answers that failed may be counted, as 0: of the
    candidate they make it harder to pass, of the baseline easier."""
    where = f"{name} {side.run.run_id}"
    wanted = len(release.examples) * side.run.trials
    if side.answers < wanted:
        raise BadInput(f"It has {side.answers} of {wanted} answers.", where=where, do=f"{_again(side.run)}.")
    failed = side.metrics.loc[side.metrics["status"] == "error", "example_id"].nunique()
    if failed and not failures:
        raise BadInput(
            f"{failed} cases have an answer that failed or could not be measured; counted as 0 in the baseline they "
            "would make it easier to pass.",
            where=where,
            do=f"{_again(side.run)} until none fails.",
        )


def _again(run: Run) -> str:
    """How a run comes to the answers it lacks."""
    asked = run.target.get("kind") != "file"
    return "Run the same command again" if asked else "Answer those cases again and give the new file to review-app run"


def _judges(side: _Side) -> dict[str, str]:
    """metric of a judge -> version of the judge."""
    found = side.metrics.loc[side.metrics["source"] == JUDGE, ["metric", "version"]].drop_duplicates()
    return dict(zip(found["metric"], found["version"], strict=True))


def _judged(project: Path, policy: GatePolicy, old: _Side, new: _Side, approved: Baseline | None) -> dict[str, str]:
    """Metric of the policy that is a judge's opinion -> its criterion. Raises WrongUsage where the judge has no
    certificate in the version that judged, has drifted since, judged the two runs in different versions, or is to be a
    blocker."""
    workspace, before, now = opened(project), _judges(old), _judges(new)
    if approved is not None:
        before |= approved.judges
    _no_judge_blocks(policy, before | now)
    found = {}
    for metric in [rule.name for rule in policy.metrics if rule.name in now or rule.name in before]:
        if before.get(metric) != now.get(metric):
            raise WrongUsage(
                f"It judged the baseline in version {before.get(metric)}, the candidate in version {now.get(metric)}.",
                where=f"judge {metric}",
                do="Let one version judge both runs (review-app runs judge), and approve the baseline again.",
            )
        proof = certificate(project, metric, now[metric])
        if proof is None or not proof.passed:
            why = "none" if proof is None else f"one that it did not pass ({proof.reason})"
            raise WrongUsage(
                f"A gate wants a certificate of the judge, and version {now[metric]} has {why}.",
                where=f"judge {metric}",
                do="Certify it first: review-app judge certify. A judge nobody measured decides nothing.",
            )
        _still_holds(workspace, metric, proof)
        found[metric] = proof.criterion
    return found


def _still_holds(workspace: Workspace, metric: str, proof: Certificate) -> None:
    if fallen := since_certified(workspace, proof, human_labels(workspace, proof.criterion)).fallen:
        raise WrongUsage(
            f"It has drifted since {proof.at:%Y-%m-%d}, though its version is the same: {'; '.join(fallen)}.",
            where=f"judge {metric}",
            do="See whether the provider changed the model. Name one that stays, which makes it another version, and "
            "certify that.",
        )


def _no_judge_blocks(policy: GatePolicy, judges: Mapping[str, str]) -> None:
    for rule in policy.blockers:
        if rule.name in judges:
            raise WrongUsage(
                "A judge's opinion of single answers is no blocker: nobody corrects it.",
                where=f"gate.yaml, blocker {rule.name}",
                do="Make it a metric with a margin, which people's labels correct, or name a check.",
            )


def _decided(workspace: Workspace, held: _Held) -> tuple[Decision, Look | None]:
    old, new = held.old.run, held.new.run
    pair = Pair(release_hash=new.release_hash, baseline_series=old.series, candidate_series=new.series)
    return gate_looks.decided(workspace, held.compared, pair, (old.run_id, new.run_id))


def _discordance(metrics: pd.DataFrame) -> dict[str, float]:
    """metric -> share of cases that differ between a run's first two trials, where it has two."""
    found = {}
    for name, rows in metrics.groupby("metric"):
        trials = rows.pivot(index="example_id", columns="trial", values="value")
        change = (trials[1] - trials[2]).dropna() if trials.shape[1] > 1 else pd.Series(dtype=float)
        if len(change):
            found[str(name)] = float((change**2).mean())
    return found


def _applies(metrics: pd.DataFrame, cases: int) -> dict[str, int]:
    """metric -> to how many of the cases it applies, where it was measured on all of them."""
    return {
        str(name): int(rows.loc[rows["value"].notna(), "example_id"].nunique())
        for name, rows in metrics.groupby("metric")
        if rows["example_id"].nunique() == cases
    }


def _queued(project: Path, decision: Decision, held: _Held, person: str | None) -> tuple[str, ...]:
    """What was done, or is to be done, about human labels that are lacking."""
    lacking = [metric for metric in decision.metrics if metric.name in held.labels and metric.p is None]
    if not lacking:
        return ()
    names = ", ".join(metric.name for metric in lacking)
    if person is None:
        return (f"{names}: name yourself with --as, and the review queue of these outputs is made.",)
    runs = (held.old.run, held.new.run)
    made = run_labels.make_queue(project, person, runs, [held.labels[metric.name] for metric in lacking])
    return (f"{names}: {made} outputs put into the review queue; gate again when they are reviewed.",)
