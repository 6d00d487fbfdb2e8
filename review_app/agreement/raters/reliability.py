"""Do people agree with each other? Every figure that answers it, side by side, because each alone can mislead.

Percent agreement ignores chance, kappa and alpha fall where one category dominates, and Gwet's coefficient does not:
shown together with the shares of the categories, they say which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.raters import chance_corrected, krippendorff, rating_table
from review_app.agreement.raters.category_weights import Level, for_level
from review_app.agreement.raters.chance_corrected import Coefficient
from review_app.agreement.raters.cohen import cohen, cohen_estimate, conger
from review_app.agreement.raters.counts import Counts
from review_app.agreement.raters.intraclass import MISSING, Intraclass, intraclass
from review_app.agreement.raters.krippendorff import Coincidences
from review_app.agreement.raters.rater_pair import PairPanel, pair_panel
from review_app.agreement.raters.rating_table import RatingTable
from review_app.agreement.raters.resampling import cluster_bootstrap, jackknife, percentile

Numbers = npt.NDArray[np.float64]
_TOO_MANY_CATEGORIES = 200
_TOO_MANY_RATERS = 100
_PARADOX_AGREEMENT, _PARADOX_GAP = 0.80, 0.25
_STABLE_FROM = 10


@dataclass(frozen=True, kw_only=True)
class ReliabilityOptions:
    """categories: the whole scale in its order; None takes the values that occur (ordinal words need it).

    minimum_units: fewer with two ratings and no figure is given. interval: of percent agreement and alpha;
    the jackknife needs no random numbers. level: of the intervals, in (0, 1).
    """

    categories: tuple[Hashable, ...] | None = None
    minimum_units: int = 20
    interval: Literal["bootstrap", "jackknife"] = "bootstrap"
    resamples: int = 2000
    level: float = 0.95
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class CategoryShare:
    """share: of all counted ratings, weighted as the units are, in [0, 1]. n_units: units with such a rating."""

    category: Hashable
    share: float
    n_units: int


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Agreement between raters. Every Estimate without a value says why; `refusal` says why there is none at all.

    n_units: units with two ratings or more, on which all figures rest. n_pairs: pairs of ratings of the same unit.
    percent_agreement: of two ratings of one unit, how often they are equal. ac: Gwet's AC1, AC2 above nominal.
    kappa: Cohen's, for exactly two raters (quadratic weights above nominal). prevalence_index: difference of the two
    largest shares. fleiss: of two raters it is Scott's pi. paradox, unstable: a warning, "" when there is none.
    excluded: reason -> ratings left out. panel: two raters above nominal. icc: interval and ratio. undefined_resamples:
    draws in which alpha was 0/0.
    """

    scale: Level
    n_units: int
    n_raters: int
    n_ratings: int
    n_pairs: int
    percent_agreement: Estimate
    alpha: Estimate
    ac: Estimate
    kappa: Estimate
    fleiss: Estimate
    conger: Estimate
    brennan_prediger: Estimate
    shares: tuple[CategoryShare, ...]
    prevalence_index: float | None
    paradox: str
    unstable: str
    excluded: Mapping[str, int]
    refusal: str
    seed: int
    method: str
    undefined_resamples: int = 0
    panel: PairPanel | None = None
    icc: Intraclass | None = None


@dataclass(frozen=True, kw_only=True)
class _Figures:
    """The estimates of one table; each undefined for `refusal` until it is known."""

    refusal: str = ""
    by_name: dict[str, Estimate] = field(default_factory=dict)
    paradox: str = ""
    undefined_resamples: int = 0


def reliability(
    ratings: pd.DataFrame, scale: Level = "nominal", options: ReliabilityOptions | None = None
) -> Reliability:
    """Agreement of the ratings on one question.

    ratings: one row per rating: `unit`, `rater`, `value` (text or numbers, NA = no rating), optionally `weight` (> 0,
    one per unit; a unit counts w / mean w times) and `cluster` (units of one, such as a session, are drawn together in
    the intervals of percent agreement and alpha). scale: what differences between values mean.
    """
    chosen = options or ReliabilityOptions()
    table = rating_table.read(ratings, scale, chosen.categories)
    counts = table.counts() if len(table.unit) else None
    pairable = counts.pairable() if counts else None
    n = pairable.n_units if pairable else 0
    refusal = _refusal(n, chosen.minimum_units)
    figures = _Figures(refusal=refusal) if refusal or pairable is None else _figures(table, pairable, scale, chosen)
    shown = pairable if n else counts
    shares = _shares(shown) if shown else ()
    return Reliability(
        scale=scale,
        n_units=n,
        n_raters=len(table.raters),
        n_ratings=len(table.unit),
        n_pairs=pairable.n_pairs if pairable else 0,
        **{name: figures.by_name.get(name) or undefined(refusal, n, method) for name, method in _METHODS.items()},
        shares=shares,
        prevalence_index=_prevalence_index(shares),
        paradox=figures.paradox,
        unstable=_unstable(shown, scale) if shown else "",
        excluded=_excluded(table, counts, pairable),
        refusal=refusal,
        seed=chosen.seed,
        method=_interval_method(chosen, table.cluster is not None),
        undefined_resamples=figures.undefined_resamples,
        panel=_panel(table) if scale != "nominal" and len(table.raters) == 2 and not refusal else None,
        icc=_icc(table) if scale in ("interval", "ratio") and not refusal else None,
    )


