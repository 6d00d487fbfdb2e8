"""Where judges err more often than elsewhere, and what moves them besides quality, as one person may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from review_app.actions.measured import measured_agreement, with_topics
from review_app.actions.queueing import LEADING, require_role, role
from review_app.actions.workspace import opened
from review_app.agreement.discreet import without_reviewers
from review_app.agreement.judges.judge_report import JudgeReport
from review_app.agreement.report import AgreementReport
from review_app.agreement.seen import without_traces
from review_app.agreement.slicing.slices import MISSING, Term
from review_app.agreement.slicing.uncaught import Uncaught
from review_app.sampling.slice_values import but_text, range_text
from review_app.store.blindness import unseen

_NONE = "none"  # what a missing value is called in the condition of a slice


@dataclass(frozen=True, kw_only=True)
class Audit:
    """judges: blind_spots, false_alarms and biases are there for each. uncaught: notes that no criterion caught; None
    where there are none to look at. Examples are only what the person may see. leads: may send traces to the queue.
    unseen: what could not be looked at and why, "" where everything could."""

    judges: tuple[JudgeReport, ...]
    uncaught: Uncaught | None
    leads: bool
    unseen: str = ""


def audit(project: Path, person: str, explore: bool = False, topics: bool = False) -> Audit:
    """Look for blind spots, false alarms and biases of every judge.

    explore: list slices that may be blind spots, not only those that stand after correction. topics: cut by what the
    text is about as well, which needs scikit-learn; where it cannot be done `unseen` says why."""
    require_role(project, person)
    found, not_looked_at = with_topics(project, explore, audit=True, topics=topics)
    report = without_traces(found, unseen(opened(project).store, person))
    return Audit(
        judges=report.judges,
        uncaught=report.uncaught,
        leads=role(project, person) in LEADING,
        unseen=not_looked_at,
    )


def agreement_seen_by(project: Path, person: str) -> AgreementReport:
    """The report without its audit, as this person may see it: examples of traces that are not theirs to answer any
    more, and colleagues by name for those who lead only."""
    require_role(project, person)
    report = without_traces(measured_agreement(project, audit=False), unseen(opened(project).store, person))
    return report if role(project, person) in LEADING else without_reviewers(report)


def slice_condition(terms: Sequence[Term]) -> Mapping[str, str]:
    """What `top_up_slice` takes for these conditions."""
    return {term.column: _asked(term) for term in terms}


def _asked(term: Term) -> str:
    if term.low is not None or term.high is not None:
        return range_text(term.low, term.high)
    if term.common is not None:
        return but_text(tuple(_NONE if one == MISSING else one for one in term.common))
    return _NONE if term.value == MISSING else term.value
