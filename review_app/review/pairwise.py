"""Two outputs side by side: which stands left is decided by a hash, so nobody learns which one is the system's.

The reviewer answers by side; what is stored is the output meant, and the order they saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from review_app.review.rubric import PAIR, Criterion, Rubric
from review_app.traces.trace import Trace

SIDES = ("A", "B")
PAIR_TAG = "candidate-pair"
"""Tag of a trace that was made of two candidates' answers to one case."""
EQUAL = PAIR[2]
_QUEUE = "ab-"


def shown_order(trace_id: str, reviewer: str) -> tuple[str, str]:
    """What stands at A and at B for this person: the first two of PAIR in either order, half of the time each."""
    swapped = hashlib.sha256(f"{trace_id}\0{reviewer}".encode()).digest()[0] % 2
    return (PAIR[1], PAIR[0]) if swapped else (PAIR[0], PAIR[1])


def sides(trace: Trace, rubric: Rubric, reviewer: str) -> tuple[str, str] | None:
    """The texts at A and B; None where the rubric compares nothing, or the trace has no two outputs."""
    if trace.output is None or trace.alternative is None or not any(map(_is_pair, rubric.criteria)):
        return None
    both = dict(zip(PAIR, (trace.output, trace.alternative), strict=False))
    first, second = shown_order(trace.trace_id, reviewer)
    return both[first], both[second]


def only_compares(rubric: Rubric) -> bool:
    """Whether every question is about the pair; then nothing on the page may mark one side as the one to grade."""
    return all(criterion.kind in ("pairwise", "text") for criterion in rubric.criteria) and any(
        map(_is_pair, rubric.criteria)
    )


def pair_queue(candidate: str, baseline: str) -> str:
    """The queue in which people compare two runs' answers."""
    return f"{_QUEUE}{candidate}-{baseline}"


def is_pair_queue(name: str) -> bool:
    """Whether it is such a queue."""
    return name.startswith(_QUEUE)


def only_pairs(rubric: Rubric) -> Rubric:
    """The rubric with its pairwise questions alone."""
    return replace(rubric, criteria=tuple(filter(_is_pair, rubric.criteria)))


def asked_of(rubric: Rubric, trace: Trace) -> Rubric:
    """The rubric without its pairwise questions, where a trace has nothing to compare; with them alone where a trace
    was made of two candidates' answers: any other question would tell which of them is in the dock."""
    if trace.output is not None and trace.alternative is not None:
        pairs = only_pairs(rubric)
        return pairs if PAIR_TAG in trace.tags and pairs.criteria else rubric
    return replace(rubric, criteria=tuple(one for one in rubric.criteria if not _is_pair(one)))


def by_output(answers: Mapping[str, str], rubric: Rubric, order: tuple[str, str]) -> dict[str, str]:
    """Answers by side (A, B, equal) as answers by output. What is no side stays, and is refused later."""
    meant = dict(zip(SIDES, order, strict=True)) | {EQUAL: EQUAL}
    pairs = {criterion.name for criterion in rubric.criteria if _is_pair(criterion)}
    # A label of PAIR is none a reviewer can see: it must not pass as an answer by side.
    return {name: meant.get(label, f"side {label}") if name in pairs else label for name, label in answers.items()}


def _is_pair(criterion: Criterion) -> bool:
    return criterion.kind == "pairwise"
