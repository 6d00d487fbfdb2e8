"""Many slices tested at once: Cochran-Mantel-Haenszel scores, and how high the highest goes by chance alone.

Events are shuffled inside strata, so that what the draw did to a stratum cannot pass for a finding. Westfall and Young
(1993): comparing each score with the maximum of the family keeps the chance of any false finding, and, unlike Holm,
does not pay for slices that overlap. Shuffles are matrix products: thousands of slices by hundreds of shuffles at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]
Numbers = npt.NDArray[np.float32]

_SHUFFLES_AT_ONCE = 250
_SLICES_AT_ONCE = 2_000


class Part(NamedTuple):
    """Slices with their strata. inside: shape (n_slices, n_rows). strata: shape (n_rows,), from 0 without gaps."""

    inside: Mask
    strata: Codes


class Scores(NamedTuple):
    """observed: shape (n_slices,). highest: shape (n_shuffles,), over the slices of the part; -inf without any."""

    observed: Numbers
    highest: Numbers


def max_t(parts: Sequence[Part], events: Mask, shuffles: int, rng: np.random.Generator) -> list[Scores]:
    """Score every slice, and shuffle the events (shape (n_rows,)) for all parts with the same random numbers."""
    highest = [np.full(shuffles, -np.inf, dtype=np.float32) for _ in parts]
    for start in range(0, shuffles, _SHUFFLES_AT_ONCE):
        many = min(_SHUFFLES_AT_ONCE, shuffles - start)
        keys = rng.random((many, len(events)))
        for part, top in zip(parts, highest, strict=True):
            top[start : start + many] = _highest(part, events, _shuffled(events, part.strata, keys))
    observed = [_scores(part, events, events[None, :].astype(np.float32))[:, 0] for part in parts]
    return [Scores(z, top) for z, top in zip(observed, highest, strict=True)]


def adjusted(observed: Numbers, highest: Numbers) -> npt.NDArray[np.float64]:
    """p per slice: (1 + shuffles whose highest score reaches it) / (shuffles + 1)."""
    below = np.searchsorted(np.sort(highest), observed, side="left")
    return np.asarray((1 + len(highest) - below) / (1 + len(highest)), dtype=float)


def _shuffled(events: Mask, strata: Codes, keys: npt.NDArray[np.float64]) -> Numbers:
    """Shape (n_shuffles, n_rows): in each row the events of every stratum dealt out anew."""
    by_stratum = events[np.argsort(strata, kind="stable")]
    order = np.argsort(strata + keys, axis=1)
    dealt = np.empty(keys.shape, dtype=np.float32)
    np.put_along_axis(dealt, order, np.broadcast_to(by_stratum, keys.shape).astype(np.float32), axis=1)
    return dealt


def _highest(part: Part, events: Mask, dealt: Numbers) -> Numbers:
    top = np.full(len(dealt), -np.inf, dtype=np.float32)
    for start in range(0, len(part.inside), _SLICES_AT_ONCE):
        block = Part(part.inside[start : start + _SLICES_AT_ONCE], part.strata)
        np.maximum(top, _scores(block, events, dealt).max(axis=0), out=top)
    return top


def _scores(part: Part, events: Mask, dealt: Numbers) -> Numbers:
    """(a - E) / sqrt V, shape (n_slices, n_shuffles); 0 where the strata leave nothing to vary.

    With n rows, m events and s rows of the slice in a stratum: E = sum s m / n,
    V = sum s (n - s) m (n - m) / (n^2 (n - 1)). Source: Mantel and Haenszel (1959), without continuity correction.
    """
    inside = part.inside.astype(np.float32)  # counts are exact below 2^24 rows
    member = np.eye(int(part.strata.max(initial=0)) + 1)[part.strata]
    n, m = member.sum(axis=0), member.T @ events
    s = inside @ member
    expected = s @ (m / n)
    variance = (s * (n - s)) @ (m * (n - m) / (n**2 * np.maximum(n - 1, 1)))
    scale = np.where(variance > 0, 1 / np.sqrt(np.where(variance > 0, variance, 1)), 0)
    counted: Numbers = inside @ dealt.T
    counted -= expected.astype(np.float32)[:, None]
    counted *= scale.astype(np.float32)[:, None]
    return counted
