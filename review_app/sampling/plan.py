"""How much to review, and by which strategies: the content of `sampling.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Annotated

from annotated_types import Ge, Gt, Le

from review_app.errors import BadConfig

STRATEGIES = ("random", "flagged")
"""random: over everything the frame holds. flagged: where a check failed or a judge gave a bad label."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Which traces are eligible. Empty filters let everything in; `since` is included, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None
    route: tuple[str, ...] = ()
    language: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Which traces more than one person reviews: the `first` ones of each rubric version, so that a team finds out
    early whether it reads the rubric alike, and then a `share` of the rest, chosen by a hash.

    reviews: how many people review those. strata: stratum -> how many review each of its traces at least."""

    first: Annotated[int, Ge(0)] = 30
    share: Annotated[float, Ge(0), Le(1)] = 0.2
    reviews: Annotated[int, Gt(1)] = 2
    strata: Mapping[str, Annotated[int, Gt(0)]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """How much of a reviewer's own work is asked again, unseen among the rest, and after how many days at the least.

    share: repeats per review given, in (0, 0.5]."""

    share: Annotated[float, Gt(0), Le(0.5)] = 0.05
    after_days: Annotated[float, Ge(0)] = 14


@dataclass(frozen=True, kw_only=True)
class SamplePlan:
    """One queue's plan.

    salt: any text; another salt draws other traces. Give a new one whenever the flag rule changes.
    reviews or reviewer_minutes: the budget; minutes are turned into reviews by `minutes_per_review`.
    shares: strategy -> share of the budget, summing to 1; random must have at least 0.3, or weights explode.
    overlap: None = every trace gets `reviews_per_trace` and no more. repeats: None = nothing is asked twice.
    skills: stratum or tag -> the skill its traces need. due: when the queue is to be done.
    """

    salt: str
    queue: str = "main"
    reviews: Annotated[int, Gt(0)] | None = None
    reviewer_minutes: Annotated[float, Gt(0)] | None = None
    minutes_per_review: Annotated[float, Gt(0)] = 1.5
    reviews_per_trace: Annotated[int, Gt(0)] = 1
    shares: Mapping[str, float] = field(default_factory=lambda: {"random": 0.4, "flagged": 0.6})
    frame: Frame = Frame()
    overlap: Overlap | None = None
    repeats: Repeats | None = None
    skills: Mapping[str, str] = field(default_factory=dict)
    due: datetime | None = None

    def __post_init__(self) -> None:
        if (self.reviews is None) == (self.reviewer_minutes is None):
            raise BadConfig(
                "The budget needs exactly one of `reviews` and `reviewer_minutes`.",
                do="Write, for instance, `reviews: 60` or `reviewer_minutes: 90`.",
            )
        self._check_shares()

    def _check_shares(self) -> None:
        unknown = sorted(set(self.shares) - set(STRATEGIES))
        if unknown:
            raise BadConfig(f"Unknown strategy {unknown[0]!r}.", do=f"Use {' and '.join(STRATEGIES)}.")
        if abs(sum(self.shares.values()) - 1) > 1e-9 or min(self.shares.values()) < 0:
            raise BadConfig(f"The shares {dict(self.shares)} do not sum to 1.", do="Make them add up to 1.")
        if self.shares.get("random", 0) < 0.3:
            raise BadConfig(
                f"The random share is {self.shares.get('random', 0)}: what the judge passed would go unseen.",
                do="Give `random` at least 0.3.",
            )

    def traces(self) -> Fraction:
        """How many traces the budget pays for, exactly; what `overlap.strata` asks beyond the rest is not in it."""
        if self.reviews is not None:
            budget = Fraction(self.reviews)
        else:
            budget = Fraction(str(self.reviewer_minutes)) / Fraction(str(self.minutes_per_review))
        each = self.reviews_per_trace
        if self.overlap is None:
            return budget / each
        often = max(each, self.overlap.reviews)
        if budget <= self.overlap.first * often:
            return budget / often
        mean = each + Fraction(str(self.overlap.share)) * (often - each)
        return self.overlap.first + (budget - self.overlap.first * often) / mean
