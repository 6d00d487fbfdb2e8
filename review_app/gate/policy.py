"""What a release may not lose: the content of `gate.yaml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt

from review_app.errors import BadConfig


@dataclass(frozen=True, kw_only=True)
class MetricRule:
    """One metric that must not regress.

    margin: the largest loss we accept, in the metric's own units: .05 is five points of a rate.
    minimum_n: with fewer paired cases the answer is inconclusive, whatever the figures say.
    direction: which way is better.
    claim: `better` asks for more than no loss: the candidate must be shown to gain, with Holm's correction over all
    metrics that claim so.
    """

    name: str
    margin: Annotated[float, Gt(0), Lt(1)]
    minimum_n: Annotated[int, Ge(1)] = 30
    direction: Literal["higher", "lower"] = "higher"
    claim: Literal["not_worse", "better"] = "not_worse"


@dataclass(frozen=True, kw_only=True)
class BlockerRule:
    """A check, as a metric of 0 and 1, that must hold on every example of the candidate.

    needed: where a case is run several times, in how many of its runs it must hold; None: in all of them. Twenty
    blockers that flake in 2 % of runs block a sound candidate in 33 of 100 gates, held in 2 of 3 runs in 2.
    """

    name: str
    needed: Annotated[int, Ge(1)] | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseRule:
    """What a golden release must be for a gate over it to mean anything.

    max_age_days: an older one is stale; None: age does not matter. latest: one that another release took the place of
    is stale. minimum_cases: how many it holds at least. layers: layer -> how many of its cases there are at least.
    """

    max_age_days: Annotated[float, Gt(0)] | None = None
    latest: bool = True
    minimum_cases: Annotated[int, Ge(1)] = 1
    layers: Mapping[str, Annotated[int, Ge(1)]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class GatePolicy:
    """All rules of one gate.

    Every metric must be shown to be non-inferior at `alpha`: an intersection-union test, so no correction is due.
    looks: `repeated` where the same candidate is looked at more than once (after more trials, after each repair): then
    an e-value decides, which may be looked at as often as one likes. With `once`, the second look at one pair of
    systems is decided so.
    human_labels: how many fresh human labels of the candidate's outputs a metric of a judge needs.
    cases: `test` leaves out the cases of the release that prompts may be tuned on (its dev side).
    """

    metrics: tuple[MetricRule, ...] = ()
    blockers: tuple[BlockerRule, ...] = ()
    alpha: Annotated[float, Gt(0), Lt(0.5)] = 0.05
    looks: Literal["once", "repeated"] = "once"
    human_labels: Annotated[int, Ge(30)] = 60
    cases: Literal["all", "test"] = "all"
    release: ReleaseRule = field(default_factory=ReleaseRule)

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
