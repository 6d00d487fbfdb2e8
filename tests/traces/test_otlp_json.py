from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app.tables import Reject, Verdict
from review_app.traces import readers
from review_app.traces.formats import otel_files
from review_app.traces.trace import Trace

from ..shared_data import shared
from .files import write

GENAI = "opentelemetry/otlp_json_file.genai.jsonl"
PHOENIX = "phoenix/rest_spans_otlpv1.json"


@pytest.mark.parametrize("name", [pytest.param(GENAI, id="genai"), pytest.param(PHOENIX, id="openinference")])
def test_the_scenario_comes_out(name: str) -> None:
    folder = shared("native-traces") / "generated"
    scenario = orjson.loads((folder / "scenario.json").read_bytes())
    path = folder / name
    assert readers.detect(path) == "otlp-json"
    found = {_question(trace): trace for trace in _traces(path)}
    assert len(found) == 3
    for expected in scenario["traces"]:
        trace = found[expected["question"]]
        assert trace.output == expected["answer"]
        assert trace.error == expected.get("error")
        assert trace.session_id == scenario["session"]
        assert [(d.id, d.text, d.score) for d in trace.documents] == [
            (d["id"], d["text"], d["score"]) for d in expected.get("documents", [])
        ]
        assert [(c.id, c.name, c.arguments, c.result, c.error) for c in trace.tool_calls] == [
            (c["id"], c["name"], _json(c["arguments"]), _json(c.get("result")), c.get("error"))
            for c in expected.get("tool_calls", [])
        ]
        systems = [message.text for message in trace.messages if message.role == "system"]
        # Phoenix' copy of the failed call holds no system prompt.
        assert systems == [scenario["system_prompt"]] or (name == PHOENIX and expected["n"] == 3)


def test_counts_are_those_of_the_set() -> None:
    folder = shared("native-traces")
    expected = orjson.loads((folder / "expected_counts.json").read_bytes())[f"generated/{GENAI}"]
    traces = _traces(folder / "generated" / GENAI)
    spans = [span for trace in traces for span in trace.metadata["spans"]]
    assert len(traces) == expected["traces"]
    assert len(spans) == expected["spans"]
    assert sum(span["error"] is not None for span in spans) == expected["errors"]


def test_the_judges_score_is_a_verdict() -> None:
    folder = shared("native-traces") / "generated"
    expected = next(s for s in orjson.loads((folder / "scenario.json").read_bytes())["scores"] if s["source"] == "LLM")
    (verdict,) = (item for item in readers.read(folder / GENAI) if isinstance(item, Verdict))
    assert (verdict.criterion, verdict.label, verdict.score, verdict.rationale) == (
        expected["name"],
        expected["label"],
        expected["score"],
        expected["explanation"],
    )


def test_the_prompt_that_was_sent_is_kept_beside_the_question() -> None:
    trace = next(t for t in _traces(shared("native-traces") / "generated" / GENAI) if t.documents)
    assert trace.metadata["prompt_as_sent"].startswith("Loans of printed books")
    assert trace.metadata["prompt_as_sent"].endswith(_question(trace))
    attributes = {key: value for span in trace.metadata["spans"] for key, value in span["attributes"].items()}
    assert attributes["gen_ai.usage.input_tokens"] == 96
    assert attributes["enduser.id"] == "reader-77"
    assert trace.metadata["resource"]["service.name"] == "helpdesk"


