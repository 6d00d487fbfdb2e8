"""What a model answered, read strictly: the last valid JSON object wins, and nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_LONGEST, _TRIES = 50_000, 2_000


@dataclass(frozen=True, kw_only=True)
class TokenChoice:
    """One token of a reply. top: what could have stood there -> log probability, the token itself among it."""

    token: str
    top: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A reply as it came, whatever it is worth. finish: why the model stopped, in the protocol's words. tokens: None
    where the provider gave no log probabilities. cost_usd: None where no price is known, never 0."""

    text: str
    refusal: str | None = None
    finish: str | None = None
    tokens: tuple[TokenChoice, ...] | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """label: of the judge, None unless status is ok. reason: the model's, or why there is no label. status: ok,
    unparsable or refused. confidence: as the model states it, in [0, 1]."""

    status: str
    reason: str
    label: str | None = None
    confidence: float | None = None


def read(answer: Answer, labels: Mapping[str, str]) -> Reading:
    """The label of a reply. labels: what may be said."""
    if answer.refusal or answer.finish == "content_filter":
        return Reading(status="refused", reason=(answer.refusal or "stopped by the provider's content filter")[:2000])
    if answer.finish == "length":
        return Reading(status="unparsable", reason="truncated: the reply reached max_tokens")
    fault = "the reply is empty" if not answer.text.strip() else "no JSON object in the reply"
    found: Reading | None = None
    for candidate in objects(answer.text):
        one = _reading(candidate, labels)
        found, fault = (one, fault) if one.status == "ok" else (found, one.reason)
    return found or Reading(status="unparsable", reason=fault)


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost JSON objects in a text, in order."""
    decoder, place = json.JSONDecoder(), 0
    text = text[-_LONGEST:]
    for _ in range(_TRIES):
        place = text.find("{", place)
        if place < 0:
            return
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
            continue
        yield value


def _reading(said: dict[str, Any], labels: Mapping[str, str]) -> Reading:
    label = said.get("label")
    if not isinstance(label, str) or (known := _known(label, labels)) is None:
        return Reading(status="unparsable", reason=f"the label is {str(label)[:80]!r}, none of {', '.join(labels)}")
    reason, sure = said.get("reason"), said.get("confidence")
    stated = isinstance(sure, int | float) and not isinstance(sure, bool) and 0 <= sure <= 1
    return Reading(
        status="ok",
        label=known,
        reason=reason[:8000] if isinstance(reason, str) else "",
        confidence=float(sure) if stated else None,  # type: ignore[arg-type]
    )


def _known(label: str, labels: Mapping[str, str]) -> str | None:
    if label in labels:
        return label
    folded = [one for one in labels if one.casefold() == label.strip().casefold()]
    return folded[0] if len(folded) == 1 else None
