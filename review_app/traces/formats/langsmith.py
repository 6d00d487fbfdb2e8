"""LangSmith: the requests its SDK sends, and runs and feedback as its API and bulk exports give them.

A run is posted when it begins and patched when it ends; both have its id and may lie anywhere in the file, as may the
feedback. A later value fills in or replaces an earlier one; an empty one replaces nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces.chat import listen
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.formats.foreign_scores import ForeignScore, besides, instant
from review_app.traces.gathering import Piece, gathered
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.lines import reject
from review_app.traces.retrieved import documents_in
from review_app.traces.scores import cost, number, score_of
from review_app.traces.steps import Kind, Step, assembled
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json, Trace, from_values

NAME = "langsmith"

Fields = Mapping[str, Json]

_KINDS: dict[str, Kind] = {"llm": "model", "tool": "tool", "retriever": "retrieval"}
_MACHINES = ("model", "auto_eval")  # who LangSmith says gave a feedback; people are "api" and "app"
_SESSIONS = ("session_id", "thread_id", "conversation_id")
_TAKEN = {"trace_id", "key", "comment", "created_at"}  # of a feedback, whatever it says
_EMPTY: tuple[Json, ...] = (None, "", [], {})
_DEEPEST = 50  # runs inside runs


def looks_like(glimpse: Glimpse) -> bool:
    """A request with a run, a batch of them or a feedback as its body; runs; feedback."""
    keys = glimpse.keys
    inside = ("run_type", "dotted_order", "end_time", "feedback_source", "post.[].run_type", "patch.[].dotted_order")
    if glimpse.has("path", "body") and any(glimpse.has(f"body.{key}") for key in inside):
        return True
    if {"post.[].run_type", "patch.[].dotted_order", "runs.[].run_type"} & keys:
        return True
    is_run = glimpse.has("id", "run_type") and any(glimpse.has(key) for key in ("inputs", "dotted_order", "trace_id"))
    return is_run or glimpse.has("run_id", "key", "feedback_source")


def read(path: Path) -> Iterator[Trace | Verdict | HumanOpinion | Reject]:
    """Each trace when its last run or feedback was read, followed by what judges and people said of it."""
    owners = {
        str(body.fields.get("id")): owner
        for body in _bodies(path)
        if isinstance(body, Piece) and (owner := _owner(body.fields))
    }
    for pile in gathered(partial(_pieces, path, owners)):
        if isinstance(pile, Reject):
            yield pile
            continue
        try:
            yield from _built(pile)
        except (ValueError, TypeError, AttributeError, OverflowError) as fault:
            yield rejected(path, pile[0].line, fault, str(pile[0].fields).encode(errors="replace"))


def _pieces(path: Path, owners: Mapping[str, str]) -> Iterator[Piece | Reject]:
    """Each run and feedback under the name of its trace."""
    for body in _bodies(path):
        if isinstance(body, Reject):
            yield body
            continue
        names = (str(body.fields.get(key)) for key in ("id", "run_id", "parent_run_id"))
        name = _owner(body.fields) or next((owners[name] for name in names if name in owners), None)
        if name is None:
            reason = "is missing, and no run in the file tells which trace it is of"
            yield reject(path, body.line, "trace_id", reason, str(body.fields).encode(errors="replace"))
        else:
            yield Piece(name=name, path=path, line=body.line, fields=body.fields)


def _owner(fields: Fields) -> str | None:
    """The trace a record names itself; a run that nobody called is a trace of its own."""
    named = text_of(fields.get("trace_id"))
    if named or _is_feedback(fields):
        return named
    order = text_of(fields.get("dotted_order"))
    if order:  # <time>Z<id of the root>.<time>Z<id of the next>…
        return order.split(".")[0].rpartition("Z")[2] or None
    return text_of(fields.get("id")) if "run_type" in fields and not fields.get("parent_run_id") else None


def _bodies(path: Path) -> Iterator[Piece | Reject]:
    """Each run and feedback of the file, out of whatever request it came in; their trace is not known yet."""
    inside = "runs" if glimpse(path).keys >= {"runs", "runs.[].run_type"} else None
    for row in rows(path, inside):
        if isinstance(row, Reject):
            yield row
            continue
        line, record = row
        found = list(_in_request(record))
        for fields in found:
            yield Piece(name="", path=path, line=line, fields=fields)
        if not found:
            yield reject(path, line, "record", "is neither a run nor a feedback", str(record).encode(errors="replace"))


def _in_request(record: Fields) -> Iterator[dict[str, Json]]:
    body = parsed(record.get("body")) if "body" in record and "path" in record else record
    if not isinstance(body, Mapping):
        return
    if "post" in body or "patch" in body:
        for name in ("post", "patch"):
            for run in _dicts(body.get(name)):
                yield from _flat(run, 0)
    elif text_of(body.get("id")) or _is_feedback(body):
        yield from _flat(body, 0)
    elif "path" in record:  # PATCH /runs/<id>, of an SDK that does not repeat the id
        _, _, run_id = str(record["path"]).rpartition("/runs/")
        if run_id:
            yield {**body, "id": run_id}


def _flat(run: Fields, depth: int) -> Iterator[dict[str, Json]]:
    yield {name: value for name, value in run.items() if name != "child_runs" or depth >= _DEEPEST}
    for child in _dicts(run.get("child_runs")) if depth < _DEEPEST else ():
        yield from _flat(child, depth + 1)


def _is_feedback(fields: Fields) -> bool:
    return "key" in fields and "run_type" not in fields


def _built(pile: list[Piece]) -> Iterator[Trace | Verdict | HumanOpinion | Reject]:
    feedback = [piece for piece in pile if _is_feedback(piece.fields)]
    runs = _merged(piece.fields for piece in pile if not _is_feedback(piece.fields))
    trace = _trace(pile[0].name, runs, [piece.fields for piece in feedback]) if runs else None
    if trace:
        yield trace
    for piece in feedback:
        key = text_of(piece.fields.get("key"))
        if key is None:
            yield reject(piece.path, piece.line, "key", "is empty", str(piece.fields).encode(errors="replace"))
            continue
        said = _opinion(pile[0].name, key, piece.fields)
        # Where the trace is at hand, its metadata holds the feedback as it came.
        said = replace(said, beside=None if trace else besides(piece.fields, _TAKEN))
        # A text that replaces the answer is the trace's own correction where the trace is at hand; who wrote it is in
        # the metadata.
        told = (
            isinstance(said, HumanOpinion) and said.criterion is None and trace and said.correction == trace.correction
        )
        if not told:
            yield said


def _merged(parts: Iterable[Fields]) -> list[dict[str, Json]]:
    """One record per run, from its post and its patches, in the order they began."""
    runs: dict[str, dict[str, Json]] = {}
    for part in parts:
        run = runs.setdefault(str(part.get("id")), {})
        for name, value in part.items():
            if value in _EMPTY:
                run.setdefault(name, value)
            elif name == "extra" and isinstance(value, Mapping) and isinstance(run.get(name), Mapping):
                run[name] = {**run[name], **value, "metadata": _metadata(run) | _metadata(part)}
            else:
                run[name] = value
    return list(runs.values())


def _metadata(run: Fields) -> dict[str, Json]:
    extra = parsed(run.get("extra"))
    inside = parsed(extra.get("metadata")) if isinstance(extra, Mapping) else None
    return dict(inside) if isinstance(inside, Mapping) else {}


def _trace(name: str, runs: list[dict[str, Json]], feedback: list[dict[str, Json]]) -> Trace:
    values = assembled(_step(run) for run in runs)
    known = {text_of(run.get("id")) for run in runs}
    root = next((run for run in runs if text_of(run.get("parent_run_id")) not in known), runs[0])
    noted = {key: value for run in reversed([root, *runs]) for key, value in _metadata(run).items()}
    kept = {"runs": [_filled(run) for run in runs], "feedback": [_filled(one) for one in feedback]}
    tags = parsed(root.get("tags"))
    own = {
        "trace_id": name,
        "session_id": next((text_of(noted[key]) for key in _SESSIONS if noted.get(key)), None),
        "route": text_of(root.get("name")),
        "prompt_version": text_of(noted.get("lc_hub_commit_hash")) or text_of(noted.get("revision_id")),
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
        "correction": next((text for one in feedback if (text := _corrected(one))), None),
        "metadata": values["metadata"] | {key: value for key, value in kept.items() if value},
    }
    return numbers_kept(from_values(values | own))


def _step(run: Fields) -> Step:
    kind = _KINDS.get(str(run.get("run_type")), "other")
    gave = parsed(run.get("outputs"))
    if kind == "tool" and isinstance(gave, Mapping) and set(gave) <= {"output"}:
        gave = gave.get("output")
    given = parsed(run.get("inputs"))
    return Step(
        id=str(run.get("id")),
        parent=text_of(run.get("parent_run_id")),
        name=str(run.get("name") or ""),
        kind=kind,
        start=time_of(run.get("start_time"), "UTC"),
        end=time_of(run.get("end_time"), "UTC"),
        given=given,
        gave=gave,
        query=text_of(given.get("query")) if kind == "retrieval" and isinstance(given, Mapping) else None,
        documents=documents_in(gave) if kind == "retrieval" else (),
        model=text_of(_metadata(run).get("ls_model_name")),
        cost_usd=cost(run.get("total_cost")) if kind == "model" else None,
        error=text_of(run.get("error")),
    )


def _opinion(name: str, key: str, feedback: Fields) -> Verdict | HumanOpinion:
    source = parsed(feedback.get("feedback_source"))
    given = source if isinstance(source, Mapping) else {"type": source}
    noted = given.get("metadata")
    who = text_of(noted.get("annotator")) if isinstance(noted, Mapping) else None
    by_machine = given.get("type") in _MACHINES
    score = ForeignScore(
        source=NAME,
        trace_id=name,
        name=key,
        who=who or (None if by_machine else text_of(given.get("user_name") or given.get("user_id"))),
        label=score_of(feedback.get("value")).label,
        score=_number(feedback),
        note=text_of(feedback.get("comment")),
        noted=noted,
        at=instant(feedback.get("created_at")),
    )
    if by_machine:
        return score.verdict()
    corrected = _corrected(feedback)
    only_text = corrected is not None and score.label is None and score.score is None
    return replace(score.opinion(), correction=corrected, criterion=None if only_text else key)


def _number(feedback: Fields) -> float | None:
    score = feedback.get("score", feedback.get("value"))
    return float(score) if isinstance(score, bool) else number(score if score is not None else feedback.get("value"))


def _corrected(feedback: Fields) -> str | None:
    """The text a person would have wanted, where the feedback is a correction; whatever shape it has."""
    given = feedback.get("correction")
    return (listen(given, "assistant").last("assistant") or text_of(given)) if given not in _EMPTY else None


def _filled(fields: Fields) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value not in _EMPTY}


def _dicts(value: Json) -> list[Fields]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
