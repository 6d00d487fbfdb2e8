"""Pass, block or inconclusive.

| a blocker failed | a metric's upper bound is below -margin | every metric has p <= alpha, enough cases | outcome |
|---|---|---|---|
| yes | any | any | block |
| no | yes | - | block |
| no | no | yes | pass |
| no | no | no | inconclusive |
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from review_app.agreement.estimate import Estimate
from review_app.errors import BadInput
from review_app.gate.compare import Comparison
from review_app.gate.decision import BlockerResult, ChangedCase, Decision, MetricResult, Outcome
from review_app.gate.non_inferiority import PairedTest, against_margin, needed_n
from review_app.gate.policy import GatePolicy, MetricRule


def decide(comparison: Comparison, policy: GatePolicy) -> Decision:
    """The gate's answer. Raises BadInput when the comparison lacks a metric or blocker of the policy."""
    lacking = set(policy.names()) - set(comparison.metrics) - set(comparison.blockers)
    if lacking:
        raise BadInput(
            f"The comparison lacks {', '.join(sorted(lacking))}.", do="Compare the runs under the same policy."
        )
    metrics = tuple(_metric(comparison.metrics[rule.name], rule, policy.alpha) for rule in policy.metrics)
    blockers = tuple(_blocker(rule.name, comparison.blockers[rule.name]) for rule in policy.blockers)
    outcome = _outcome(metrics, blockers)
    return Decision(
        outcome=outcome,
        reasons=_reasons(outcome, metrics, blockers),
        metrics=metrics,
        blockers=blockers,
        release_number=comparison.release.number,
        release_hash=comparison.release.content_hash,
        n_examples=len(comparison.release.example_ids),
        policy=policy,
    )


def _outcome(metrics: tuple[MetricResult, ...], blockers: tuple[BlockerResult, ...]) -> Outcome:
    outcomes = {metric.outcome for metric in metrics}
    if any(blocker.failed for blocker in blockers) or "block" in outcomes:
        return "block"
    return "inconclusive" if "inconclusive" in outcomes else "pass"


def _reasons(
    outcome: Outcome, metrics: tuple[MetricResult, ...], blockers: tuple[BlockerResult, ...]
) -> tuple[str, ...]:
    if outcome == "pass":
        held = f"{len(metrics)} of {len(metrics)} metrics are within their margin" if metrics else ""
        clean = f"{len(blockers)} of {len(blockers)} blockers hold" if blockers else ""
        return ("; ".join(part for part in (held, clean) if part) + ".",)
    failed = [
        f"{b.name}: failed on {len(b.failed)} of {b.n} examples, and must hold on all." for b in blockers if b.failed
    ]
    return (*failed, *(f"{metric.name}: {metric.reason}" for metric in metrics if metric.outcome != "pass"))


def _blocker(name: str, cases: pd.DataFrame) -> BlockerResult:
    # Anything short of 1 is a failure: a blocker that half holds does not hold.
    failed = cases.loc[cases["candidate"] < 1, "example_id"]
    return BlockerResult(name=name, n=len(cases), failed=tuple(failed))


def _metric(cases: pd.DataFrame, rule: MetricRule, alpha: float) -> MetricResult:
    better = 1 if rule.direction == "higher" else -1
    gain = better * (cases["candidate"] - cases["baseline"]).to_numpy(dtype=float)
    binary = bool(cases[["baseline", "candidate"]].isin([0, 1]).all(axis=None))
    test = against_margin(gain, binary=binary, margin=rule.margin, alpha=alpha)
    outcome, reason = _answer(test, rule, len(gain), alpha)
    return MetricResult(
        name=rule.name,
        n=len(gain),
        baseline_rate=float(cases["baseline"].mean()),
        candidate_rate=float(cases["candidate"].mean()),
        difference=Estimate(
            value=test.difference, low=test.low, high=test.high, n=len(gain), method=test.method, level=1 - 2 * alpha
        ),
        p=test.p,
        margin=rule.margin,
        direction=rule.direction,
        outcome=outcome,
        needed_n=_needed(test, rule, alpha),
        changed=_changed(cases, gain),
        reason=reason,
    )


def _needed(test: PairedTest, rule: MetricRule, alpha: float) -> int:
    return max(needed_n(test.spread, rule.margin, alpha), rule.minimum_n, test.minimum_n)


def _answer(test: PairedTest, rule: MetricRule, n: int, alpha: float) -> tuple[Outcome, str]:
    least = max(rule.minimum_n, test.minimum_n)
    if n < least:
        return "inconclusive", f"{n} paired cases, and the rule wants {least}."
    if test.p <= alpha:
        return "pass", f"a loss of {_points(rule.margin)} or more is ruled out (p = {test.p:.3f})."
    if test.high < -rule.margin:
        return "block", (
            f"worse by {_points(-test.difference)} (at least {_points(-test.high)}); "
            f"the margin is {_points(rule.margin)}."
        )
    needed = _needed(test, rule, alpha)
    more = (
        f"an equally good candidate needs about {needed} cases to pass"
        if needed > n
        else "the number of cases is enough for an equally good candidate: this one measured lower"
    )
    return "inconclusive", (
        f"a loss of {_points(rule.margin)} cannot be ruled out (p = {test.p:.3f}, n = {n}); {more}."
    )


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"


def _changed(cases: pd.DataFrame, gain: np.ndarray) -> tuple[ChangedCase, ...]:
    order = [int(i) for i in np.argsort(gain, kind="stable") if gain[i] != 0]
    rows = zip(cases["example_id"], cases["baseline"], cases["candidate"], strict=True)
    every = [
        ChangedCase(example_id=name, baseline=old, candidate=new, change=float(change))
        for (name, old, new), change in zip(rows, gain, strict=True)
    ]
    return tuple(every[i] for i in order)
