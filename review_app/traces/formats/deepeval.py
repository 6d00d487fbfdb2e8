"""DeepEval: test runs (`.latest_test_run.json`: test cases with metrics) and single traces (spans by kind).

A metric's result is a verdict: passed or not by its threshold, with the score and the reason. A metric on a span is a
verdict on `<span>/<metric>`, so that it is never taken for the one on the whole. What the run says of itself (prompts,
hyperparameters, its cost) is noted on each test case, but for figures that can be computed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson

from review_app.tables import Reject, Verdict
from review_app.traces.around_records import around
from review_app.traces.columns import text_of, time_of
from review_app.traces.dialogue import conversation
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.retrieved import documents_in
from review_app.traces.scores import cost, number
from review_app.traces.steps import Kind, Step, assembled
from review_app.traces.table_rows import json_texts, value_of
from review_app.traces.trace import Json, Trace, from_values

NAME = "deepeval"

Fields = Mapping[str, Json]

_SPANS: dict[str, Kind] = {
    "baseSpans": "other", "agentSpans": "other", "llmSpans": "model", "retrieverSpans": "retrieval",
    "toolSpans": "tool",
}  # fmt: skip
_CASES = ("testCases", "conversationalTestCases")
_SUMMARY = {"metricsScores", "traceMetricsScores", "testPassed", "testFailed"}
_OUTER = "testRunData."  # what DeepEval wraps the run in when it stores the latest
_EMPTY: tuple[Json, ...] = (None, "", [], {})


def looks_like(glimpse: Glimpse) -> bool:
    """A test run, or a trace with its spans by kind."""
    if glimpse.kind not in ("json", "json lines"):
        return False
    run = any({f"{outer}{name}"} & glimpse.keys for outer in ("", _OUTER) for name in _CASES)
    return run or glimpse.has("uuid", "llmSpans") or glimpse.has("uuid", "baseSpans")


def read(path: Path) -> Iterator[Trace | Verdict | Reject]:
    """Each test case or trace, followed by the verdicts on it."""
    seen = glimpse(path)
    found: list[str | None] = [outer + name for outer in ("", _OUTER) for name in _CASES if outer + name in seen.keys]
    for place in found or [None]:
        run = _run(path, place)
        for record in json_texts(seen, place):
            if isinstance(record, Reject):
                yield record
                continue
            line, text = record
            try:
                yield from list(_items(value_of(text), run))
            except (ValueError, TypeError, AttributeError, OverflowError) as fault:
                yield rejected(path, line, fault, text)


def _run(path: Path, place: str | None) -> Fields | None:
    """What stands around the test cases at `place`; None for traces, which have no run."""
    if place is None:
        return None
    *outer, _ = place.split(".")
    told = around(path, outer, _CASES)
    return {name: value for name, value in told.items() if name not in (*_SUMMARY, *_CASES) and value not in _EMPTY}


def _items(record: Json, run: Fields | None) -> Iterator[Trace | Verdict]:
    if not isinstance(record, Mapping):
        raise ValueError("should be a test case or a trace")
    held = record if run is None else record.get("trace")
    told: Fields = held if isinstance(held, Mapping) else {}
    trace = _trace({} if run is None else record, told, run)
    yield trace
    yield from _verdicts(trace.trace_id, record, told)


def _trace(case: Fields, told: Fields, run: Fields | None) -> Trace:
    values = _told(told) if told else {"metadata": {}}
    if case:
        values |= _tested(case, values)
    began = time_of(told.get("startTime"), "UTC")
    tags = told.get("tags", case.get("tags"))
    own = {
        "trace_id": text_of(told.get("uuid")) or _made_id(case),
        "session_id": text_of(told.get("threadId")),
        "route": text_of(told.get("name")),
        "prompt_version": _prompt_version(told),
        "at": began.isoformat() if began else values.get("at"),
        "latency_s": values.get("latency_s") if told else cost(case.get("runDuration")),
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
        "metadata": values["metadata"] | _rest(case, told) | ({"run": run} if run else {}),
    }
    return numbers_kept(from_values(values | own))


def _told(told: Fields) -> dict[str, Json]:
    """The fields of a Trace that the spans tell; the trace itself is the step that all of them are in."""
    whole = _step({**told, "name": told.get("name") or "", "error": None}, "other")
    steps = [_step(span, kind) for name, kind in _SPANS.items() for span in _dicts(told.get(name))]
    return assembled([whole, *steps])


def _step(span: Fields, kind: Kind) -> Step:
    given = span.get("input")
    if kind == "model" and isinstance(given, list):
        # DeepEval's LangChain callback writes the declarations of tools as messages, in Python's notation.
        given = [one for one in given if not (isinstance(one, Mapping) and one.get("role") == "Tool Input")]
    context = span.get("retrievalContext") if kind == "retrieval" else None
    return Step(
        id=str(span.get("uuid")),
        parent=text_of(span.get("parentUuid")),
        name=str(span.get("name") or ""),
        kind=kind,
        start=time_of(span.get("startTime"), "UTC"),
        end=time_of(span.get("endTime"), "UTC"),
        given=given,
        gave=span.get("output"),
        query=text_of(given) if kind == "retrieval" and isinstance(given, str) else None,
        documents=(documents_in(span.get("output")) or documents_in(context)) if kind == "retrieval" else (),
        model=text_of(span.get("model")),
        cost_usd=_price(span),
        error=text_of(span.get("error")),
    )


def _price(span: Fields) -> float | None:
    paid = [
        tokens * price
        for way in ("Input", "Output")
        if (tokens := number(span.get(f"{way.lower()}TokenCount"))) is not None
        and (price := number(span.get(f"costPer{way}Token"))) is not None
    ]
    return cost(sum(paid)) if paid else None


def _tested(case: Fields, values: Mapping[str, Json]) -> dict[str, Json]:
    """What a test case says of itself; what it does not say is as the trace tells it."""
    turns = _dicts(case.get("turns"))
    if turns:
        said = conversation([_turn(turn) for turn in turns])
        return said | {"metadata": values["metadata"] | said["metadata"]}
    found: dict[str, Json] = {}
    asked, answered = text_of(case.get("input")), text_of(case.get("actualOutput"))
    if asked and not values.get("messages"):
        found["messages"] = [{"role": "user", "content": asked}]
    if answered:
        found["output"] = answered
    if not values.get("documents"):
        found["documents"] = documents_in(case.get("retrievalContext"))
    if not values.get("tool_calls"):
        found["tool_calls"] = [_call(call) for call in _dicts(case.get("toolsCalled"))]
    return found


def _turn(turn: Fields) -> dict[str, Json]:
    calls = [
        {"type": "function", "function": {"name": call.get("name"), "arguments": call.get("inputParameters")}}
        for call in _dicts(turn.get("toolsCalled"))
    ]
    rest = {name: value for name, value in turn.items() if name != "toolsCalled"}
    return rest | ({"tool_calls": calls} if calls else {})


def _call(call: Fields) -> dict[str, Json]:
    arguments = call.get("inputParameters")
    return {"name": str(call.get("name") or "tool"), "arguments": arguments, "result": call.get("output")}


def _made_id(case: Fields) -> str:
    said = [case.get(name) for name in ("name", "order", "input", "actualOutput", "turns")]
    if not any(value not in _EMPTY for value in said[2:]):
        raise ValueError("the test case has neither a trace nor words to make an id of")
    return "deepeval-" + hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def _prompt_version(told: Fields) -> str | None:
    for span in _dicts(told.get("llmSpans")):
        named, version = text_of(span.get("promptAlias")), text_of(span.get("promptVersion"))
        if named:
            return f"{named}@{version}" if version else named
    return None


def _verdicts(trace_id: str, record: Fields, told: Fields) -> Iterator[Verdict]:
    """One per metric. A test case repeats those of its trace; spans of one name are counted through."""
    seen: set[str] = set()
    spans = [(span, f"{span.get('name')}/") for name in _SPANS for span in _dicts(told.get(name))]
    for holder, prefix in [(record, ""), (told, ""), *spans]:
        for metric in _dicts(holder.get("metricsData")):
            name = text_of(metric.get("name"))
            if name is None or (not prefix and name in seen and holder is told):
                continue
            criterion, number_of = prefix + name, 1
            while criterion in seen:
                number_of += 1
                criterion = f"{prefix}{name}#{number_of}"
            seen.add(criterion)
            yield _verdict(trace_id, criterion, metric)


def _verdict(trace_id: str, criterion: str, metric: Fields) -> Verdict:
    passed, score = metric.get("success"), number(metric.get("score"))
    failed, reason = text_of(metric.get("error")), text_of(metric.get("reason"))
    judged = failed is None and (score is not None or passed is True)
    return Verdict(
        trace_id=trace_id,
        judge=f"deepeval:{criterion}",
        judge_version=text_of(metric.get("evaluationModel")) or "unknown",
        criterion=criterion,
        # A metric that could not be computed counts as not passed there; it is no answer.
        label=("pass" if passed else "fail") if judged and isinstance(passed, bool) else None,
        score=score if judged else None,
        rationale=reason or failed,
        status="error" if failed else "ok" if judged else "missing",
        cost_usd=cost(metric.get("evaluationCost")),
    )


def _rest(case: Fields, told: Fields) -> dict[str, Json]:
    """The test case (with thresholds, expected output and context) and the trace with its spans, as they came."""
    taken = ("trace", "input", "actualOutput", "turns")
    rest = {name: value for name, value in case.items() if name not in taken and value not in _EMPTY}
    kept = {name: value for name, value in told.items() if value not in _EMPTY}
    return rest | ({"trace": kept} if kept else {})


def _dicts(value: Json) -> list[Fields]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
