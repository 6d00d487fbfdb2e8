"""One metric over its paired cases: which test it goes to, what comes out, and in which words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from review_app.agreement.estimate import Estimate, undefined
from review_app.gate import e_value, two_phase
from review_app.gate.decision import ChangedCase, MetricResult, Outcome
from review_app.gate.e_value import Wealth
from review_app.gate.non_inferiority import SCORES_MINIMUM_N, PairedTest, against_margin, needed_n
from review_app.gate.policy import GatePolicy, MetricRule

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MetricCases:
    """A metric's cases (a frame of Comparison.metrics) and its rule. before: the wealth of earlier looks; None where
    this look is the only one."""

    cases: pd.DataFrame
    rule: MetricRule
    policy: GatePolicy
    before: Wealth | None = None

    @property
    def judged(self) -> bool:
        """Whether the values are a judge's opinion."""
        return "human_candidate" in self.cases.columns

    def better(self, column: str) -> Values:
        """The values of a column, turned so that above is better."""
        values = np.asarray(self.cases[column], dtype=float)
        return values if self.rule.direction == "higher" else np.asarray(1 - values)

    def gain(self) -> Values:
        """Candidate against baseline, better above 0: what is said of each case, by people where it is a judge's."""
        if not self.judged:
            return self.better("candidate") - self.better("baseline")
        change = self.better("human_candidate") - self.better("human_baseline")
        return np.asarray(change[~np.isnan(change)])

    def labels(self) -> int | None:
        """Fresh human labels of the candidate's outputs; None where the metric is no judge's."""
        return int(self.cases["human_candidate"].notna().sum()) if self.judged else None

    def labels_lacking(self) -> str:
        """Why people have not said enough of a judge's metric, in a sentence; empty where they have."""
        if not self.judged:
            return ""
        if len(self.cases) < SCORES_MINIMUM_N:
            return f"{len(self.cases)} paired cases, and a judge's metric wants {SCORES_MINIMUM_N}."
        unlabelled = int(self.cases["human_baseline"].isna().sum())
        if unlabelled:
            return f"{unlabelled} of {len(self.cases)} outputs of the baseline have no human label, and all need one."
        have, wanted = self.labels() or 0, min(self.policy.human_labels, len(self.cases))
        return "" if have >= wanted else f"needs {wanted} fresh human labels of the candidate's outputs, has {have}."

    @property
    def testable(self) -> bool:
        """Whether there are cases, and the labels that a judge's metric needs."""
        return not self.cases.empty and not self.labels_lacking()


def wealth(metric: MetricCases) -> Wealth:
    """The wealth of the e-value's bets after these cases, and all looks before."""
    before = e_value.broke_even() if metric.before is None else metric.before
    return np.asarray(before + e_value.log_wealth(metric.gain(), metric.rule.margin))


def result(metric: MetricCases, p_better: float | None = None) -> MetricResult:
    """The metric's answer. p_better: corrected for the other claims, where the rule claims a gain."""
    test = paired(metric)
    cases, rule = metric.cases, metric.rule
    evidence = None if metric.before is None or test is None else e_value.e_value(wealth(metric))
    outcome, reason = _answer(metric, test, p_better, evidence)
    return MetricResult(
        name=rule.name,
        n=len(cases),
        baseline_rate=None if cases.empty else float(cases["baseline"].mean()),
        candidate_rate=None if cases.empty else float(cases["candidate"].mean()),
        difference=_difference(metric, test),
        p=None if test is None else test.p,
        margin=rule.margin,
        direction=rule.direction,
        outcome=outcome,
        needed_n=_needed(metric, test),
        changed=_changed(metric),
        reason=reason,
        p_better=p_better,
        e_value=evidence,
        human_labels=metric.labels(),
    )


def paired(metric: MetricCases) -> PairedTest | None:
    """The test of this metric; None where there are no cases, or not the labels that a judge's metric needs."""
    if not metric.testable:
        return None
    margin, alpha = metric.rule.margin, metric.policy.alpha
    if not metric.judged:
        binary = bool(metric.cases[["baseline", "candidate"]].isin([0, 1]).all(axis=None))
        return against_margin(metric.gain(), binary=binary, margin=margin, alpha=alpha)
    human, baseline = metric.better("human_candidate"), metric.better("human_baseline")
    return two_phase.corrected(metric.better("candidate"), human, baseline, margin, alpha)


def _difference(metric: MetricCases, test: PairedTest | None) -> Estimate:
    if test is None:
        why = metric.labels_lacking() or "the metric applies to no case in both runs."
        return undefined(why, len(metric.cases), "none")
    level = 1 - 2 * metric.policy.alpha
    n = len(metric.cases)
    return Estimate(value=test.difference, low=test.low, high=test.high, n=n, method=test.method, level=level)


def _needed(metric: MetricCases, test: PairedTest | None) -> int:
    rule, alpha = metric.rule, metric.policy.alpha
    if test is None:
        return rule.minimum_n
    if metric.before is not None:
        return max(e_value.needed_n(test.spread, rule.margin, alpha), rule.minimum_n, test.minimum_n)
    return max(needed_n(test.spread, rule.margin, alpha), rule.minimum_n, test.minimum_n, test.fewest)


def _answer(
    metric: MetricCases, test: PairedTest | None, p_better: float | None, evidence: float | None
) -> tuple[Outcome, str]:
    rule, n, alpha = metric.rule, len(metric.cases), metric.policy.alpha
    least = rule.minimum_n if test is None else max(rule.minimum_n, test.minimum_n)
    if n < least or n == 0:
        return "inconclusive", f"{n} paired cases, and the rule wants {least}."
    if test is None:
        return "inconclusive", metric.labels_lacking()
    if test.p > alpha if evidence is None else evidence < 1 / alpha:
        return _not_shown(metric, test, evidence)
    if p_better is not None and p_better > alpha:
        return "inconclusive", f"a gain is claimed and not shown (p = {p_better:.3f} after Holm's correction)."
    shown = f"p = {test.p:.3f}" if evidence is None else f"e-value {evidence:.3g}"
    return "pass", f"a loss of {_points(rule.margin)} or more is ruled out ({shown})."


def _not_shown(metric: MetricCases, test: PairedTest, evidence: float | None) -> tuple[Outcome, str]:
    margin, n, alpha = metric.rule.margin, len(metric.cases), metric.policy.alpha
    if test.high < -margin:
        return "block", (
            f"worse by {_points(-test.difference)} (at least {_points(-test.high)}); the margin is {_points(margin)}."
        )
    needed = _needed(metric, test)
    more = (
        f"an equally good candidate needs about {needed} cases to pass"
        if needed > n
        else "the number of cases is enough for an equally good candidate: this one measured lower"
    )
    shown = f"p = {test.p:.3f}" if evidence is None else f"e-value {evidence:.3g}, wanted {1 / alpha:g}"
    return "inconclusive", f"a loss of {_points(margin)} cannot be ruled out ({shown}, n = {n}); {more}."


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"


def _changed(metric: MetricCases) -> tuple[ChangedCase, ...]:
    cases = metric.cases
    gain = metric.better("candidate") - metric.better("baseline")
    order = [int(i) for i in np.argsort(gain, kind="stable") if gain[i] != 0]
    names, old, new = (cases[name].tolist() for name in ("example_id", "baseline", "candidate"))
    return tuple(
        ChangedCase(example_id=names[i], baseline=old[i], candidate=new[i], change=float(gain[i])) for i in order
    )
