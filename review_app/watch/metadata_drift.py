"""How far the make-up of today's traffic is from what it was: one column at a time, beside what chance alone does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.stats import chi2

from review_app.agreement.holm import holm

LEAST = 50
"""Fewer traces than this on either side say nothing."""
MOVED = 0.1
"""From which population stability index on, beyond chance, a change is worth a look (the usual "moderate")."""
_EXPECTED = 5.0
_RARE = "(rare)"


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One column. before, now: number of traces. values: (value, share before, share now), shares in [0, 1], the most
    changed first; rare values are one.

    psi: population stability index, >= 0, beside chance_psi, what it is on average where nothing changed. g, p: the
    likelihood-ratio test of the same table. p_holm: p, corrected for the number of columns. All None where there are
    too few traces, or one value alone. moved: the change is more than chance (p_holm <= .05) and worth a look.
    """

    column: str
    before: int
    now: int
    values: tuple[tuple[str | None, float, float], ...] = ()
    psi: float | None = None
    chance_psi: float | None = None
    g: float | None = None
    p: float | None = None
    p_holm: float | None = None
    moved: bool = False


Counts = Mapping[str | None, int]


def metadata_drift(before: Mapping[str, Counts], now: Mapping[str, Counts]) -> tuple[Drift, ...]:
    """One row per column of `before`, in its order. before, now: column -> value -> number of traces, none of which is
    in both. Source: G-test and Holm (1979); PSI with its null mean (k - 1)(1/n + 1/m), Yurdakul (2018)."""
    rows = [_column(name, counts, now.get(name, {})) for name, counts in before.items()]
    tested = [place for place, row in enumerate(rows) if row.p is not None]
    for place, p in zip(tested, holm([rows[place].p or 0.0 for place in tested]), strict=True):
        row = rows[place]
        beyond = (row.psi or 0.0) - (row.chance_psi or 0.0)
        rows[place] = replace(row, p_holm=p, moved=p <= 0.05 and beyond > MOVED)
    return tuple(rows)


def _column(column: str, before: Counts, now: Counts) -> Drift:
    n, m = sum(before.values()), sum(now.values())
    if min(n, m) < LEAST:
        return Drift(column=column, before=n, now=m)
    values = _pooled(before, now)
    pairs = [pair for _, pair in values]
    found = Drift(column=column, before=n, now=m, values=_shares(values, n, m))
    if len(pairs) < 2:
        return found
    g, freedom = g_statistic(pairs), len(pairs) - 1
    return replace(
        found, psi=psi(pairs), chance_psi=freedom * (1 / n + 1 / m), g=g, p=max(0.0, float(chi2.sf(g, freedom)))
    )


def psi(pairs: Sequence[tuple[int, int]]) -> float:
    """Population stability index of (before, now) counts per value. Half a trace is added to each, so that a value that
    came or went has one too."""
    n, m = (sum(pair[side] + 0.5 for pair in pairs) for side in (0, 1))
    shares = [((a + 0.5) / n, (b + 0.5) / m) for a, b in pairs]
    return sum((q - p) * math.log(q / p) for p, q in shares)


def psi_p(pairs: Sequence[tuple[int, int]]) -> float:
    """How often chance alone makes a PSI at least this large: PSI nm / (n + m) is about chi-square, k - 1 degrees."""
    n, m = (sum(pair[side] for pair in pairs) for side in (0, 1))
    return float(chi2.sf(psi(pairs) * n * m / (n + m), len(pairs) - 1))


def g_statistic(pairs: Sequence[tuple[int, int]]) -> float:
    """2 sum O ln(O / E) over both sides of the table of (before, now) counts, >= 0."""
    sums = [sum(pair[side] for pair in pairs) for side in (0, 1)]
    among = sum(sums)
    parts = (
        count * math.log(count * among / (sum(pair) * sums[side]))
        for pair in pairs
        for side, count in enumerate(pair)
        if count
    )
    return max(0.0, 2 * sum(parts))


def _pooled(before: Counts, now: Counts) -> list[tuple[str | None, tuple[int, int]]]:
    """(value, (before, now)); those of which less than 5 are expected on a side are counted together."""
    n, m = sum(before.values()), sum(now.values())
    least = _EXPECTED * (n + m) / min(n, m)
    order = sorted(before.keys() | now.keys(), key=lambda value: (value is None, str(value)))
    pairs = {value: (before.get(value, 0), now.get(value, 0)) for value in order}
    kept = [(value, pair) for value, pair in pairs.items() if sum(pair) >= least]
    rare = [pair for pair in pairs.values() if 0 < sum(pair) < least]
    together = (sum(a for a, _ in rare), sum(b for _, b in rare))
    return [*kept, (_RARE, together)] if rare else kept


def _shares(
    values: Sequence[tuple[str | None, tuple[int, int]]], n: int, m: int
) -> tuple[tuple[str | None, float, float], ...]:
    found = [(value, a / n, b / m) for value, (a, b) in values]
    return tuple(sorted(found, key=lambda one: -abs(one[2] - one[1])))
