"""Where does the judge pass what people fail, or flag what people pass, more often than elsewhere?

For "missed" the universe is every drawn trace people failed and the event is that the judge passed it; for "alarm" it
is every one they passed, and the event that the judge flagged it. Which slices are tested depends on their size only:
choosing by the events seen finds blind spots in clean data. Whether a slice stands out is tested unweighted, since odds
ratios survive a draw that depends on the verdict; how much it does is weighted. What is reported is a hypothesis, found
on the same labels that suggest it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from review_app.agreement.design import Design, weights
from review_app.agreement.estimate import Estimate
from review_app.agreement.sentence import percent
from review_app.agreement.slicing import pruning
from review_app.agreement.slicing.benjamini_hochberg import benjamini_hochberg
from review_app.agreement.slicing.detectable import Detectable, by_chance, by_score
from review_app.agreement.slicing.exact_strata import mid_p
from review_app.agreement.slicing.excess import Excess, excess
from review_app.agreement.slicing.max_t import Codes, Part, adjusted, max_t
from review_app.agreement.slicing.slices import Family, Mask, Term, family

Kind = Literal["missed", "alarm"]

MINIMUM_ROWS = 10
MINIMUM_EXPECTED = 1.0
MINIMUM_EVENTS = 3
MINIMUM_EXCESS = 0.05
EXAMPLES = 5
TOP_UP = 20

_UNIVERSE = {"missed": "bad answers people saw", "alarm": "good answers people saw"}
_EVENT = {"missed": "passed by the judge", "alarm": "flagged by the judge"}
_FAILURES = {"missed": "failures", "alarm": "good answers"}


@dataclass(frozen=True, kw_only=True)
class Search:
    """How to look.

    correction: "max-T" keeps the chance of any false finding at alpha; "explore" (Benjamini-Hochberg on exact mid-p)
    keeps the expected share of false ones there. strata: columns the draw gave rates of their own; they must be columns
    of the sample. minimum_universe: rows of the universe below which nothing is said. unseen: what could not be looked
    at and why, for the note.
    """

    kind: Kind = "missed"
    correction: Literal["max-T", "explore"] = "max-T"
    alpha: float = 0.10
    depth: int = 2
    shuffles: int = 1000
    strata: tuple[str, ...] = ()
    minimum_universe: int = 30
    unseen: str = ""


@dataclass(frozen=True, kw_only=True)
class BlindSpot:
    """A slice in which the judge errs more often than elsewhere. A hypothesis, until fresh labels confirm.

    terms: its conditions, which can be asked of any trace; where: the same in words. n: rows of the universe in it;
    events: the judge's errors among them; weighted_n: how many traces of the frame they stand for. rate_in, rate_out:
    weighted share of errors; difference: the one minus the other, with bounds that allow for having been chosen (FCR).
    p: one-sided exact mid-p; p_adjusted: after correction, to be compared with alpha. same_as: other conditions that
    hold exactly these rows. examples: trace_ids of errors.
    """

    kind: Kind
    terms: tuple[Term, ...]
    where: str
    n: int
    events: int
    weighted_n: float
    rate_in: Estimate
    rate_out: Estimate
    difference: Estimate
    p: float
    p_adjusted: float
    examples: tuple[str, ...]
    same_as: tuple[str, ...]
    advice: str

    @property
    def column(self) -> str:
        """The column it is cut by, or the two of them."""
        return " & ".join(term.column for term in self.terms)

    @property
    def value(self) -> str:
        """What the column is, or the two of them are."""
        return " & ".join(term.value for term in self.terms)

    @property
    def priority(self) -> float:
        """Lower bound of the difference times the traces it stands for: at least how many errors more there are."""
        return (self.difference.low or 0.0) * self.weighted_n


@dataclass(frozen=True, kw_only=True)
class BlindSpots:
    """What the search found, the most costly first. universe: rows that count; events: the judge's errors among them.

    n_tested: slices in the family. note: what was looked at, and when nothing was found what would have shown.
    refusal: why there was no search, else "". detectable: None when something was found or nothing could be tested.
    """

    kind: Kind
    found: tuple[BlindSpot, ...]
    universe: int
    events: int
    n_tested: int
    note: str
    method: str
    alpha: float
    shuffles: int
    refusal: str = ""
    detectable: Detectable | None = None


@dataclass(frozen=True, kw_only=True)
class _Data:
    """The universe in an order that does not depend on how it came, and what was asked.

    strata: codes of the rows by some of the strata's columns, for each choice of them."""

    rows: pd.DataFrame
    events: Mask
    design: Design
    search: Search
    strata: dict[tuple[str, ...], Codes]


