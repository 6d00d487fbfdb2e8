"""How much to review, and by which strategies: the content of `sampling.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Annotated

from annotated_types import Gt

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
class SamplePlan:
    """One queue's plan.

    salt: any text; another salt draws other traces. Give a new one whenever the flag rule changes.
    reviews or reviewer_minutes: the budget; minutes are turned into reviews by `minutes_per_review`.
    shares: strategy -> share of the budget, summing to 1; random must have at least 0.3, or weights explode.
    """

    salt: str
    queue: str = "main"
    reviews: Annotated[int, Gt(0)] | None = None
    reviewer_minutes: Annotated[float, Gt(0)] | None = None
    minutes_per_review: Annotated[float, Gt(0)] = 1.5
    reviews_per_trace: Annotated[int, Gt(0)] = 1
    shares: Mapping[str, float] = field(default_factory=lambda: {"random": 0.4, "flagged": 0.6})
    frame: Frame = Frame()

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
        """How many traces the budget pays for, exactly."""
        if self.reviews is not None:
            return Fraction(self.reviews, self.reviews_per_trace)
        minutes = Fraction(str(self.reviewer_minutes)) / Fraction(str(self.minutes_per_review))
        return minutes / self.reviews_per_trace
