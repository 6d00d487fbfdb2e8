"""Several judges on one criterion: each and their majority against people, and what all of them miss together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from review_app.agreement import linearised
from review_app.agreement.design import Design, Mask, Numbers, weights
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.frame import VerdictCounts
from review_app.agreement.judges.estimates import MINIMUM_PER_VERDICT, Weighted, estimate
from review_app.agreement.judges.pass_rate import complement
from review_app.agreement.weighted_ranks import weighted_pearson

MAJORITY = "majority"
_INDEPENDENT = "k / (1 + (k-1) r), r the mean weighted correlation of two judges' errors"
Patterns = Mapping[tuple[bool, ...], int]
"""What the judges said, flagged or not in their order -> how many traces of the frame."""


@dataclass(frozen=True, kw_only=True)
class JointFailures:
    """What every judge passes and people fail. n: such labelled traces (a tie between people counts half).

    of_failures: their share of all failures in the frame; of_traffic: their share of all its traces.
    """

    n: float
    of_failures: Estimate
    of_traffic: Estimate
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class JudgePanel:
    """rates: judge, or MAJORITY (a tie flags) -> its figures. n: labelled traces with a verdict of every judge;
    excluded: the others. joint: None exactly when refused. independent: effective number of independent judges.
    correlation: mean correlation of two judges' errors. warning: who decides alone, or "".
    """

    refusal: str
    judges: tuple[str, ...]
    n: int
    excluded: int
    rates: Mapping[str, Weighted]
    joint: JointFailures | None
    independent: Estimate
    correlation: float | None
    warning: str


def judge_panel(
    sample: pd.DataFrame,
    judges: Sequence[str],
    patterns: Patterns | None,
    families: Mapping[str, str],
    rng: np.random.Generator,
    minimum: int = MINIMUM_PER_VERDICT,
) -> JudgePanel:
    """sample: one row per drawn, labelled trace: `trace_id`, `y`, a design, and a column per judge: flagged, or NA
    where it gave no usable verdict. patterns: the frame's traces with a verdict of every judge. families: judge ->
    the model family it runs on; a judge it leaves out is a family of its own. minimum: labels per verdict."""
    rows = sample.dropna(subset=list(judges)).reset_index(drop=True)
    flags = rows[list(judges)].to_numpy(dtype=bool)
    jury: dict[str, Callable[[Mask], Mask]] = {name: _column(i) for i, name in enumerate(judges)}
    jury[MAJORITY] = _most

    def against(name: str, vote: Callable[[Mask], Mask]) -> Weighted:
        return estimate(rows.assign(flagged=vote(flags)), _counts(name, patterns, vote), rng, minimum)

    rates = {name: against(name, vote) for name, vote in jury.items()}
    anybody = against("any", _any)
    correlation = _correlation(flags, rows["y"].to_numpy(dtype=float), weights(rows))
    return JudgePanel(
        refusal=anybody.refusal,
        judges=tuple(judges),
        n=len(rows),
        excluded=len(sample) - len(rows),
        rates=rates,
        joint=None if anybody.refusal else _joint(rows, flags, anybody, _counts("any", patterns, _any)),
        independent=_independent(len(judges), correlation),
        correlation=correlation.value,
        warning=alone(judges, families),
    )


def error_correlation(flags: Mask, y: Numbers, w: Numbers) -> float | None:
    """Mean over pairs of judges of the weighted correlation of being wrong; None when no pair has one.

    flags: one row per trace, one column per judge. Being wrong is |flagged - y|; a judge that is never (or always)
    wrong correlates with nobody and is left out.
    """
    wrong = np.abs(flags - y[:, None])
    pairs = [(i, k) for i in range(flags.shape[1]) for k in range(i)]
    found = [weighted_pearson(wrong[:, i], wrong[:, k], w) for i, k in pairs] if len(y) > 1 else []
    known = [one for one in found if not math.isnan(one)]
    return float(np.mean(known)) if known else None


def effective_judges(k: int, correlation: float) -> float:
    """k / (1 + (k-1) r), at most k: that many independent judges would vary as little as k with errors correlated r.

    Source: Kish's design effect of a cluster, Survey Sampling (1965), 5.4; for juries Ladha (1992), AJPS 36.
    """
    deflation = 1 + (k - 1) * correlation
    return float(k) if deflation <= 1 else k / deflation


def alone(judges: Sequence[str], families: Mapping[str, str]) -> str:
    """Who can decide the majority without anybody else, in a sentence; "" when nobody can."""
    family = [families.get(name, name) for name in judges]
    if len(judges) == 1:
        return f"one model decides alone: {judges[0]}; a second family would show what it cannot see"
    if not judges:
        return ""
    largest = max(sorted(set(family)), key=family.count)
    votes = family.count(largest)
    if votes == len(judges):
        return f"all {votes} judges are of one family, {largest}: they may share what they cannot see"
    if 2 * votes > len(judges):
        return f"{votes} of {len(judges)} judges are of one family, {largest}: it decides the majority alone"
    return ""


def _column(i: int) -> Callable[[Mask], Mask]:
    return lambda flags: flags[:, i]


def _most(flags: Mask) -> Mask:
    most: Mask = 2 * flags.sum(axis=1) >= flags.shape[1]
    return most


def _any(flags: Mask) -> Mask:
    some: Mask = np.logical_or.reduce(flags, axis=1)
    return some


def _counts(name: str, patterns: Patterns | None, vote: Callable[[Mask], Mask]) -> VerdictCounts | None:
    if not patterns:
        return None
    said = vote(np.array(list(patterns), dtype=bool))
    size = np.array(list(patterns.values()))
    return VerdictCounts(
        judge=name, judge_version="", criterion="", n_flagged=int(size[said].sum()), n_passed=int(size[~said].sum())
    )


def _joint(rows: pd.DataFrame, flags: Mask, anybody: Weighted, counts: VerdictCounts | None) -> JointFailures:
    """All judges pass = the judge "flagged by any" passes: its misses are the joint failures."""
    y = rows["y"].to_numpy(dtype=float)
    passed = ~_any(flags)
    n_passed = counts.n_passed if counts else 0
    whole = counts.n_flagged + counts.n_passed if counts else 0
    bad_if_passed, part = complement(anybody.metrics["npv"]), n_passed / whole
    return JointFailures(
        n=float(y[passed].sum()),
        of_failures=complement(anybody.metrics["tpr"]),
        of_traffic=_times(bad_if_passed, part),
        examples=tuple(rows.loc[passed & (y > 0.5), "trace_id"].sort_values()[:5]),
    )


def _times(share: Estimate, part: float) -> Estimate:
    if share.value is None or share.low is None or share.high is None:
        return share
    return Estimate(
        value=share.value * part, low=share.low * part, high=share.high * part,
        n=share.n, method=share.method, level=share.level,
    )  # fmt: skip


def _correlation(flags: Mask, y: Numbers, design: Design) -> Estimate:
    """`error_correlation` with its interval under the design."""
    reason = "fewer than two judges that are sometimes right and sometimes wrong"
    if not len(y):
        return undefined(reason, 0, _INDEPENDENT)
    rows, cell = linearised.cells(flags, y)
    said, people = np.array(rows[:-1]).T > 0.5, rows[-1]

    def of(w: Numbers) -> float:
        found = error_correlation(said, people, w)
        return math.nan if found is None else found

    return linearised.correlation(of, cell, design, _INDEPENDENT, reason)


def _independent(k: int, correlation: Estimate) -> Estimate:
    """The more their errors correlate, the fewer judges they are worth: the bounds change places."""
    if correlation.value is None:
        return correlation
    low, high = (None if bound is None else effective_judges(k, bound) for bound in (correlation.high, correlation.low))
    return replace(correlation, value=effective_judges(k, correlation.value), low=low, high=high)
