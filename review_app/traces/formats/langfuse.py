"""Langfuse, as its public API returns traces: {trace, observations}, {trace: {…, observations, scores}}, a list of
them, or {data: […]}. Scores an evaluator gave become verdicts; a person's correction becomes the trace's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from review_app.tables import Reject, Verdict
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.lines import reject
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
        )
    )


def read(path: Path) -> Iterator[Trace | Verdict | Reject]:
    """Each trace, followed by the verdicts on it."""
    seen = glimpse(path)
    inside = "data" if "data" in seen.keys and "trace" not in seen.keys else None
    for found in json_texts(seen, inside):
        if isinstance(found, Reject):
            yield found
            continue
        line, text = found
        try:
            yield from _items(value_of(text), path, line)
        except (ValueError, TypeError, OverflowError) as fault:
            yield rejected(path, line, fault, text)


def _items(record: Json, path: Path, line: int) -> Iterator[Trace | Verdict | Reject]:
    if not isinstance(record, Mapping):
        raise ValueError("should be an object with a trace and its observations")
    held = record.get("trace")
    trace: Fields = held if isinstance(held, Mapping) else record
    observations = _dicts(record.get("observations")) or _dicts(trace.get("observations"))
    if not text_of(trace.get("id")):
        raise ValueError("the trace has no id")
    scores = _dicts(trace.get("scores")) + _dicts(trace.get("corrections"))
    yield _trace(trace, observations, scores)
    for number, score in enumerate(scores):
        if score.get("source") == "EVAL":
            verdict = _verdict(trace, score)
            yield verdict or reject(path, line, f"scores.{number}", "has no name", str(score).encode(errors="replace"))


def _trace(trace: Fields, observations: list[Fields], scores: list[Fields]) -> Trace:
    steps = [_step(observation) for observation in observations]
    whole = _step({**trace, "type": "TRACE", "startTime": trace.get("timestamp"), "endTime": None})
    if _has_own_words(trace) or not steps:
        steps = [whole, *(step if step.parent else replace(step, parent=whole.id) for step in steps)]
    told = assembled(steps)
    own = {
        "trace_id": text_of(trace["id"]),
        "at": whole.start.isoformat() if whole.start else told["at"],
        "session_id": text_of(trace.get("sessionId")),
        "route": text_of(trace.get("name")),
        "prompt_version": _prompt_version(observations) or text_of(trace.get("version")),
        "tags": [str(tag) for tag in trace.get("tags") or []],
        "latency_s": trace.get("latency") if trace.get("latency") is not None else told["latency_s"],
        "correction": next((text_of(s.get("longStringValue")) for s in scores if _corrects(s)), None),
        "metadata": told["metadata"] | _rest(trace, observations, scores),
    }
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
        given=_unquoted(fields.get("input")),
        gave=_unquoted(fields.get("output")),
        documents=_documents(parsed(_unquoted(fields.get("output")))) if fields.get("type") == "RETRIEVER" else (),
        model=text_of(fields.get("model")),
        cost_usd=_cost(fields),
        error=(message or "failed without a message") if level == "ERROR" else None,
    )


def _unquoted(value: Json) -> Json:
    """The API writes a trace's input as JSON text, so plain text comes in quotes and JSON text as JSON in JSON."""
    if isinstance(value, str) and value.startswith('"') and value.endswith('"') and len(value) > 1:
        try:
            return value_of(value.encode())
        except ValueError:
            return value
    return value


def _has_own_words(trace: Fields) -> bool:
    return any(trace.get(name) not in _EMPTY for name in ("input", "output"))


def _cost(fields: Fields) -> float | None:
    cost = fields.get("totalCost", fields.get("calculatedTotalCost"))
    # Langfuse writes 0 for a step that costs nothing and for one it has no price for.
    return float(cost) if isinstance(cost, int | float) and cost > 0 and fields.get("type") != "TRACE" else None


def _documents(output: Json) -> list[dict[str, Json]]:
    items = output if isinstance(output, list) else output.get("documents") if isinstance(output, Mapping) else None
    found = []
    for number, item in enumerate(items if isinstance(items, list) else [], start=1):
        fields = item if isinstance(item, Mapping) else {"text": str(item)}
        held = fields.get("metadata")
        metadata = held if isinstance(held, Mapping) else {}
        text = next((fields[key] for key in ("page_content", "pageContent", "content", "text") if fields.get(key)), "")
        found.append(
            {
                "id": text_of(fields.get("id")) or text_of(metadata.get("id")) or str(number),
                "text": text if isinstance(text, str) else str(text_of(text)),
                "title": text_of(metadata.get("title")),
                "source": text_of(metadata.get("source")),
                "score": score if isinstance(score := fields.get("score"), int | float) else None,
                "metadata": dict(metadata),
            }
        )
    return found


def _prompt_version(observations: list[Fields]) -> str | None:
    for observation in observations:
        if observation.get("promptName"):
            return f"{observation['promptName']}@{observation.get('promptVersion')}"
    return None


def _corrects(score: Fields) -> bool:
    by_person = score.get("source") in ("ANNOTATION", "CORRECTION") or score.get("dataType") == "CORRECTION"
    return by_person and bool(text_of(score.get("longStringValue")))


def _verdict(trace: Fields, score: Fields) -> Verdict | None:
    name = text_of(score.get("name"))
    if name is None:
        return None
    value, text = score.get("value"), text_of(score.get("stringValue"))
    # A category comes with the number 0 where nobody gave it another one.
    number = float(value) if isinstance(value, int | float) and score.get("dataType") != "CATEGORICAL" else None
    return Verdict(
        trace_id=str(text_of(trace["id"])),
        judge=f"langfuse:{name}",
        judge_version=text_of(score.get("configId")) or "unknown",
        criterion=name,
        label=text,
        score=number,
        rationale=text_of(score.get("comment")),
        status="ok" if text is not None or number is not None else "missing",
        at=time_of(score.get("timestamp"), "UTC"),
    )


def _rest(trace: Fields, observations: list[Fields], scores: list[Fields]) -> dict[str, Json]:
    """What has no place of its own: the trace's other fields, the scores of people, and the observations."""
    rest = {name: value for name, value in trace.items() if name not in _TAKEN and value not in _EMPTY}
    rest |= {"metadata": parsed(rest["metadata"])} if "metadata" in rest else {}
    human = [_filled(score) for score in scores if score.get("source") != "EVAL"]
    steps = [_filled(observation) for observation in observations]
    return rest | ({"human_scores": human} if human else {}) | ({"observations": steps} if steps else {})


def _filled(fields: Fields) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value not in _EMPTY}


def _dicts(value: Json) -> list[Fields]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