@dataclass(frozen=True, kw_only=True)
class _Tested:
    """p_adjusted: shape (n_slices,). bar: the score a slice of one term had to reach; None where p decides alone."""

    p_adjusted: np.ndarray
    bar: float | None


def find_blind_spots(
    sample: pd.DataFrame, columns: Sequence[str], search: Search | None = None, rng: np.random.Generator | None = None
) -> BlindSpots:
    """Slices of the metadata `columns`, alone and in pairs, in which the judge errs more often than elsewhere.

    sample: one row per drawn, labelled trace with an ok verdict: `trace_id`, `y` (1 = people failed it), `flagged`, the
    columns of design.weights, and the metadata. Ties between people are in no universe. rng: default_rng(1) if not
    given; the same rows in another order, or other names for their values, give the same result.
    Source: Westfall and Young (1993), max-T; Benjamini and Yekutieli (2005), coverage of the reported intervals.
    """
    search = search or Search()
    data = _data(sample, search)
    n, events = len(data.rows), int(data.events.sum())
    answer = BlindSpots(
        kind=search.kind, found=(), universe=n, events=events, n_tested=0, note="", method=_method(search),
        alpha=search.alpha, shuffles=search.shuffles if search.correction == "max-T" else 0,
    )  # fmt: skip
    slices = family(data.rows, columns, search.depth, _smallest(n, events)) if events else None
    if n < search.minimum_universe or slices is None or not slices.terms:
        refusal = _refusal(n, search)
        return replace(answer, refusal=refusal, note=_joined(refusal, _seen(answer), search.unseen))
    tested = _test(data, slices, rng or np.random.default_rng(1))
    found = _found(data, slices, tested.p_adjusted)
    answer = replace(answer, found=found, n_tested=len(slices.terms))
    detectable = None if found else _detectable(answer, tested)
    return replace(answer, detectable=detectable, note=_note(answer, detectable, search))


def _data(sample: pd.DataFrame, search: Search) -> _Data:
    mine = sample["y"] > 0.5 if search.kind == "missed" else sample["y"] < 0.5
    rows = sample[mine].sort_values("trace_id", kind="stable").reset_index(drop=True)
    flagged = rows["flagged"].to_numpy(dtype=bool)
    events = ~flagged if search.kind == "missed" else flagged
    columns = search.strata
    choices = [chosen for k in range(len(columns) + 1) for chosen in combinations(columns, k)]
    strata = {chosen: _codes(rows, chosen) for chosen in choices if len(chosen) >= len(columns) - search.depth}
    return _Data(rows=rows, events=events, design=weights(rows), search=search, strata=strata)


def _smallest(n: int, events: int) -> int:
    return max(MINIMUM_ROWS, int(np.ceil(MINIMUM_EXPECTED * n / events)))


def _test(data: _Data, slices: Family, rng: np.random.Generator) -> _Tested:
    """Singles and pairs are two families with half of alpha each: an adjusted p is twice what its own family says."""
    if data.search.correction == "explore":
        chances = [_mid_p(data, slices, i) for i in range(len(slices.terms))]
        return _Tested(p_adjusted=np.array(benjamini_hochberg(chances)), bar=None)
    groups: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for i, terms in enumerate(slices.terms):
        groups.setdefault((len(terms), _strata_for(data, terms)), []).append(i)
    parts = [Part(slices.inside[which], data.strata[strata]) for (_, strata), which in groups.items()]
    scores = max_t(parts, data.events, data.search.shuffles, rng)
    p_adjusted, bar = np.ones(len(slices.terms)), None
    for depth in {depth for depth, _ in groups}:
        mine = [(which, one) for ((d, _), which), one in zip(groups.items(), scores, strict=True) if d == depth]
        highest = np.max([one.highest for _, one in mine], axis=0)
        for which, one in mine:
            p_adjusted[which] = np.minimum(1.0, 2 * adjusted(one.observed, highest))
        if depth == 1:
            bar = float(np.quantile(highest, 1 - data.search.alpha / 2, method="higher"))
    return _Tested(p_adjusted=p_adjusted, bar=bar)


def _strata_for(data: _Data, terms: Sequence[Term]) -> tuple[str, ...]:
    """Stratifying by the audited column itself would leave nothing to see."""
    audited = {term.column for term in terms}
    return tuple(column for column in data.search.strata if column not in audited)