_METHODS = {
    "percent_agreement": "percent agreement",
    "alpha": "Krippendorff's alpha",
    "ac": "Gwet's AC",
    "kappa": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "conger": "Conger's kappa",
    "brennan_prediger": "Brennan-Prediger",
}


def _refusal(n: int, minimum: int) -> str:
    if n >= max(minimum, 1):
        return ""
    return f"{n} traces have two ratings, {minimum} are needed: send more traces to a second reviewer"


def _interval_method(options: ReliabilityOptions, clustered: bool) -> str:
    drawn = "sessions of traces" if clustered else "traces"
    if options.interval == "jackknife":
        return f"jackknife over {drawn}, t interval"
    return f"cluster bootstrap: {options.resamples:,} draws of {drawn} with all their ratings, percentiles"


def _figures(table: RatingTable, counts: Counts, scale: Level, options: ReliabilityOptions) -> _Figures:
    resampled, lost = _resampled(table, counts, scale, options)
    corrected, paradox = _corrected(table, counts, scale, options.level)
    return _Figures(by_name={**resampled, **corrected}, paradox=paradox, undefined_resamples=lost)


def _resampled(
    table: RatingTable, counts: Counts, scale: Level, options: ReliabilityOptions
) -> tuple[dict[str, Estimate], int]:
    """Percent agreement and alpha with their interval, and how many draws left alpha undefined."""
    shown = counts if table.cluster is None else table.counts_of_each().pairable()
    parts = krippendorff.coincidences(shown, table.numbers)
    agreed = shown.weight * chance_corrected.pairwise_agreement(shown)
    terms = sparse.csr_array(sparse.hstack([parts.terms, sparse.csr_array(agreed[:, None])]))
    terms, units = (terms, shown.units) if table.cluster is None else table.by_cluster(terms)
    statistics: dict[str, Callable[[Numbers], Numbers]] = {
        "percent_agreement": _agreement_of_totals,
        "alpha": partial(_alpha_of_totals, scale, parts),
    }
    totals = units[None, :] @ terms
    values = {name: float(statistic(totals)[0]) for name, statistic in statistics.items()}
    how = _interval_method(options, table.cluster is not None)
    if options.interval == "jackknife":
        bounds = {name: jackknife(of, terms, units, options.level) for name, of in statistics.items()}
        return _with_bounds(values, bounds, counts.n_units, (scale, how), options), 0
    rng = np.random.default_rng(options.seed)
    drawn = cluster_bootstrap(statistics, terms, units, options.resamples, rng)
    defined = {name: figures[~np.isnan(figures)] for name, figures in drawn.items()}
    bounds = {name: percentile(figures, options.level) if len(figures) else None for name, figures in defined.items()}
    lost = options.resamples - len(defined["alpha"])
    return _with_bounds(values, bounds, counts.n_units, (scale, how), options), lost


def _agreement_of_totals(totals: Numbers) -> Numbers:
    return np.asarray(totals[:, -1] / totals[:, 1])


def _alpha_of_totals(scale: Level, parts: Coincidences, totals: Numbers) -> Numbers:
    return krippendorff.alphas(scale, parts, totals[:, :-1])


def _with_bounds(
    values: Mapping[str, float],
    bounds: Mapping[str, tuple[float, float] | None],
    n: int,
    how: tuple[Level, str],
    options: ReliabilityOptions,
) -> dict[str, Estimate]:
    names = {"percent_agreement": "percent agreement", "alpha": krippendorff.METHOD.format(how[0])}
    found = {}
    for name, value in values.items():
        method = f"{names[name]}; {how[1]}"
        if np.isnan(value):
            found[name] = undefined("all ratings are the same: there was nothing to disagree about", n, method)
            continue
        low, high = bounds[name] or (None, None)
        reason = "" if low is not None else "no interval: a single unit decides whether there is a figure"
        found[name] = Estimate(value=value, low=low, high=high, n=n, method=method, level=options.level, reason=reason)
    return found


def _corrected(table: RatingTable, counts: Counts, scale: Level, level: float) -> tuple[dict[str, Estimate], str]:
    """The chance-corrected coefficients, and the note where kappa is low only because one category dominates."""
    k = len(counts.categories)
    if k > _TOO_MANY_CATEGORIES:
        reason = f"{k:,} different values: alpha is the figure for these"
        return {name: undefined(reason, counts.n_units, _METHODS[name]) for name in tuple(_METHODS)[2:]}, ""
    weights = for_level(scale, table.numbers)
    paired = _paired(table)
    kappa = cohen_estimate(_cohen(table, paired, None if scale == "nominal" else weights), level)
    found = {
        "ac": chance_corrected.gwet(counts, weights).estimate(level),
        "fleiss": _fleiss(table, counts, weights, level),
        "brennan_prediger": chance_corrected.brennan_prediger(counts, weights).estimate(level),
        "kappa": kappa if len(table.raters) == 2 else _not_two(len(table.raters), counts.n_units),
        "conger": _conger(table, counts, weights, level),
    }
    plain = np.eye(k)
    usual = _cohen(table, paired, None) if len(table.raters) == 2 else chance_corrected.fleiss(counts, plain)
    return found, _paradox(chance_corrected.gwet(counts, plain), usual)


