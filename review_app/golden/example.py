"""One golden case: the trace as it was, what a person said of it, and what the output should have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from review_app.errors import NotAllowed, WrongUsage
from review_app.traces.trace import Trace, encode


@dataclass(frozen=True, kw_only=True)
class Example:
    """snapshot: JSON text, see `snapshot`. layer: one of review.answer.LAYERS. approver is None until approved."""

    example_id: str
    trace_id: str
    snapshot: str
    layer: str
    reason: str
    proposer: str
    approver: str | None = None


def example_id(trace: Trace) -> str:
    """An id that depends on the trace and its text alone, so that proposing twice finds the first proposal."""
    return "ex-" + sha256(encode(trace)).hexdigest()[:12]


def propose(trace: Trace, review: Mapping[str, Any], layer: str, reason: str) -> Example:
    """A proposal made from a trace and the proposer's review of it.

    review: reviewer, rubric_version, labels (criterion -> label), is_bad, note, correction, judges (verdicts then).
    Expected is the reviewer's correction, or the output where they found nothing wrong; else it is None, and the case
    states only what was wrong. Raises WrongUsage when the reason is empty."""
    if not reason.strip():
        raise WrongUsage("A golden case needs a reason.", where=trace.trace_id, do="Say why this case must be kept.")
    expected = review["correction"] or (None if review["is_bad"] else trace.output)
    return Example(
        example_id=example_id(trace),
        trace_id=trace.trace_id,
        snapshot=snapshot(trace, {**review, "expected": expected}),
        layer=layer,
        reason=reason.strip(),
        proposer=review["reviewer"],
    )


def snapshot(trace: Trace, review: Mapping[str, Any]) -> str:
    """The frozen content of a case: {"trace": our JSONL fields, "review": what was said, "expected": text or null}."""
    kept = {name: value for name, value in review.items() if name != "expected"}
    content = {"trace": orjson.loads(encode(trace)), "review": kept, "expected": review["expected"]}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def check_approver(proposer: str, person: str, owner_mode: bool) -> None:
    """Raise NotAllowed where somebody approves their own proposal, unless the project has one accountable owner."""
    if proposer == person and not owner_mode:
        raise NotAllowed(
            f"{person} proposed this case and cannot approve it.",
            do="Ask a colleague to approve it, or set `owner_mode: true` in project.yaml if one person decides alone.",
        )