def test_spans_of_a_trace_may_lie_on_different_lines(tmp_path: Path) -> None:
    lines = [
        _request(_span("a", "1", None, {"input.value": "first?", "output.value": "first."})),
        _request(_span("b", "2", None, {"input.value": "second?", "output.value": "second."})),
        _request(_span("a", "3", "1", {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"})),
        b"{",
        _logs("b", {"event.name": "gen_ai.evaluation.result", "gen_ai.evaluation.name": "tone"}),
        _logs("c", {"event.name": "gen_ai.evaluation.result"}),
    ]
    items = list(readers.read(write(tmp_path, b"\n".join(lines))))
    fault, first, second, verdict, nameless = items  # a trace comes out when its last line has passed
    assert isinstance(first, Trace)
    assert (first.trace_id, first.output, first.model) == ("a", "first.", "m")
    assert isinstance(fault, Reject)
    assert fault.line == 4
    assert isinstance(second, Trace)
    assert second.output == "second."
    assert isinstance(verdict, Verdict)
    assert (verdict.trace_id, verdict.criterion, verdict.status) == ("b", "tone", "missing")
    assert isinstance(nameless, Reject)
    assert "gen_ai.evaluation.name" in nameless.reason


def test_a_trace_that_never_ends_is_given_up_instead_of_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otel_files, "MOST_HELD", 3)
    ends = [_request(_span("long", str(n), None, {"output.value": "x"})) for n in range(2)]
    between = [_request(_span(f"t{n}", "1", None, {}), _span(f"t{n}", "2", "1", {})) for n in range(3)]
    items = list(readers.read(write(tmp_path, b"\n".join([ends[0], *between, ends[1]]))))
    assert [item.trace_id for item in items if isinstance(item, Trace)] == ["t0", "t1", "t2", "long"]

    late = [_request(_span(f"u{n}", "1", None, {})) for n in range(4)]
    items = list(readers.read(write(tmp_path, b"\n".join([*late, *late]))))
    faults = [item for item in items if isinstance(item, Reject)]
    assert all("sort the file by trace" in fault.reason for fault in faults)
    assert "u0" in faults[0].reason
    assert len(faults) + sum(isinstance(item, Trace) for item in items) == 4  # each trace is kept or rejected


def test_what_was_said_may_stand_in_a_log_event(tmp_path: Path) -> None:
    said = {
        "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]',
        "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "hello"}]}]',
    }
    details = {"event.name": "gen_ai.client.inference.operation.details", **said}
    lines = [_request(_span("a", "1", None, {"gen_ai.operation.name": "chat"})), _logs("a", details)]
    (trace,) = _traces(write(tmp_path, b"\n".join(lines)))
    assert (_question(trace), trace.output) == ("hi", "hello")


@pytest.mark.parametrize(
    "span",
    [
        pytest.param({"startTimeUnixNano": str(2**70)}, id="time beyond any"),
        pytest.param({"startTimeUnixNano": "soon"}, id="time that is none"),
        pytest.param({"attributes": "none"}, id="attributes that are none"),
        pytest.param({"attributes": [{"key": "llm.input_messages.999999999.message.role"}]}, id="key bomb"),
        pytest.param({"attributes": [{"key": "llm.input_messages.99999999999999.message.role"}]}, id="key no number"),
        pytest.param({"status": "bad", "events": None}, id="status that is none"),
        pytest.param({"parentSpanId": "1"}, id="own parent"),
    ],
)
def test_an_odd_span_is_kept(tmp_path: Path, span: dict[str, Any]) -> None:
    (trace,) = readers.read(write(tmp_path, _request(_span("a", "1", None, {}) | span)))
    assert isinstance(trace, Trace)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b'{"resourceSpans": [7]}', id="resource that is none"),
        pytest.param(b'{"resourceSpans": 7}', id="spans that are none"),
        pytest.param(b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": "1"}]}]}]}', id="no trace id"),
        pytest.param(b'{"resourceSpans": [{"scopeSpans": [{"spans": [7]}]}]}', id="span that is none"),
        pytest.param(b'{"x": 1}', id="something else"),
        pytest.param(b"[1, 2]", id="no object"),
    ],
)
def test_what_is_no_span_is_rejected(tmp_path: Path, line: bytes) -> None:
    path = write(tmp_path, line + b"\n" + _request(_span("a", "1", None, {})))
    *faults, trace = readers.read(path, format="otlp-json")
    if line.startswith(b"["):  # a file that begins as an array ends with it
        faults.append(trace)
    assert faults
    assert all(isinstance(fault, Reject) for fault in faults)


def _span(trace: str, span: str, parent: str | None, attributes: dict[str, str]) -> dict[str, Any]:
    return {
        "traceId": trace,
        "spanId": span,
        "parentSpanId": parent,
        "name": "step",
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
    }


def _request(*spans: dict[str, Any]) -> bytes:
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})


def _logs(trace: str, attributes: dict[str, str]) -> bytes:
    listed = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    record = {"traceId": trace, "spanId": "1", "attributes": listed}
    return orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})


def _traces(path: Path) -> list[Trace]:
    return [item for item in readers.read(path) if isinstance(item, Trace)]


def _question(trace: Trace) -> str:
    users: Iterator[str] = (message.text for message in reversed(trace.messages) if message.role == "user")
    return next(users)


def _json(text: str | None) -> object:
    return None if text is None else orjson.loads(text)
