"""How each reviewer works: severity, drift, pace, attention. Flags start a conversation; no label is removed by one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from review_app.agreement.raters import dawid_skene, rating_table
from review_app.agreement.raters.category_weights import Level
from review_app.agreement.raters.consensus import majority_of_others
from review_app.agreement.raters.cusum import Cusum, cusum
from review_app.agreement.raters.dawid_skene import DawidSkene, DawidSkeneOptions
from review_app.agreement.raters.known_answers import KnownAnswers, known_answers
from review_app.agreement.raters.overlap_graph import Overlap, overlap
from review_app.agreement.raters.pace import Pace, pace
from review_app.agreement.raters.rating_table import RatingTable
from review_app.agreement.raters.severity import RaterSeverity, Severity, severity
from review_app.agreement.raters.straight_lining import LongestRun, longest_run

Codes = npt.NDArray[np.int64]
FlagKind = Literal["known answers", "drift", "pace", "straight-lining"]
NOTE = "A flag is a reason to talk with somebody, not a finding about them. No label is removed because of one."


@dataclass(frozen=True, kw_only=True)
class ReviewersOptions:
    """categories: the whole scale in its order. tolerance: how many scale points off still agree; None is 0 for two
    categories and nominal scales, 1 above. drift: usual and alarming share of disagreement, and the CUSUM's limit.

    wanted_accuracy, certainty: a reviewer is flagged when P(accuracy < wanted | known answers) exceeds certainty.
    fast_from: this many too fast reviews make a flag. straight_p: of the longest run, divided by the reviewers.
    """

    categories: tuple[Hashable, ...] | None = None
    tolerance: float | None = None
    drift: tuple[float, float, float] = (0.10, 0.25, 3.5)
    wanted_accuracy: float = 0.8
    certainty: float = 0.95
    fast_from: int = 3
    straight_p: float = 0.05
    permutations: int = 1999
    dawid_skene: DawidSkeneOptions = field(default_factory=DawidSkeneOptions)
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Flag:
    """Something to talk about with a reviewer. examples: traces it shows on, at most five."""

    kind: FlagKind
    text: str
    examples: tuple[Hashable, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reviewer:
    """One reviewer. A part that is None could not be computed: no known answers, no severity, no times.

    n: ratings. drift is against known answers, else settled answers, else what most of the others said.
    n_fast: reviews faster than reading, of n_timed with a known time.
    """

    rater: str
    n: int
    severity: RaterSeverity | None
    known: KnownAnswers | None
    drift: Cusum
    longest_run: LongestRun
    n_timed: int
    n_fast: int
    flags: tuple[Flag, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewersReport:
    """All reviewers of one question. excluded: reason -> ratings left out."""

    reviewers: tuple[Reviewer, ...]
    overlap: Overlap
    severity: Severity
    dawid_skene: DawidSkene
    n: int
    excluded: Mapping[str, int]
    seed: int
    note: str = NOTE


def reviewers(
    ratings: pd.DataFrame,
    scale: Level = "nominal",
    known: Mapping[Hashable, Hashable] | None = None,
    settled: Mapping[Hashable, Hashable] | None = None,
    options: ReviewersOptions | None = None,
) -> ReviewersReport:
    """Reviewers of one question.

    ratings: one row per rating: `unit`, `rater`, `value`, and optionally `at` (sorts; else the order given is the
    order of work), `seconds` (time on the review) and `characters` (what there was to read). scale: as in reliability.
    known: unit -> hidden known answer. settled: unit -> adjudicated answer.
    """
    chosen = options or ReviewersOptions()
    ordered = ratings.sort_values("at", kind="stable") if "at" in ratings else ratings
    table = rating_table.read(ordered, scale, chosen.categories)
    two = len(table.categories) <= 2
    gold = {**(settled or {}), **(known or {})}
    answers = _places(table, gold)
    found = _Team(
        table=table,
        known=_places(table, known),
        reference=np.where(answers[table.unit] >= 0, answers[table.unit], majority_of_others(table.unit, table.value)),
        severity=severity(table) if scale != "nominal" or two else _no_order(table),
        pace=_pace(ordered, table),
        tolerance=chosen.tolerance if chosen.tolerance is not None else float(scale != "nominal" and not two),
    )
    rng = np.random.default_rng(chosen.seed)
    return ReviewersReport(
        reviewers=tuple(_reviewer(found, i, chosen, rng) for i in range(len(table.raters))),
        overlap=overlap(table),
        severity=found.severity,
        dawid_skene=dawid_skene.dawid_skene(table, gold, chosen.dawid_skene),
        n=len(table.unit),
        excluded=table.excluded,
        seed=chosen.seed,
    )


@dataclass(frozen=True, kw_only=True)
class _Team:
    """What is known of everybody. known: per unit, reference: per rating; places of categories, -1 = none."""

    table: RatingTable
    known: Codes
    reference: Codes
    severity: Severity
    pace: Pace | None
    tolerance: float


def _no_order(table: RatingTable) -> Severity:
    return Severity(raters=(), n=len(table.unit), refusal="labels without an order have no severity")


def _places(table: RatingTable, answers: Mapping[Hashable, Hashable] | None) -> Codes:
    """The place of each unit's answer on the scale, shape (n_units,); -1 where it has none."""
    place = {category: i for i, category in enumerate(table.categories)}
    given = answers or {}
    return np.array([place.get(given[unit], -1) if unit in given else -1 for unit in table.units], dtype=np.int64)


