"""What a release may not lose: the content of `gate.yaml`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt

from review_app.errors import BadConfig


@dataclass(frozen=True, kw_only=True)
class MetricRule:
    """One metric that must not regress.

    margin: the largest loss we accept, in the metric's own units: .05 is five points of a rate.
    minimum_n: with fewer paired cases the answer is inconclusive, whatever the figures say.
    direction: which way is better.
    """

    name: str
    margin: Annotated[float, Gt(0), Lt(1)]
    minimum_n: Annotated[int, Ge(1)] = 30
    direction: Literal["higher", "lower"] = "higher"


@dataclass(frozen=True, kw_only=True)
class BlockerRule:
    """A check, as a metric of 0 and 1, that must hold on every example of the candidate."""

    name: str


@dataclass(frozen=True, kw_only=True)
class GatePolicy:
    """All rules of one gate.

    Every metric must be shown to be non-inferior at `alpha`: an intersection-union test, so no correction is due.
    """

    metrics: tuple[MetricRule, ...] = ()
    blockers: tuple[BlockerRule, ...] = ()
    alpha: Annotated[float, Gt(0), Lt(0.5)] = 0.05

    def __post_init__(self) -> None:
        if not self.metrics and not self.blockers:
            raise BadConfig(
                "The gate has neither a metric nor a blocker: it would pass anything.",
                do="Name at least one metric with its margin, or one blocker.",
            )
        twice = [name for name, count in Counter(self.names()).items() if count > 1]
        if twice:
            raise BadConfig(f"{twice[0]!r} is named twice in the gate.", do="Keep one of the two rules.")

    def names(self) -> tuple[str, ...]:
        """The metrics and blockers a candidate's results must hold."""
        return tuple(rule.name for rule in self.metrics) + tuple(rule.name for rule in self.blockers)