def _codes(rows: pd.DataFrame, strata: tuple[str, ...]) -> Codes:
    if not strata:
        return np.zeros(len(rows), dtype=np.intp)
    number = rows.groupby(list(strata), dropna=False, sort=False).ngroup()
    return np.asarray(number, dtype=np.intp)


def _mid_p(data: _Data, slices: Family, i: int) -> float:
    return mid_p(slices.inside[i], data.events, data.strata[_strata_for(data, slices.terms[i])])


def _found(data: _Data, slices: Family, p_adjusted: np.ndarray) -> tuple[BlindSpot, ...]:
    enough = (slices.inside & data.events).sum(axis=1) >= MINIMUM_EVENTS
    candidates = np.flatnonzero((p_adjusted <= data.search.alpha) & enough)
    bound = max(0.95, 1 - data.search.alpha * len(candidates) / len(slices.terms))
    large = {}
    for i in candidates:
        effect = excess(slices.inside[i], data.events, data.design, bound)
        if (effect.difference.value or 0) >= MINIMUM_EXCESS and (effect.difference.low or 0) > 0:
            large[int(i)] = effect
    kept = pruning.kept({i: (slices.terms[i], slices.inside[i]) for i in large}, data.events)
    spots = [_spot(data, slices, i, large[i], float(p_adjusted[i])) for i in kept]
    return tuple(sorted(spots, key=lambda spot: (-spot.priority, spot.p_adjusted, spot.where)))


def _spot(data: _Data, slices: Family, i: int, effect: Excess, p_adjusted: float) -> BlindSpot:
    inside, terms = slices.inside[i], slices.terms[i]
    return BlindSpot(
        kind=data.search.kind,
        terms=terms,
        where=_where(terms),
        n=int(inside.sum()),
        events=int((inside & data.events).sum()),
        weighted_n=float(data.design.w[inside].sum()),
        rate_in=effect.inside,
        rate_out=effect.outside,
        difference=effect.difference,
        p=_mid_p(data, slices, i),
        p_adjusted=p_adjusted,
        examples=tuple(data.rows.loc[inside & data.events, "trace_id"].iloc[:EXAMPLES]),
        same_as=tuple(_where(other) for other in slices.same[i]),
        advice=f"hypothesis - confirm with a fresh top-up of {TOP_UP} {_FAILURES[data.search.kind]}",
    )


def _where(terms: Sequence[Term]) -> str:
    return " and ".join(map(str, terms))


def _detectable(answer: BlindSpots, tested: _Tested) -> Detectable | None:
    inside = max(MINIMUM_ROWS, round(answer.universe / 10))
    if tested.bar is None:
        return by_chance(answer.universe, answer.events, inside, answer.alpha / answer.n_tested)
    return by_score(answer.universe, answer.events, inside, tested.bar)


def _method(search: Search) -> str:
    if search.correction == "explore":
        return f"exact mid-p within strata; Benjamini-Hochberg at {search.alpha:g}"
    return f"Cochran-Mantel-Haenszel; permutation max-T, {search.shuffles} shuffles, half of {search.alpha:g} per depth"


def _seen(answer: BlindSpots) -> str:
    return f"{answer.universe} {_UNIVERSE[answer.kind]}, {answer.events} {_EVENT[answer.kind]}."


def _refusal(n: int, search: Search) -> str:
    what = _UNIVERSE[search.kind]
    if n < search.minimum_universe:
        return f"Nothing could be tested: {search.minimum_universe} {what} are needed."
    return f"Nothing could be tested: a slice needs {MINIMUM_ROWS} {what} and an expected error."


def _note(answer: BlindSpots, detectable: Detectable | None, search: Search) -> str:
    looked = f"{answer.n_tested} {'slice' if answer.n_tested == 1 else 'slices'} tested: {_seen(answer)}"
    if answer.found:
        return _joined(looked, search.unseen)
    if detectable is None:
        hopeless = "Even a tenth of them in one slice, all of them errors, would not have stood out: label more."
        return _joined("Nothing found.", looked, hopeless, search.unseen)
    event = _EVENT[answer.kind].removesuffix(" by the judge")
    shown = (
        f"A slice of {detectable.n} would have shown with {detectable.events} or more of them {event}: 8 times in 10 "
        f"where the judge errs on {percent(detectable.rate)}, against {percent(answer.events / answer.universe)} "
        "overall."
    )
    coarse = "With so few labels only large, wide slices can be seen." if detectable.coarse else ""
    return _joined("Nothing found.", looked, shown, coarse, search.unseen)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
