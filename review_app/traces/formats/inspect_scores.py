"""What Inspect's scorers said of a sample, and what people made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from review_app.tables import HumanOpinion, Verdict
from review_app.traces.columns import text_of, time_of
from review_app.traces.scores import score_of
from review_app.traces.trace import Json

Fields = Mapping[str, Json]

_UNCHANGED = "UNCHANGED"
# What Inspect's model-graded scorers write when the judge's answer held no grade. The value beside it says "incorrect".
_NO_GRADE = ("grade not found",)


def opinions_on(trace_id: str, sample: Fields, version: str) -> Iterator[Verdict | HumanOpinion]:
    """A verdict for each score a scorer gave, and an opinion for each time a person changed it.

    version: the judge's version where the score does not name the model that graded."""
    scores = sample.get("scores")
    if not isinstance(scores, Mapping):
        scores = {"score": sample["score"]} if isinstance(sample.get("score"), Mapping) else {}
    for name, score in scores.items():
        if not isinstance(score, Mapping):
            score = {"value": score}
        for entry in _history(score):
            yield from _answers(trace_id, str(name), entry, version)


def _history(score: Fields) -> list[dict[str, Json]]:
    """Each state of a score, oldest first, with what an edit left as it was filled in."""
    told = score.get("history")
    entries = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    found: list[dict[str, Json]] = []
    for entry in entries or [score]:
        before = found[-1] if found else {}
        kept = {name: before.get(name) if value == _UNCHANGED else value for name, value in entry.items()}
        found.append(before | {"provenance": None, "explanation": None} | kept)
    return found


def _answers(trace_id: str, name: str, entry: Fields, version: str) -> Iterator[Verdict | HumanOpinion]:
    """One answer, or one for each part of a score that has several."""
    value = entry.get("value")
    parts: dict[str, Json] = {name: value}
    if isinstance(value, Mapping):
        parts = {f"{name}.{key}": one for key, one in value.items()}
    elif isinstance(value, list):
        parts = {f"{name}.{number}": one for number, one in enumerate(value)}
    provenance = entry.get("provenance")
    for criterion, one in parts.items():
        if isinstance(provenance, Mapping):
            yield _opinion(trace_id, criterion, one, entry, provenance)
        else:
            yield _verdict(trace_id, criterion, one, entry, version)


def _verdict(trace_id: str, criterion: str, value: Json, entry: Fields, version: str) -> Verdict:
    explanation = text_of(entry.get("explanation"))
    unparsable = (explanation or "").lower().startswith(_NO_GRADE)
    score = score_of(None if unparsable or value in ("nan", "NaN") else value)
    return Verdict(
        trace_id=trace_id,
        judge=f"inspect:{criterion}",
        judge_version=_grader(entry) or version,
        criterion=criterion,
        label=score.label,
        score=score.score,
        rationale=explanation,
        status="unparsable" if unparsable else score.status,
    )


def _opinion(trace_id: str, criterion: str, value: Json, entry: Fields, provenance: Fields) -> HumanOpinion:
    score = score_of(value)
    reasons = (text_of(entry.get("explanation")), text_of(provenance.get("reason")))
    return HumanOpinion(
        trace_id=trace_id,
        author=text_of(provenance.get("author")) or "unknown",
        criterion=criterion,
        label=score.label,
        score=score.score,
        note="\n\n".join(reason for reason in reasons if reason) or None,
        source="inspect",
        at=time_of(provenance.get("timestamp"), "UTC"),
    )


def _grader(entry: Fields) -> str | None:
    """The model that graded, out of the conversation with it that a model-graded scorer keeps."""
    metadata = entry.get("metadata")
    said = metadata.get("grading") if isinstance(metadata, Mapping) else None
    last = said[-1] if isinstance(said, list) and said else None
    return text_of(last.get("model")) if isinstance(last, Mapping) else None
