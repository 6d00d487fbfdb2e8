"""Who can be compared with whom: reviewers are linked when they rated the same trace, directly or through others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from review_app.agreement.raters.rating_table import RatingTable


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """components: names of the reviewers of each linked group, largest first; one group means all can be compared.

    n: traces. n_double: traces with two reviewers or more; share_double of all. advice: "" when there is none.
    """

    components: tuple[tuple[str, ...], ...]
    n: int
    n_double: int
    share_double: float | None
    advice: str
    method: str = "connected components of the graph of reviewers who share a trace"

    @property
    def connected(self) -> bool:
        """Whether any two reviewers can be compared."""
        return len(self.components) <= 1


def overlap(table: RatingTable, advised_share: float = 0.10) -> Overlap:
    """The graph of the reviewers of `table`. advised_share: double reviews below this share call for advice."""
    n, n_double = len(table.units), int((np.bincount(table.unit) >= 2).sum())
    of_rater = groups(table)
    names = [
        tuple(sorted(str(table.raters[i]) for i in np.flatnonzero(of_rater == group))) for group in np.unique(of_rater)
    ]
    components = tuple(sorted(names, key=lambda group: (-len(group), group)))
    return Overlap(
        components=components,
        n=n,
        n_double=n_double,
        share_double=n_double / n if n else None,
        advice=_advice(components, n_double / n if n else 0.0, advised_share),
    )


def groups(table: RatingTable) -> npt.NDArray[np.int64]:
    """The number of each reviewer's linked group, shape (n_raters,)."""
    if not table.raters:
        return np.zeros(0, dtype=np.int64)
    shape = (len(table.raters), len(table.units))
    rated = sparse.csr_array((np.ones(len(table.unit)), (table.rater, table.unit)), shape=shape)
    return np.asarray(connected_components(rated @ rated.T, directed=False)[1], dtype=np.int64)


def _advice(components: tuple[tuple[str, ...], ...], share: float, advised: float) -> str:
    if len(components) > 1:
        groups_text = " | ".join(", ".join(group) for group in components)
        return f"these groups share no trace and cannot be compared: {groups_text}; give one trace of each to another"
    if components and share < advised:
        return f"{share:.0%} of the traces have two reviewers: {advised:.0%} to 20% make comparisons dependable"
    return ""
