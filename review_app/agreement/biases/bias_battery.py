"""What moves a judge besides quality: length, its own family, format, place, and a lenient hand.

A judge that passes long answers more often is only biased if long answers are not better. So every effect is measured
with people's label in the same weighted logistic regression, and told as the average change of P(judge passes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from review_app.agreement.biases import clustered_regression as regression
from review_app.agreement.biases.bias_effect import BiasEffect, unknown, with_holm
from review_app.agreement.design import weights
from review_app.agreement.estimate import Estimate
from review_app.agreement.figures import Exclusion

Numbers = npt.NDArray[np.float64]

MINIMUM_PER_VERDICT = 5
MINIMUM_PER_LEVEL = 10
_Z = float(norm.ppf(0.975))
_LOGISTIC = "weighted logistic regression with people's label, average probability change; clustered errors (CR1)"
_DIFFERENCE = "difference of two judges' weighted differences; clustered errors (CR1)"
_GAP = "weighted mean signed gap; clustered errors (CR1)"


@dataclass(frozen=True, kw_only=True)
class Battery:
    """Which columns of the labelled traces say what; None is not looked at.

    length: a size above 0, in any unit. generator: the model family that wrote the answer, compared with judge_family.
    format: columns of categories (text_format.FEATURES). cluster: traces with the same value (a session, a prompt) are
    not independent; a trace without one stands alone. Position is no column: it is measured in both orders, apart
    (paired_probe.position).
    """

    length: str | None = "output_chars"
    generator: str | None = None
    judge_family: str = ""
    format: tuple[str, ...] = ()
    cluster: str = "session_id"


@dataclass(frozen=True, kw_only=True)
class BiasBattery:
    """Every bias that was asked for, with Holm over them. n: labelled traces in the regression; excluded: others."""

    effects: tuple[BiasEffect, ...]
    n: int
    excluded: tuple[Exclusion, ...]
    refusal: str = ""
    method: str = f"{_LOGISTIC}; Holm over the battery"


class _Term(NamedTuple):
    """One column of the regression. column: shape (n,). binary: compared at 1 and 0, otherwise one higher."""

    name: str
    contrast: str
    column: Numbers
    binary: bool


def bias_battery(rows: pd.DataFrame, battery: Battery, more: Sequence[BiasEffect] = ()) -> BiasBattery:
    """Measure one judge's biases.

    rows: one per drawn, labelled trace with an ok verdict: `trace_id`, `y` (1 = people failed it, a tie .5), `flagged`,
    the columns of design.weights, and those the battery names. more: effects measured otherwise (paired probes,
    own_family_difference), which share the correction. Leniency is always measured.
    """
    used = [column for column in (battery.length, battery.generator, *battery.format) if column]
    whole = rows[rows[used].notna().all(axis=1)] if used else rows
    if battery.length:
        whole = whole[whole[battery.length].astype(float) > 0]
    left = len(rows) - len(whole)
    excluded = (Exclusion(reason=f"no value in {', '.join(used)}", count=left, unit="traces"),) if left else ()
    terms, absent = _terms(whole, battery)
    refusal = _refusal(whole)
    if refusal:
        measured = [unknown(term.name, term.contrast, refusal, len(whole), _LOGISTIC) for term in terms]
    else:
        measured = _measured(whole, terms, battery.cluster)
    effects = with_holm([*measured, *absent, leniency(rows, battery.cluster), *more])
    return BiasBattery(effects=effects, n=len(whole), excluded=excluded, refusal=refusal)


def leniency(rows: pd.DataFrame, cluster: str = "session_id") -> BiasEffect:
    """How far the judge's verdicts lie above people's: rows with `y` and `flagged` (1 = passes all that people fail).

    Where there is a column `gap` (judge minus people, in points of a scale that runs worst to best) it is that one.
    """
    on_scale = "gap" in rows
    contrast = "judge minus people" + (", in points of the scale" if on_scale else "")
    if on_scale:
        rows = rows[rows["gap"].notna()]
        gap = rows["gap"].to_numpy(dtype=float)
    else:
        gap = rows["y"].to_numpy(dtype=float) - rows["flagged"].to_numpy(dtype=float)
    fit = _linear(rows, gap, np.ones((len(rows), 1)), cluster)
    return replace(_effect("leniency", contrast, fit, len(rows), _GAP), unit="points" if on_scale else "share")


def own_family_difference(rows: pd.DataFrame, families: tuple[str, str], cluster: str = "session_id") -> BiasEffect:
    """How much more each of two judges passes answers of its own family than the other judge does.

    rows: one per trace that both judged: `passed_first`, `passed_second`, `generator` (the family that wrote the
    answer), the columns of design.weights. families: of the first and the second judge; other generators do not count.
    The difference of the judges' differences is free of real differences in quality, which both judges see.
    """
    name, contrast = "own family", f"{families[0]} against {families[1]}, difference of differences"
    rows = rows[rows["generator"].isin(families)]
    own = (rows["generator"] == families[0]).to_numpy(dtype=float)
    gap = rows["passed_first"].to_numpy(dtype=float) - rows["passed_second"].to_numpy(dtype=float)
    if len(set(families)) < 2 or len(np.unique(own)) < 2:
        return unknown(name, contrast, "answers of both families are needed", len(rows), _DIFFERENCE)
    fit = _linear(rows, gap, np.column_stack([own, np.ones(len(rows))]), cluster)
    return _effect(name, contrast, fit, len(rows), _DIFFERENCE)


def _refusal(rows: pd.DataFrame) -> str:
    flagged = int(rows["flagged"].sum())
    if min(flagged, len(rows) - flagged) >= MINIMUM_PER_VERDICT:
        return ""
    return f"{flagged} flagged and {len(rows) - flagged} passed: {MINIMUM_PER_VERDICT} of each are needed"


def _terms(rows: pd.DataFrame, battery: Battery) -> tuple[list[_Term], list[BiasEffect]]:
    """What goes into the regression, and what was asked for but does not vary."""
    found: list[_Term] = []
    if battery.length:
        found += _length(rows, battery.length)
    if battery.generator:
        own = (rows[battery.generator] == battery.judge_family).to_numpy(dtype=float)
        found.append(_Term("own family", f"written by {battery.judge_family} or by another family", own, True))
    levels = {column: _levels("format", rows[column].astype(str)) for column in battery.format}
    found += [term for terms in levels.values() for term in terms]
    kept = [term for term in found if np.ptp(term.column) > 0]
    absent = [_constant(term.name, term.contrast, len(rows)) for term in found if np.ptp(term.column) == 0]
    alike = ", ".join(column for column, terms in levels.items() if not terms)
    return kept, [*absent, *([_constant("format", alike, len(rows))] if alike else [])]


def _constant(name: str, contrast: str, n: int) -> BiasEffect:
    need = "answers of two generator families" if name == "own family" else "two different values in enough traces"
    about = f" of {contrast}" if name == "format" else ""
    return unknown(name, contrast, f"{need}{about} are needed", n, _LOGISTIC)


def _length(rows: pd.DataFrame, column: str) -> list[_Term]:
    """log length in weighted standard deviations from its weighted mean."""
    if rows.empty:
        return [_Term("length", column, np.zeros(1), False)]
    w, log = weights(rows).w, np.log(rows[column].to_numpy(dtype=float))
    centred = log - w @ log / w.sum()
    deviation = float(np.sqrt(w @ centred**2 / w.sum()))
    times = f"one standard deviation longer ({column} times {np.exp(deviation):.2f})"
    return [_Term("length", times, centred / deviation if deviation > 1e-12 else np.zeros(len(log)), False)]


def _levels(name: str, values: pd.Series) -> list[_Term]:
    """One term for each category against the most frequent one; those that are too rare stay with that."""
    counted = values.value_counts()
    counted = counted.loc[sorted(counted.index, key=lambda level: (-counted[level], level))]
    usual = counted.index[0] if len(counted) else ""
    return [
        _Term(name, f"{level} or {usual}", (values == level).to_numpy(dtype=float), True)
        for level in counted.index[1:]
        if counted[level] >= MINIMUM_PER_LEVEL
    ]


def _measured(rows: pd.DataFrame, terms: list[_Term], cluster: str) -> list[BiasEffect]:
    passed = 1 - rows["flagged"].to_numpy(dtype=float)
    x = np.column_stack([np.ones(len(rows)), rows["y"].to_numpy(dtype=float), *(term.column for term in terms)])
    design = regression.Design(x, weights(rows).w, _clusters(rows, cluster))
    fit = regression.logistic(passed, design)
    if fit is None:
        why = "the traces do not tell it from the other columns, or decide every verdict by themselves"
        # A format that decides every verdict must not take the other biases with it.
        rest = [term for term in terms if term.name != "format"]
        lost = [term for term in terms if term.name == "format"] if rest else terms
        measured = _measured(rows, rest, cluster) if lost and rest else []
        return [*measured, *(unknown(term.name, term.contrast, why, len(rows), _LOGISTIC) for term in lost or terms)]
    return [_change(term, place, fit, design) for place, term in enumerate(terms, start=2)]


def _change(term: _Term, place: int, fit: regression.Fit, design: regression.Design) -> BiasEffect:
    """The average of P(pass | one more) - P(pass), its error by the delta method; p of the coefficient."""
    before, after = design.x.copy(), design.x.copy()
    before[:, place] = 0 if term.binary else design.x[:, place]
    after[:, place] = before[:, place] + 1
    p_before, p_after = expit(before @ fit.beta), expit(after @ fit.beta)
    share = design.w / design.w.sum()
    slope = share @ (after * (p_after * (1 - p_after))[:, None] - before * (p_before * (1 - p_before))[:, None])
    value, error = float(share @ (p_after - p_before)), float(np.sqrt(slope @ fit.covariance @ slope))
    p = regression.two_sided_p(float(fit.beta[place]), float(np.sqrt(fit.covariance[place, place])))
    effect = _estimate(value, error, len(design.x), _LOGISTIC)
    return BiasEffect(name=term.name, contrast=term.contrast, effect=effect, p=p)


def _linear(rows: pd.DataFrame, y: Numbers, x: Numbers, cluster: str) -> regression.Fit | None:
    if rows.empty:
        return None
    return regression.linear(y, regression.Design(x, weights(rows).w, _clusters(rows, cluster)))


def _effect(name: str, contrast: str, fit: regression.Fit | None, n: int, method: str) -> BiasEffect:
    if fit is None:
        return unknown(name, contrast, "two independent clusters of traces are needed", n, method)
    value, error = float(fit.beta[0]), float(np.sqrt(fit.covariance[0, 0]))
    p = regression.two_sided_p(value, error)
    return BiasEffect(name=name, contrast=contrast, effect=_estimate(value, error, n, method), p=p)


def _estimate(value: float, error: float, n: int, method: str) -> Estimate:
    # The change of a share cannot leave [-1, 1]; a gap on a longer scale can.
    reach = (-np.inf, np.inf) if method == _GAP else (-1.0, 1.0)
    low, high = np.clip([value - _Z * error, value + _Z * error], *reach)
    return Estimate(value=value, low=float(low), high=float(high), n=n, method=method)


def _clusters(rows: pd.DataFrame, cluster: str) -> regression.Codes:
    if cluster not in rows:
        return np.arange(len(rows))
    alone = "trace " + rows["trace_id"].astype(str)
    return regression.clusters(("in " + rows[cluster].astype(str)).where(rows[cluster].notna(), alone))
