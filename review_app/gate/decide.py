"""Pass, block or inconclusive.

| a blocker failed | a metric's upper bound is below -margin | every metric is shown to hold its margin | outcome |
|---|---|---|---|
| yes | any | any | block |
| no | yes | - | block |
| no | no | yes | pass |
| no | no | no | inconclusive |

A metric is shown to hold its margin by p <= alpha at a first look, by an e-value of 1 / alpha where looks repeat; one
that claims a gain must also show that. Too few cases, or too few human labels of a judge's metric, show nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from review_app.agreement.holm import holm
from review_app.errors import BadInput
from review_app.gate import e_value, metric_test
from review_app.gate.compare import Comparison
from review_app.gate.decision import BlockerResult, Decision, MetricResult, Outcome
from review_app.gate.e_value import Wealth
from review_app.gate.metric_test import MetricCases
from review_app.gate.policy import BlockerRule, GatePolicy


@dataclass(frozen=True, kw_only=True)
class PastLooks:
    """How often this pair of systems was held side by side before. wealth: metric -> what its bets made of it, of those
    that were put to a test then, on other results; one that lacked its human labels was not."""

    number: int = 0
    wealth: Mapping[str, Wealth] = field(default_factory=dict)


def decide(comparison: Comparison, policy: GatePolicy, past: PastLooks | None = None) -> Decision:
    """The gate's answer. Raises BadInput when the comparison lacks a metric or blocker of the policy."""
    before = past or PastLooks()
    given = _given(comparison, policy, before)
    corrected = _corrected(given)
    metrics = tuple(metric_test.result(metric, corrected.get(metric.rule.name)) for metric in given)
    blockers = tuple(_blocker(rule, comparison.blockers[rule.name]) for rule in policy.blockers)
    outcome = _outcome(metrics, blockers)
    shown = [metric.p for metric in metrics if metric.p is not None]
    return Decision(
        outcome=outcome,
        reasons=_reasons(outcome, metrics, blockers),
        metrics=metrics,
        blockers=blockers,
        release_number=comparison.release.number,
        release_hash=comparison.release.content_hash,
        n_examples=len(comparison.release.example_ids),
        policy=policy,
        p=max(shown) if shown and len(shown) == len(metrics) else None,
        look=before.number + 1,
    )


def wealth_now(comparison: Comparison, policy: GatePolicy, past: PastLooks) -> dict[str, Wealth]:
    """metric -> what the bets have made after this look, of those that it tests; what the next look begins with."""
    given = _given(comparison, policy, past)
    return {metric.rule.name: metric_test.wealth(metric) for metric in given if metric.testable}


def _given(comparison: Comparison, policy: GatePolicy, past: PastLooks) -> list[MetricCases]:
    lacking = set(policy.names()) - set(comparison.metrics) - set(comparison.blockers)
    if lacking:
        raise BadInput(
            f"The comparison lacks {', '.join(sorted(lacking))}.", do="Compare the runs under the same policy."
        )
    at_first = e_value.broke_even() if policy.looks == "repeated" else None
    return [
        MetricCases(
            cases=comparison.metrics[rule.name],
            rule=rule,
            policy=policy,
            before=past.wealth.get(rule.name, at_first),
        )
        for rule in policy.metrics
    ]


def _corrected(given: list[MetricCases]) -> dict[str, float]:
    """metric -> p of no gain after Holm, for those that claim one; 1 where nothing can be tested yet."""
    claims = [metric for metric in given if metric.rule.claim == "better"]
    tests = [metric_test.paired(metric) for metric in claims]
    corrected = holm([1.0 if test is None else test.p_better for test in tests])
    return {metric.rule.name: p for metric, p in zip(claims, corrected, strict=True)}


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


def _blocker(rule: BlockerRule, cases: pd.DataFrame) -> BlockerResult:
    # Anything short of 1 is a failure: a blocker that half holds does not hold.
    needed = cases["trials"] if rule.needed is None else rule.needed
    failed = cases.loc[cases["held"] < needed, "example_id"]
    return BlockerResult(name=rule.name, n=len(cases), failed=tuple(failed))
