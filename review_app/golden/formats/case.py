"""A golden case as the exports need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from review_app.golden.release import Verified
from review_app.traces.trace import Trace, from_values


@dataclass(frozen=True, kw_only=True)
class GoldenCase:
    """trace: as it was frozen. expected: the right answer; None where the case says only what was wrong.
    claims: what holds for every acceptable answer, as (must or must_not, text). metadata: short facts, all text."""

    example_id: str
    trace: Trace
    expected: str | None
    claims: tuple[tuple[str, str], ...]
    metadata: Mapping[str, str]
    split: str

    @property
    def question(self) -> str:
        """What was said before the output, each with its role, a blank line between two."""
        return "\n\n".join(f"{message.role}: {message.text}" for message in self.trace.messages)

    @property
    def chat(self) -> list[dict[str, str]]:
        """The same as role and content; a role that chat models do not know speaks as the user."""
        known = ("system", "user", "assistant")
        return [
            {"role": message.role, "content": message.text}
            if message.role in known
            else {"role": "user", "content": f"[{message.role}] {message.text}"}
            for message in self.trace.messages
        ]

    @property
    def context(self) -> list[str]:
        """The retrieved passages."""
        return [f"[{document.id}] {document.text}" for document in self.trace.documents]


def cases(release: Verified) -> tuple[GoldenCase, ...]:
    """The cases of a release, in its order."""
    return tuple(_case(release, example) for example in release.examples)


def _case(release: Verified, example: Mapping[str, Any]) -> GoldenCase:
    trace, review = from_values(example["trace"]), example["review"]
    return GoldenCase(
        example_id=example["example_id"],
        trace=trace,
        expected=example["expected"],
        claims=tuple((claim["kind"], claim["text"]) for claim in review.get("assertions", ())),
        metadata=_metadata(release, example, trace),
        # A case from before there were sides was made for the gate.
        split=example.get("split") or "test",
    )


def _metadata(release: Verified, example: Mapping[str, Any], trace: Trace) -> dict[str, str]:
    labels: Sequence[str] = [f"{name}={label}" for name, label in example["review"]["labels"].items()]
    said = {
        "release": str(release.number),
        "content_hash": release.content_hash,
        "trace_id": trace.trace_id,
        "layer": example["layer"],
        "reason": example["reason"],
        "route": trace.route,
        "language": trace.language,
        "labels": ", ".join(labels),
        "note": example["review"]["note"],
        "output": trace.output,
    }
    return {name: value for name, value in said.items() if value}
