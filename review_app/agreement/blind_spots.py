"""Where does the judge pass what people fail, more often than elsewhere?

The universe is every trace people failed that came from a draw and has a verdict; the event is that the judge passed
it. Which slices are tested depends on their size only: choosing by the events seen finds blind spots in clean data.
What is reported is a hypothesis, found on the same labels that suggest it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import hypergeom

from review_app.agreement import vsj
from review_app.agreement.estimate import Estimate
from review_app.agreement.report import BlindSpot, BlindSpots
from review_app.agreement.slices import Slice, singles

ALPHA = 0.10
MINIMUM_ROWS = 10
MINIMUM_EXPECTED = 1.0
MINIMUM_EVENTS = 3
EXAMPLES = 5
_METHOD = "weighted share; smoothed Jeffreys interval"

Mask = npt.NDArray[np.bool_]


def find_blind_spots(sample: pd.DataFrame, columns: Sequence[str]) -> BlindSpots:
    """Slices with an adjusted p of at most ALPHA and at least MINIMUM_EVENTS events, most certain first.

    sample: one row per drawn, labelled trace with an ok verdict: `trace_id`, `y`, `flagged`,
    `inclusion_probability` and the metadata `columns`. Ties between people are in neither group.
    """
    universe = sample[sample["y"] > 0.5].reset_index(drop=True)
    missed = ~universe["flagged"].to_numpy(dtype=bool)
    family = _family(list(singles(universe, columns)), missed)
    p = [_fisher(one.inside, missed) for one in family]
    adjusted = holm(p)
    found = [
        _spot(universe, missed, one, (p[i], adjusted[i]))
        for i, one in enumerate(family)
        if adjusted[i] <= ALPHA and missed[one.inside].sum() >= MINIMUM_EVENTS
    ]
    found.sort(key=lambda spot: (spot.p_adjusted, spot.p, spot.column, spot.value))
    n, events = len(universe), int(missed.sum())
    note = _note(n, events, len(family), found)
    return BlindSpots(found=tuple(found), universe=n, events=events, n_tested=len(family), note=note)


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p: the k-th smallest of m times (m - k + 1), never falling, at most 1. Source: Holm (1979)."""
    order = np.argsort(p, kind="stable")
    adjusted, running = [0.0] * len(p), 0.0
    for k, i in enumerate(order):
        running = max(running, min(1.0, (len(p) - k) * p[i]))
        adjusted[i] = running
    return adjusted


def _family(slices: list[Slice], missed: Mask) -> list[Slice]:
    """Large enough, expected to hold an event, and with something left outside to compare with."""
    n = len(missed)
    return [
        one
        for one in slices
        if MINIMUM_ROWS <= one.inside.sum() < n and one.inside.sum() * missed.sum() / n >= MINIMUM_EXPECTED
    ]


def _fisher(inside: Mask, missed: Mask) -> float:
    """P(at least as many events inside by chance), one-sided Fisher exact."""
    return _tail(int((inside & missed).sum()), len(missed), int(missed.sum()), int(inside.sum()))


def _tail(at_least: int, n: int, events: int, inside: int) -> float:
    return float(hypergeom.sf(at_least - 1, n, events, inside))


def _spot(universe: pd.DataFrame, missed: Mask, one: Slice, p: tuple[float, float]) -> BlindSpot:
    pi = universe["inclusion_probability"].to_numpy(dtype=float)
    return BlindSpot(
        column=one.column,
        value=one.value,
        n=int(one.inside.sum()),
        events=int((one.inside & missed).sum()),
        rate_in=_rate(missed[one.inside], pi[one.inside]),
        rate_out=_rate(missed[~one.inside], pi[~one.inside]),
        p=p[0],
        p_adjusted=p[1],
        examples=tuple(universe.loc[one.inside & missed, "trace_id"].sort_values()[:EXAMPLES]),
    )


def _rate(events: Mask, pi: vsj.Numbers) -> Estimate:
    y = events.astype(float)
    low, high = vsj.interval(vsj.beta_parameters(y, pi))
    return Estimate(value=vsj.weighted_share(y, pi), low=low, high=high, n=len(y), method=_METHOD)


def _note(n: int, events: int, tested: int, found: list[BlindSpot]) -> str:
    seen = f"{n} bad answers people saw, {events} passed by the judge"
    if tested == 0:
        return f"Nothing could be tested: {seen}; a slice needs {MINIMUM_ROWS} bad answers and an expected miss."
    looked = f"{tested} {'slice' if tested == 1 else 'slices'} tested: {seen}."
    return looked if found else f"Nothing found. {looked} {_detectable(n, events, tested)}"


def _detectable(n: int, events: int, tested: int) -> str:
    """How bad a slice of a tenth of the failures would have had to be to come out first of the family."""
    inside = max(MINIMUM_ROWS, round(n / 10))
    enough = [k for k in range(MINIMUM_EVENTS, inside + 1) if _tail(k, n, events, inside) * tested <= ALPHA]
    if not enough or enough[0] > events:
        return f"Even {inside} bad answers, all passed, would not have stood out: more labels are needed."
    return f"A slice of {inside} bad answers would have shown with {enough[0]} or more of them passed."
