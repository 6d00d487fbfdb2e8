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

    baseline_rate, candidate_rate: means over the n paired cases, as they are in the files.
    difference: candidate against baseline, above 0 is better whatever the direction; level 1 - 2 alpha.
    p: one-sided, of the candidate being worse than the margin allows; passes at p <= alpha.
    needed_n: about how many cases show an equally good candidate to be so in 80 of 100 gates.
    changed: the cases that differ, worst first. reason: the outcome in a sentence.
    """

    name: str
    n: int
    baseline_rate: float
    candidate_rate: float
    difference: Estimate
    p: float
    margin: float
    direction: Literal["higher", "lower"]
    outcome: Outcome
    needed_n: int
    changed: tuple[ChangedCase, ...]
    reason: str


@dataclass(frozen=True, kw_only=True)
class BlockerResult:
    """One blocker on the candidate: n examples looked at, and the ids of those on which it failed."""

    name: str
    n: int
    failed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """May the candidate ship. reasons: a sentence for each rule that kept it from passing, or that it passed."""

    outcome: Outcome
    reasons: tuple[str, ...]
    metrics: tuple[MetricResult, ...]
    blockers: tuple[BlockerResult, ...]
    release_number: int
    release_hash: str
    n_examples: int
    policy: GatePolicy
