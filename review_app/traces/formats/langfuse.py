"""Langfuse, as its public API returns traces: {trace, observations}, {trace: {…, observations, scores}}, a list of
them, or {data: […]}; and scores alone, {data: […]} of `GET /scores`, which name their trace.

Scores by an evaluator or sent through the API become verdicts, people's annotations become opinions, a person's
correction becomes the trace's, and the end user's thumb (a score called `user-feedback`) the trace's feedback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces.chat import unquoted
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.formats import langfuse_scores
from review_app.traces.formats.otel_leftovers import Told
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.retrieved import documents_in
from review_app.traces.steps import Kind, Step, assembled
from review_app.traces.table_rows import json_texts, value_of
from review_app.traces.trace import Json, Trace, from_values

NAME = "langfuse"

Fields = Mapping[str, Json]

_KINDS: dict[str, Kind] = {"GENERATION": "model", "TOOL": "tool", "RETRIEVER": "retrieval"}
_TAKEN = {"id", "timestamp", "sessionId", "tags", "input", "output", "observations", "scores", "corrections", "latency"}
_EMPTY: tuple[Json, ...] = (None, "", [], {}, "{}")


def looks_like(glimpse: Glimpse) -> bool:
    """A trace beside its observations, or with Langfuse's own ids."""
    if glimpse.kind not in ("json", "json lines"):
        return False
    return any(
        glimpse.has(*keys)
        for keys in (
            ("trace", "observations"),
            ("trace.observations",),
            ("trace.projectId",),
            ("id", "timestamp", "observations"),
            ("id", "timestamp", "projectId", "input"),
            ("traceId", "dataType", "source", "name"),
        )
    )


def read(path: Path) -> Iterator[Trace | Verdict | HumanOpinion | Reject]:
    """Each trace, followed by the verdicts and opinions on it."""
    seen = glimpse(path)
    inside = "data" if "data" in seen.keys and "trace" not in seen.keys else None
    for found in json_texts(seen, inside):
        if isinstance(found, Reject):
            yield found
            continue
        line, text = found
        try:
            yield from record_items(value_of(text), path, line)
        except (ValueError, TypeError, OverflowError) as fault:
            yield rejected(path, line, fault, text)


def record_items(record: Json, path: Path, line: int) -> Iterator[Trace | Verdict | HumanOpinion | Reject]:
    """A trace or a score, as the API returns one. Raises ValueError, TypeError or OverflowError where it is none."""
    if not isinstance(record, Mapping):
        raise ValueError("should be an object with a trace and its observations")
    if _is_score(record):
        yield from langfuse_scores.items([record], path, line)
        return
    held = record.get("trace")
    trace: Fields = held if isinstance(held, Mapping) else record
    observations = _dicts(record.get("observations")) or _dicts(trace.get("observations"))
    trace_id = text_of(trace.get("id"))
    if not trace_id:
        raise ValueError("the trace has no id")
    # Inside a trace a score is of this trace, whatever it says.
    scores: list[Fields] = [{**score, "traceId": trace_id} for score in _scores(record, trace)]
    yield _trace(trace, observations, scores)
    # What the trace took as its own is not an answer besides.
    taken = (langfuse_scores.correcting(scores), langfuse_scores.thumb(scores))
    yield from langfuse_scores.items([score for score in scores if score not in taken], path, line)


def _scores(record: Fields, trace: Fields) -> list[Fields]:
    beside = record.get("scores") if record is not trace else None
    return _dicts(trace.get("scores")) + _dicts(beside) + _dicts(trace.get("corrections"))


def _is_score(record: Fields) -> bool:
    return "traceId" in record and "dataType" in record and "source" in record


def _trace(trace: Fields, observations: list[Fields], scores: list[Fields]) -> Trace:
    steps = [_step(observation) for observation in observations]
    whole = _step({**trace, "type": "TRACE", "startTime": trace.get("timestamp"), "endTime": None})
    if _has_own_words(trace) or not steps:
        steps = [whole, *(step if step.parent else replace(step, parent=whole.id) for step in steps)]
    told = assembled(steps)
    corrected, thumb = langfuse_scores.correcting(scores), langfuse_scores.thumb(scores)
    own = {
        "trace_id": text_of(trace["id"]),
        "at": whole.start.isoformat() if whole.start else told["at"],
        "session_id": text_of(trace.get("sessionId")),
        "route": text_of(trace.get("name")),
        "prompt_version": _prompt_version(observations) or text_of(trace.get("version")),
        "tags": [str(tag) for tag in trace.get("tags") or []],
        "latency_s": trace.get("latency") if trace.get("latency") is not None else told["latency_s"],
        "correction": text_of(corrected.get("longStringValue")) if corrected else None,
        "user_feedback": langfuse_scores.feedback(thumb) if thumb else None,
        "metadata": told["metadata"] | _rest(trace, observations, scores),
    }
    words = {name: trace[name] for name in ("input", "output") if trace.get(name) not in _EMPTY}
    own["metadata"] |= Told(told | own).left(words)
    return numbers_kept(from_values(told | own))


def _step(fields: Fields) -> Step:
    level, message = fields.get("level"), text_of(fields.get("statusMessage"))
    return Step(
        id=str(fields.get("id")),
        parent=text_of(fields.get("parentObservationId")),
        name=str(fields.get("name") or ""),
        kind=_KINDS.get(str(fields.get("type")), "other"),
        start=time_of(fields.get("startTime"), "UTC"),
        end=time_of(fields.get("endTime"), "UTC"),
        given=unquoted(fields.get("input")),
        gave=unquoted(fields.get("output")),
        documents=documents_in(fields.get("output")) if fields.get("type") == "RETRIEVER" else (),
        model=text_of(fields.get("model")),
        cost_usd=_cost(fields),
        error=(message or "failed without a message") if level == "ERROR" else None,
    )


def _has_own_words(trace: Fields) -> bool:
    return any(trace.get(name) not in _EMPTY for name in ("input", "output"))


def _cost(fields: Fields) -> float | None:
    cost = fields.get("totalCost", fields.get("calculatedTotalCost"))
    # Langfuse writes 0 for a step that costs nothing and for one it has no price for.
    return float(cost) if isinstance(cost, int | float) and cost > 0 and fields.get("type") != "TRACE" else None


def _prompt_version(observations: list[Fields]) -> str | None:
    for observation in observations:
        if observation.get("promptName"):
            return f"{observation['promptName']}@{observation.get('promptVersion')}"
    return None


def _rest(trace: Fields, observations: list[Fields], scores: list[Fields]) -> dict[str, Json]:
    """What has no place of its own: the trace's other fields, the scores of people, and the observations."""
    rest = {name: value for name, value in trace.items() if name not in _TAKEN and value not in _EMPTY}
    rest |= {"metadata": parsed(rest["metadata"])} if "metadata" in rest else {}
    own = (langfuse_scores.correcting(scores), langfuse_scores.thumb(scores))
    human = [_filled(score) for score in own if score]
    steps = [_filled(observation) for observation in observations]
    # A list of traces names their observations and scores by id only.
    rest |= {f"{name}_ids": ids for name in ("observations", "scores") if (ids := _texts(trace.get(name)))}
    return rest | ({"human_scores": human} if human else {}) | ({"observations": steps} if steps else {})


def _filled(fields: Fields) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value not in _EMPTY}


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _dicts(value: Json) -> list[Fields]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
