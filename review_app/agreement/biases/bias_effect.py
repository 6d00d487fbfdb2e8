"""One bias of a judge: how much something that should not matter moves its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.holm import holm


@dataclass(frozen=True, kw_only=True)
class BiasEffect:
    """name: which bias; contrast: what is compared with what.

    effect: change of the judge's share of passes in [-1, 1] (leniency where there is a scale: the mean gap, and its
    unit is "points"); its `reason` says why where there is none. p: two-sided, None without an effect; p_adjusted: Holm
    over all that were asked together.
    """

    name: str
    contrast: str
    effect: Estimate
    p: float | None
    p_adjusted: float | None = None
    unit: Literal["share", "points"] = "share"


def unknown(name: str, contrast: str, reason: str, n: int, method: str) -> BiasEffect:
    """A bias of which nothing can be said, and why."""
    return BiasEffect(name=name, contrast=contrast, effect=undefined(reason, n, method), p=None)


def with_holm(effects: Sequence[BiasEffect]) -> tuple[BiasEffect, ...]:
    """The same effects with p_adjusted over those that have a p."""
    asked = [i for i, one in enumerate(effects) if one.p is not None]
    adjusted = dict(zip(asked, holm([p for one in effects if (p := one.p) is not None]), strict=True))
    return tuple(replace(one, p_adjusted=adjusted.get(i)) for i, one in enumerate(effects))
