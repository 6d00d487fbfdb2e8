"""Dawid-Skene: true labels and each reviewer's habits of confusion, estimated together. A second opinion.

It helps where reviewers differ in quality and each trace has three ratings or more; with fewer it follows its own
guesses. Source: Dawid & Skene (1979), Applied Statistics 28, 20-28.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from review_app.agreement.raters.rating_table import RatingTable

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
METHOD = "Dawid-Skene, EM from vote shares, smoothing {:g}"
_STEPS, _SETTLED = 2000, 1e-9


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What EM arrived at. posterior: shape (N, K), of each unit's true category. prevalence: shape (K,).

    confusion: shape (R, K, K): of rater r, at a unit truly k, the share put in l. log_likelihood: after each step.
    """

    posterior: Numbers
    prevalence: Numbers
    confusion: Numbers
    log_likelihood: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """rows: one per true category: the shares of the categories this reviewer gives. accuracy: over all traces."""

    rater: str
    n: int
    rows: tuple[tuple[float, ...], ...]
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """The likeliest true category of one unit, and its posterior probability."""

    unit: Hashable
    category: Hashable
    probability: float


@dataclass(frozen=True, kw_only=True)
class DawidSkene:
    """prevalence: shares of the true categories, in the order of `categories`. n: units, n_ratings: on them.

    excluded: reason -> ratings left out. refusal: why there is nothing, "" otherwise.
    """

    categories: tuple[Hashable, ...]
    prevalence: tuple[float, ...]
    confusion: tuple[Confusion, ...]
    opinions: tuple[Opinion, ...]
    n: int
    n_ratings: int
    log_likelihood: float | None
    excluded: Mapping[str, int]
    method: str
    refusal: str = ""


@dataclass(frozen=True, kw_only=True)
class DawidSkeneOptions:
    """Fewer ratings than these carry nothing: such units and reviewers are left out, and counted."""

    ratings_per_unit: int = 3
    ratings_per_rater: int = 30
    smoothing: float = 0.5


def dawid_skene(
    table: RatingTable, gold: Mapping[Hashable, Hashable] | None = None, options: DawidSkeneOptions | None = None
) -> DawidSkene:
    """The second opinion on `table`. gold: unit -> its settled category, held fixed."""
    chosen = options or DawidSkeneOptions()
    keep = _dense_enough(table, chosen)
    excluded = {"too few ratings of the trace or by the reviewer": int((~keep).sum())} if not keep.all() else {}
    method = METHOD.format(chosen.smoothing)
    if not keep.any() or len(table.categories) < 2:
        return DawidSkene(
            categories=table.categories, prevalence=(), confusion=(), opinions=(), n=0, n_ratings=0,
            log_likelihood=None, excluded=excluded, method=method, refusal=_refusal(table, chosen),
        )  # fmt: skip
    units, unit = np.unique(table.unit[keep], return_inverse=True)
    raters, rater = np.unique(table.rater[keep], return_inverse=True)
    place = {category: i for i, category in enumerate(table.categories)}
    names = [table.units[i] for i in units]
    settled = np.array([place.get((gold or {}).get(name), -1) for name in names], dtype=np.int64)
    found = fit(unit, rater, table.value[keep], len(place), settled, chosen.smoothing)
    best = found.posterior.argmax(axis=1)
    return DawidSkene(
        categories=table.categories,
        prevalence=tuple(found.prevalence.tolist()),
        confusion=tuple(
            _confusion(str(table.raters[of]), int((rater == i).sum()), found.confusion[i], found.prevalence)
            for i, of in enumerate(raters)
        ),
        opinions=tuple(
            Opinion(unit=name, category=table.categories[k], probability=float(p))
            for name, k, p in zip(names, best, found.posterior.max(axis=1), strict=True)
        ),
        n=len(units),
        n_ratings=int(keep.sum()),
        log_likelihood=found.log_likelihood[-1],
        excluded=excluded,
        method=method,
    )


