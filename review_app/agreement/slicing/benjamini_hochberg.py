"""Benjamini and Hochberg's correction: of what is reported, the expected share that is false stays at the level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p: the k-th smallest of m times m / k, never falling as p grows, at most 1.

    Source: Benjamini and Hochberg (1995), J. R. Statist. Soc. B 57."""
    order = np.argsort(p, kind="stable")[::-1]
    adjusted, running = [0.0] * len(p), 1.0
    for larger, i in enumerate(order):
        running = min(running, p[i] * len(p) / (len(p) - larger))
        adjusted[i] = running
    return adjusted
