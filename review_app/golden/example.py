"""One golden case: the trace as it was, what a person said of it, and what the output should have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from review_app.errors import NotAllowed, WrongUsage
from review_app.traces.trace import Trace, encode

AGREEING = 2  # blind reviews that stand for a second person's approval


@dataclass(frozen=True, kw_only=True)
class Example:
    """snapshot: JSON text, see `snapshot`. layer: one of review.answer.LAYERS. approver is None until approved.
    group, split: see golden.split; empty for a case that is not stored yet. supersedes: the case it is to replace."""

    example_id: str
    trace_id: str
    snapshot: str
    layer: str
    reason: str
    proposer: str
    approver: str | None = None
    group: str = ""
    split: str = ""
    supersedes: str | None = None


def example_id(trace: Trace, supersedes: str | None = None) -> str:
    """An id that depends on the trace and its text alone, so that proposing twice finds the first proposal; a case that
    replaces another has an id of its own."""
    said = encode(trace) + (f"\n{supersedes}".encode() if supersedes else b"")
    return "ex-" + sha256(said).hexdigest()[:12]


def propose(trace: Trace, review: Mapping[str, Any], layer: str, reason: str, supersedes: str | None = None) -> Example:
    """A proposal made from a trace and a person's review of it.

    review: reviewer, rubric_version, labels (criterion -> label), is_bad, note, correction, judges (verdicts then).
    Expected is the reviewer's correction, or the output where they found nothing wrong; else it is None, and the case
    states only what was wrong. Raises WrongUsage when the reason is empty."""
    if not reason.strip():
        raise WrongUsage("A golden case needs a reason.", where=trace.trace_id, do="Say why this case must be kept.")
    expected = review["correction"] or (None if review["is_bad"] else trace.output)
    return Example(
        example_id=example_id(trace, supersedes),
        trace_id=trace.trace_id,
        snapshot=snapshot(trace, {**review, "expected": expected}),
        layer=layer,
        reason=reason.strip(),
        proposer=review["reviewer"],
        supersedes=supersedes,
    )


def snapshot(trace: Trace, review: Mapping[str, Any]) -> str:
    """The frozen content of a case: {"trace": our JSONL fields, "review": what was said, "expected": text or null}."""
    kept = {name: value for name, value in review.items() if name != "expected"}
    content = {"trace": orjson.loads(encode(trace)), "review": kept, "expected": review["expected"]}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def check_approver(proposer: str, person: str, agreeing: Sequence[str], owner_mode: bool) -> None:
    """Raise NotAllowed where somebody approves their own proposal, unless two reviewers who did not know of each other
    said the same of the trace, or the project has one accountable owner. agreeing: those reviewers, see `agreeing`."""
    if proposer == person and len(agreeing) < AGREEING and not owner_mode:
        raise NotAllowed(
            f"{person} proposed this case and cannot approve it: fewer than {AGREEING} blind reviews agree on it.",
            do="Ask a colleague to approve or to review it, or set `owner_mode: true` in project.yaml if one person "
            "decides alone.",
        )


def agreeing(reviews: Sequence[Mapping[str, Any]], rubric_version: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Who gave just these labels, blind, under this version of the rubric; each once, by name.

    reviews: what people said of the trace, one dict each: reviewer, rubric_version, labels, assisted, repeat_of."""
    same = (
        review["reviewer"]
        for review in reviews
        if not review["assisted"]
        and review["repeat_of"] is None
        and review["rubric_version"] == rubric_version
        and review["labels"] == labels
    )
    return tuple(sorted(set(same))) if labels else ()
