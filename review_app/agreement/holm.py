"""Holm's correction: the chance of any false finding in the family stays at the level, whatever the dependence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p: the k-th smallest of m times (m - k + 1), never falling, at most 1. Source: Holm (1979)."""
    order = np.argsort(p, kind="stable")
    adjusted, running = [0.0] * len(p), 0.0
    for k, i in enumerate(order):
        running = max(running, min(1.0, (len(p) - k) * p[i]))
        adjusted[i] = running
    return adjusted
