"""How much to review, and by which strategies: the content of `sampling.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt

from review_app.errors import BadConfig

STRATEGIES = (
    "random", "flagged", "check_failed", "judge_flagged", "disagreement", "uncertain", "rare", "complaint",
    "new_cluster",
)  # fmt: skip
"""random: over everything the frame holds. flagged: check_failed or judge_flagged. check_failed: a check in force
failed. judge_flagged: a judge gave a bad label. disagreement: of one criterion, some judges say bad and some do not.
uncertain: a judge's confidence is below a bound. rare: a value few traces have. complaint: the user's feedback is
below 0. new_cluster: what people ask of late and did not before."""

RareColumn = Literal["language", "route", "model", "prompt_version", "tool"]
RARE_COLUMNS: tuple[RareColumn, ...] = ("language", "route", "model", "prompt_version", "tool")


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
class Uncertain:
    """When a judge counts as uncertain: it stated a confidence, and that is `below` this, in (0, 1]."""

    below: Annotated[float, Gt(0), Le(1)] = 0.6


@dataclass(frozen=True, kw_only=True)
class Rare:
    """Which values count as rare: those of these columns that less than this share of the frame has, in (0, 1).

    A missing value is never rare; of `tool` a trace has one value for each tool it called. The values are settled at
    the first draw that asks for them."""

    below: Annotated[float, Gt(0), Lt(1)] = 0.05
    columns: tuple[RareColumn, ...] = RARE_COLUMNS


@dataclass(frozen=True, kw_only=True)
class NewCluster:
    """Which text clusters count as new: those with a share of the newest traces above `factor` times their share of the
    earlier ones, and at least `at_least` of the newest.

    newest: the part of the frame's traces that have a time, in (0, 1), that is the newest; days, where given, takes
    instead what is at most so many days older than the last trace. texts: about so many, chosen by a hash, are what the
    clusters are made from. Clusters and which of them are new are settled at the first draw that asks for them."""

    newest: Annotated[float, Gt(0), Lt(1)] = 0.2
    days: Annotated[float, Gt(0)] | None = None
    factor: Annotated[float, Gt(1)] = 2.0
    at_least: Annotated[int, Gt(0)] = 20
    texts: Annotated[int, Ge(100), Le(50_000)] = 5_000

    def chosen(self, newest: Mapping[str, int], earlier: Mapping[str, int]) -> list[str]:
        """The clusters that are new, sorted. newest, earlier: cluster -> traces."""
        before, now = sum(earlier.values()), sum(newest.values())
        return sorted(
            name
            for name, n in newest.items()
            if n >= self.at_least and n * before > self.factor * earlier.get(name, 0) * now
        )


@dataclass(frozen=True, kw_only=True)
class Urgent:
    """Traces that are shown before all others, outside the sample: where one of these checks failed, with one of these
    tags, or with user feedback below this. What people say of them stands for nothing else and enters no estimate."""

    checks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    feedback_below: Annotated[float, Gt(-1), Le(1)] | None = None


@dataclass(frozen=True, kw_only=True)
class KnownAnswers:
    """How often a reviewer is asked, unseen among the rest, what is settled already.

    share: such items per review given, in (0, 0.5]. source: approved golden cases, or adjudicated traces."""

    share: Annotated[float, Gt(0), Le(0.5)] = 0.05
    source: Literal["golden", "adjudicated"] = "golden"


@dataclass(frozen=True, kw_only=True)
class SamplePlan:
    """One queue's plan.

    salt: any text; another salt draws other traces. Give a new one whenever the flag rule changes.
    reviews or reviewer_minutes: the budget; minutes are turned into reviews by `minutes_per_review`.
    shares: strategy -> share of the budget, summing to 1; random must have at least 0.3, or weights explode.
    overlap: None = every trace gets `reviews_per_trace` and no more. repeats: None = nothing is asked twice.
    known_answers: None = nothing is asked that is settled.
    skills: stratum or tag -> the skill its traces need. due: when the queue is to be done.
    uncertain, rare, new_cluster: what those strategies choose from. urgent: what goes before everything, outside the
    sample.
    exact: exactly as many traces as the rates expect, instead of about so many; such a queue is drawn once.
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
    known_answers: KnownAnswers | None = None
    skills: Mapping[str, str] = field(default_factory=dict)
    due: datetime | None = None
    uncertain: Uncertain = Uncertain()
    rare: Rare = Rare()
    new_cluster: NewCluster = NewCluster()
    urgent: Urgent | None = None
    exact: bool = False

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
            raise BadConfig(f"Unknown strategy {unknown[0]!r}.", do=f"Use one of {', '.join(STRATEGIES)}.")
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

    def reviews_of(self, traces: float) -> float:
        """How many reviews so many traces take: the inverse of `traces`."""
        each = self.reviews_per_trace
        if self.overlap is None:
            return traces * each
        often = max(each, self.overlap.reviews)
        first = min(traces, self.overlap.first)
        return first * often + (traces - first) * (each + self.overlap.share * (often - each))