def _not_two(n_raters: int, n: int) -> Estimate:
    return undefined(f"{n_raters} raters: Cohen's kappa is for two, see Fleiss' kappa", n, "Cohen's kappa")


def _paired(table: RatingTable) -> npt.NDArray[np.int64]:
    """Codes of the first two raters, one row per unit; -1 = "did not rate"."""
    found = np.full((len(table.units), 2), -1)
    two = table.rater < 2
    found[table.unit[two], table.rater[two]] = table.value[two]
    return found


def _cohen(table: RatingTable, paired: npt.NDArray[np.int64], weights: Numbers | None) -> Coefficient:
    both = (paired >= 0).all(axis=1)
    k = len(table.categories)
    cell = paired[both] @ np.array([k, 1])
    w = np.ones(int(both.sum())) if table.weight is None else table.weight[both] / table.weight[both].mean()
    cells, squares = (np.bincount(cell, weights=of, minlength=k * k).reshape(k, k) for of in (w, w**2))
    return cohen(cells, weights, squares)


def _conger(table: RatingTable, counts: Counts, weights: Numbers, level: float) -> Estimate:
    raters = len(table.raters)
    if raters > _TOO_MANY_RATERS:
        return undefined(f"{raters} raters: see Fleiss' kappa", counts.n_units, _METHODS["conger"])
    codes = np.full((len(table.units), raters), -1)
    codes[table.unit, table.rater] = table.value
    paired = (codes >= 0).sum(axis=1) >= 2
    return conger(codes[paired], weights, None if table.weight is None else table.weight[paired]).estimate(level)


def _fleiss(table: RatingTable, counts: Counts, weights: Numbers, level: float) -> Estimate:
    found = chance_corrected.fleiss(counts, weights).estimate(level)
    # The two are one figure: Fleiss (1971) made of Scott's (1955) one for any number of raters.
    return replace(found, method=f"Scott's pi, {found.method}") if len(table.raters) == 2 else found


def _paradox(ac1: Coefficient, kappa: Coefficient) -> str:
    """Feinstein & Cicchetti (1990): high agreement, low kappa. The two thresholds are our heuristic."""
    if ac1.pa is None or ac1.value is None or kappa.value is None:
        return ""
    if ac1.pa < _PARADOX_AGREEMENT or ac1.value - kappa.value <= _PARADOX_GAP:
        return ""
    return "kappa is low because one category dominates"


def _shares(counts: Counts) -> tuple[CategoryShare, ...]:
    size = counts.weight * counts.units
    ratings = size @ counts.rows
    present = counts.units @ (counts.rows > 0).astype(float)
    shares = ratings / ratings.sum()
    return tuple(
        CategoryShare(category=category, share=float(share), n_units=int(n))
        for category, share, n in zip(counts.categories, shares, present, strict=True)
    )


def _prevalence_index(shares: tuple[CategoryShare, ...]) -> float | None:
    """|share1 - share2| of the two largest categories; None with one category."""
    largest = sorted((one.share for one in shares), reverse=True)[:2]
    return largest[0] - largest[1] if len(largest) == 2 else None


def _unstable(counts: Counts, scale: Level) -> str:
    """Where nearly all units lie in one category, no interval at all is to be trusted."""
    if scale in ("interval", "ratio"):
        return ""
    commonest = int(np.argmax(counts.units @ counts.rows))
    in_it = np.asarray(counts.rows[:, [commonest]].todense()).ravel()
    minority = int(counts.units[counts.ratings > in_it].sum())
    if minority >= _STABLE_FROM:
        return ""
    name = counts.categories[commonest]
    return f"unstable: only {minority} traces have any rating other than {name!r}, {_STABLE_FROM} are needed"


def _panel(table: RatingTable) -> PairPanel:
    paired = _paired(table)
    x, y = table.numbers[paired[(paired >= 0).all(axis=1)]].T
    first, second = table.raters
    return pair_panel(x, y, (str(first), str(second)))


def _icc(table: RatingTable) -> Intraclass:
    n, k = len(table.units), len(table.raters)
    if len(table.unit) < n * k:
        return Intraclass(n=n, n_raters=k, undefined=MISSING)
    return intraclass(table.grid())


def _excluded(table: RatingTable, counts: Counts | None, pairable: Counts | None) -> dict[str, int]:
    single = (counts.n_units if counts else 0) - (pairable.n_units if pairable else 0)
    return {**table.excluded, **({"the trace has a single rating": single} if single else {})}
