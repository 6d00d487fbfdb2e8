"""How sure a judge was, and by which of three measures: log probabilities, the share of its samples, its own word."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from review_app.grading.judges.reply import Answer, Reading, TokenChoice, read

_LABEL_VALUE = re.compile(r'"label"\s*:\s*"')
_ENOUGH = 0.5  # of the probability must be on tokens that begin exactly one label


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What one model finally says of one trace. status, reason: see Reading; also `error` where no reply came, and
    `missing` where its samples tie. label: the rubric's. probabilities: rubric label -> probability, only where they
    make `label` the likeliest. source of the confidence: logprobs, samples, stated, or None without one."""

    status: str
    reason: str
    label: str | None = None
    probabilities: Mapping[str, float] | None = None
    confidence: float | None = None
    source: str | None = None


def opinion(answers: Sequence[Answer | str], labels: Mapping[str, str]) -> Opinion:
    """From the samples of one question. answers: at least one; a text says why no reply came. labels: what a model may
    say -> the rubric's label. With one sample the log probabilities speak, then the model's own word; with several the
    share of those that could be read."""
    readings = [_failed(one) if isinstance(one, str) else read(one, labels) for one in answers]
    good = [one for one in readings if one.status == "ok"]
    if not good:
        return Opinion(status=readings[0].status, reason=readings[0].reason)
    return _voted(good, labels) if len(answers) > 1 else _single(answers[0], good[0], labels)


def label_probabilities(tokens: Sequence[TokenChoice], labels: Mapping[str, str]) -> dict[str, float] | None:
    """Rubric label -> probability at the token where the last `"label"` begins; None where it cannot be told.

    A candidate counts for the one rubric label it can be the beginning of; the rest is left out, and must be less than
    half. A candidate that fits two of them makes the answer unknowable."""
    found = _label_token(tokens)
    return None if found is None else _shares(tokens[found.place], found.lead, labels)


def brief(answer: Answer) -> Answer:
    """The answer with one token's candidates instead of all: those where the label begins. The others say nothing, and
    there are hundreds."""
    found = _label_token(answer.tokens or ())
    if found is None or answer.tokens is None:
        return replace(answer, tokens=None)
    before = "".join(one.token for one in answer.tokens[: found.place])
    return replace(answer, tokens=(TokenChoice(token=before, top={}), answer.tokens[found.place]))


class _Found(NamedTuple):
    """place: of the token in which the label's text begins. lead: what of the token stands before the label."""

    place: int
    lead: str


def _label_token(tokens: Sequence[TokenChoice]) -> _Found | None:
    found = list(_LABEL_VALUE.finditer("".join(one.token for one in tokens)))
    start, at = (found[-1].end(), 0) if found else (0, 0)
    for place, one in enumerate(tokens if found else ()):
        if at + len(one.token) > start:
            return _Found(place, one.token[: start - at])
        at += len(one.token)
    return None


def _shares(choice: TokenChoice, lead: str, labels: Mapping[str, str]) -> dict[str, float] | None:
    sums = dict.fromkeys(labels.values(), 0.0)
    for candidate, logprob in choice.top.items():
        begins = candidate[len(lead) :] if candidate.startswith(lead) else ""
        begins = begins.partition('"')[0] if '"' in begins[1:] else begins
        fits = {target for said, target in labels.items() if begins and said.startswith(begins)}
        if len(fits) > 1:
            return None
        for target in fits:
            sums[target] += math.exp(min(logprob, 0.0))
    total = sum(sums.values())
    return {label: value / total for label, value in sums.items()} if total >= _ENOUGH else None


def _single(answer: Answer | str, reading: Reading, labels: Mapping[str, str]) -> Opinion:
    assert isinstance(answer, Answer)
    assert reading.label is not None
    label = labels[reading.label]
    chances = label_probabilities(answer.tokens, labels) if answer.tokens else None
    if chances is None:
        source = None if reading.confidence is None else "stated"
        return Opinion(status="ok", reason=reading.reason, label=label, confidence=reading.confidence, source=source)
    likeliest = chances[label] >= max(chances.values())
    return Opinion(
        status="ok",
        reason=reading.reason,
        label=label,
        probabilities=chances if likeliest else None,
        confidence=chances[label],
        source="logprobs",
    )


def _voted(good: Sequence[Reading], labels: Mapping[str, str]) -> Opinion:
    votes = Counter(labels[str(one.label)] for one in good)
    (label, most), *others = votes.most_common()
    shares = {name: votes[name] / len(good) for name in sorted(set(labels.values()))}
    if others and others[0][1] == most:
        return Opinion(status="missing", reason=f"its {len(good)} samples tie: {label}, {others[0][0]}")
    reason = next(one.reason for one in good if labels[str(one.label)] == label)
    return Opinion(
        status="ok", reason=reason, label=label, probabilities=shares, confidence=shares[label], source="samples"
    )


def _failed(why: str) -> Reading:
    return Reading(status="error", reason=why)
