"""What the gate answers, as data. The terminal, a comment on a change and a page draw these same objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from review_app.agreement.estimate import Estimate
from review_app.gate.policy import GatePolicy

Outcome = Literal["pass", "block", "inconclusive"]


@dataclass(frozen=True, kw_only=True)
class ChangedCase:
    """An example whose value differs between the two runs. change: above 0 is better, whatever the direction."""

    example_id: str
    baseline: float
    candidate: float
    change: float


@dataclass(frozen=True, kw_only=True)
class MetricResult:
    """One metric's test of non-inferiority.

    n: the cases it applies to in both runs. baseline_rate, candidate_rate: means over them, as they are in the files;
    None where there is no such case.
    difference: candidate against baseline, above 0 is better whatever the direction; level 1 - 2 alpha.
    p: one-sided, of the candidate being worse than the margin allows; passes at p <= alpha; None without a case.
    p_better: of the candidate being no better, corrected by Holm; None where the rule does not claim it.
    e_value: of "worse by the margin or more", over all looks; None at a first and only look. It passes at 1 / alpha.
    human_labels: fresh labels of the candidate's outputs; None where the metric is no judge's.
    needed_n: about how many cases show an equally good candidate to be so in 80 of 100 gates.
    changed: the cases that differ, worst first. reason: the outcome in a sentence.
    """

    name: str
    n: int
    baseline_rate: float | None
    candidate_rate: float | None
    difference: Estimate
    p: float | None
    margin: float
    direction: Literal["higher", "lower"]
    outcome: Outcome
    needed_n: int
    changed: tuple[ChangedCase, ...]
    reason: str
    p_better: float | None = None
    e_value: float | None = None
    human_labels: int | None = None


KEPT_BACK = "kept back"
"""In the place of a case's id, where the reader may still be asked to judge its answers blind."""


@dataclass(frozen=True, kw_only=True)
class BlockerResult:
    """One blocker on the candidate: n examples looked at, and the ids of those on which it failed."""

    name: str
    n: int
    failed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """May the candidate ship. reasons: a sentence for each rule that kept it from passing, or that it passed.

    p: the largest of the metrics', which the intersection-union test stands on; None where a metric has none.
    look: how many times this pair of systems was held side by side with new results, this time included.
    notes: what was done or is to be done, such as a review queue that was made.
    baseline, candidate: ids of the two runs; empty where two files were compared. systems: what people call them,
    baseline first; empty where nobody said.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    metrics: tuple[MetricResult, ...]
    blockers: tuple[BlockerResult, ...]
    release_number: int
    release_hash: str
    n_examples: int
    policy: GatePolicy
    p: float | None = None
    look: int = 1
    baseline: str = ""
    candidate: str = ""
    notes: tuple[str, ...] = ()
    systems: tuple[str, str] = ("", "")

    @property
    def pair(self) -> str:
        """Which systems these are, candidate first; empty where nobody said."""
        named = [
            f"{name} ({run})" if name and run and name != run else name or run
            for name, run in zip(self.systems, (self.baseline, self.candidate), strict=True)
        ]
        return f"{named[1]} against {named[0]}" if all(named) else ""