def fit(
    unit: Codes, rater: Codes, value: Codes, n_categories: int, gold: Codes | None = None, smoothing: float = 0.5
) -> Fit:
    """EM from vote shares until no posterior moves by more than 1e-9.

    unit, rater, value: codes from 0, shape (n_ratings,); a rater may rate a unit more than once. gold: shape (N,), the
    settled category of each unit, -1 = not settled. smoothing: added to each count of a confusion table; 0 is maximum
    likelihood.
    """
    n, n_raters = int(unit.max()) + 1, int(rater.max()) + 1
    k = n_categories
    said = sparse.csr_array((np.ones(len(unit)), (unit, rater * k + value)), shape=(n, n_raters * k))
    fixed = np.full(n, -1) if gold is None else gold
    votes = sparse.csr_array((np.ones(len(unit)), (unit, value)), shape=(n, k)).toarray()
    posterior = _with_gold(votes / votes.sum(axis=1, keepdims=True), fixed)
    history: list[float] = []
    for _ in range(_STEPS):
        prevalence = posterior.mean(axis=0)
        confusion = _confusions((said.T @ posterior).reshape(n_raters, k, k), smoothing)
        joint = _log(prevalence) + said @ _log(confusion).reshape(n_raters * k, k)
        before, (posterior, likelihood) = posterior, _normalised(joint, fixed)
        history.append(likelihood)
        if np.abs(posterior - before).max() < _SETTLED:
            break
    return Fit(
        posterior=posterior,
        prevalence=prevalence,
        confusion=confusion.transpose(0, 2, 1),
        log_likelihood=tuple(history),
    )


def _confusions(counts: Numbers, smoothing: float) -> Numbers:
    """Shares of the given category (second axis) at each true one (third); alike where a rater never met one."""
    smooth = counts + smoothing
    total = smooth.sum(axis=1, keepdims=True)
    alike = np.full(smooth.shape, 1 / smooth.shape[1])
    return np.asarray(np.divide(smooth, total, out=alike, where=total > 0))


def _normalised(joint: Numbers, gold: Codes) -> tuple[Numbers, float]:
    """Posterior of each unit and the log-likelihood of all; a settled unit counts with its settled category."""
    settled = gold >= 0
    others = np.arange(joint.shape[1]) != gold[:, None]
    joint = np.where(settled[:, None] & others, -np.inf, joint)
    top = joint.max(axis=1, keepdims=True)
    share = np.exp(joint - top)
    total = share.sum(axis=1, keepdims=True)
    return share / total, float((top + np.log(total)).sum())


def _with_gold(posterior: Numbers, gold: Codes) -> Numbers:
    settled = gold >= 0
    return np.where(settled[:, None], np.eye(posterior.shape[1])[gold], posterior)


def _log(shares: Numbers) -> Numbers:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(shares))


def _confusion(rater: str, n: int, table: Numbers, prevalence: Numbers) -> Confusion:
    rows = tuple(tuple(row) for row in table.tolist())
    return Confusion(rater=rater, n=n, rows=rows, accuracy=float(prevalence @ np.diag(table)))


def _dense_enough(table: RatingTable, options: DawidSkeneOptions) -> npt.NDArray[np.bool_]:
    """Ratings that stay when sparse reviewers and sparse units have gone, until nothing more goes."""
    keep = np.ones(len(table.unit), bool)
    while keep.any():
        of_rater = np.bincount(table.rater[keep], minlength=len(table.raters))[table.rater]
        of_unit = np.bincount(table.unit[keep], minlength=len(table.units))[table.unit]
        still = keep & (of_rater >= options.ratings_per_rater) & (of_unit >= options.ratings_per_unit)
        if still.sum() == keep.sum():
            break
        keep = still
    return keep


def _refusal(table: RatingTable, options: DawidSkeneOptions) -> str:
    if len(table.categories) < 2:
        return "only one category is in use"
    return (
        f"needs traces with {options.ratings_per_unit} ratings by reviewers with {options.ratings_per_rater} such "
        "ratings each: use the majority and adjudication"
    )