def _pace(ordered: pd.DataFrame, table: RatingTable) -> Pace | None:
    """The pace of each counted rating; None where no times were given."""
    if "seconds" not in ordered or "characters" not in ordered:
        return None
    rows = ordered.iloc[table.row]
    seconds, characters = (rows[name].to_numpy(dtype=float, na_value=np.nan) for name in ("seconds", "characters"))
    return pace(seconds, characters)


def _reviewer(team: _Team, i: int, options: ReviewersOptions, rng: np.random.Generator) -> Reviewer:
    table = team.table
    own = np.flatnonzero(table.rater == i)
    held = own[team.reference[own] >= 0]
    wrong = _differs(team, held, team.reference[held])
    tested = own[team.known[table.unit[own]] >= 0]
    missed = _differs(team, tested, team.known[table.unit[tested]])
    usual, alarming, limit = options.drift
    fast = own[team.pace.too_fast[own]] if team.pace else own[:0]
    parts = Reviewer(
        rater=str(table.raters[i]),
        n=len(own),
        severity=next((one for one in team.severity.raters if one.rater == str(table.raters[i])), None),
        known=_known(len(tested), int(missed.sum()), options),
        drift=cusum(wrong, usual, alarming, limit),
        longest_run=longest_run(table.value[own], rng, options.permutations),
        n_timed=int(team.pace.timed[own].sum()) if team.pace else 0,
        n_fast=len(fast),
        flags=(),
    )
    examples: dict[FlagKind, Codes] = {
        "known answers": tested[missed],
        "drift": held[wrong],
        "pace": fast,
        "straight-lining": own[:0],
    }
    flags = tuple(
        Flag(kind=kind, text=text, examples=tuple(table.units[table.unit[examples[kind][-5:]]]))
        for kind, text in _flagged(parts, options, len(table.raters)).items()
    )
    return replace(parts, flags=flags)


def _differs(team: _Team, rows: Codes, answer: Codes) -> npt.NDArray[np.bool_]:
    """Whether each rating lies further from its answer than tolerated; any other category, where there is no order."""
    if not team.tolerance:
        return np.asarray(team.table.value[rows] != answer)
    gap = np.abs(team.table.numbers[team.table.value[rows]] - team.table.numbers[answer])
    return np.asarray(gap > team.tolerance + 1e-9)


def _known(n: int, wrong: int, options: ReviewersOptions) -> KnownAnswers | None:
    return known_answers(n - wrong, n, options.wanted_accuracy, options.certainty) if n else None


def _flagged(one: Reviewer, options: ReviewersOptions, n_reviewers: int) -> dict[FlagKind, str]:
    """What there is to talk about, in words."""
    found: dict[FlagKind, str] = {}
    if one.known and one.known.flagged:
        found["known answers"] = (
            f"{one.known.right} of {one.known.n} known answers right: with probability {one.known.p_below:.2f} "
            f"fewer than {one.known.wanted:.0%} are right in the long run"
        )
    if one.drift.state == "drifting":
        found["drift"] = (
            f"disagrees more often than the usual {options.drift[0]:.0%}: {one.drift.n_disagreed} of {one.drift.n} in "
            f"all, evidence {one.drift.value:.1f} where {one.drift.limit:g} is the limit"
        )
    if one.n_fast >= options.fast_from:
        found["pace"] = f"{one.n_fast} of {one.n_timed} reviews were faster than reading, or far faster than usual"
    p = one.longest_run.p
    if p is not None and p * n_reviewers < options.straight_p:
        found["straight-lining"] = (
            f"the same answer {one.longest_run.length} times in a row, which chance makes once in {1 / p:,.0f}"
        )
    return found
