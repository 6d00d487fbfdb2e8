"""The invented help-desk scenario, as each exporter of spans wrote it: the same three traces have to come out."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app.tables import SPAN, HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.span_ids import SpanIds, spans_of
from review_app.traces.trace import Trace

from ...shared_data import shared

# file, format, and for which traces something stands nowhere in the file: the system prompt, the session.
FILES = [
    pytest.param("opentelemetry/otlp_json_file.genai.jsonl", "otlp-json", (), (), id="otlp json"),
    pytest.param("opentelemetry/otlp_http_export_request.genai.pb", "otlp-protobuf", (), (), id="otlp protobuf"),
    pytest.param("opentelemetry/console_span_exporter.genai.jsonl", "otel-sdk", (), (), id="console, genai"),
    pytest.param("opentelemetry/console_span_exporter.openinference.jsonl", "otel-sdk", (3,), (), id="console, oi"),
    pytest.param("phoenix/rest_spans.json", "phoenix", (3,), (), id="phoenix rest"),
    pytest.param("phoenix/rest_spans_otlpv1.json", "otlp-json", (3,), (), id="phoenix otlp v1"),
    pytest.param("phoenix/spans_dataframe.jsonl", "phoenix", (3,), (), id="phoenix frame, json lines"),
    pytest.param("phoenix/spans_dataframe.parquet", "phoenix", (3,), (), id="phoenix frame, parquet"),
    pytest.param("mlflow/trace_1.json", "mlflow", (3,), (3,), id="mlflow 1"),
    pytest.param("mlflow/trace_2.json", "mlflow", (3,), (3,), id="mlflow 2"),
    pytest.param("mlflow/trace_3.json", "mlflow", (3,), (3,), id="mlflow 3"),
    pytest.param("mlflow/search_traces.jsonl", "mlflow", (3,), (3,), id="mlflow search_traces"),
]
SCORED = [
    pytest.param("phoenix/rest_span_annotations.json", "phoenix/rest_spans.json", id="phoenix rest"),
    pytest.param("phoenix/span_annotations_dataframe.jsonl", "phoenix/spans_dataframe.parquet", id="phoenix frame"),
    pytest.param("mlflow/search_traces.jsonl", None, id="mlflow"),
]


@pytest.mark.parametrize(("name", "form", "no_prompt", "no_session"), FILES)
def test_the_scenario_comes_out(name: str, form: str, no_prompt: tuple[int, ...], no_session: tuple[int, ...]) -> None:
    folder = shared("native-traces") / "generated"
    assert readers.detect(folder / name) == form
    traces, _ = _split(folder / name)
    assert len(traces) == (1 if "/trace_" in name else 3)
    for trace in traces:
        said = [message.text for message in trace.messages if message.role == "user"]
        expected = next(one for one in _scenario()["traces"] if one["question"] == said[-1])
        assert said == [expected["question"]]
        assert trace.output == expected["answer"]
        assert trace.error == expected.get("error")
        assert trace.session_id == (None if expected["n"] in no_session else _scenario()["session"])
        assert [(d.id, d.text) for d in trace.documents] == [
            (d["id"], d["text"]) for d in expected.get("documents", [])
        ]
        # pandas wrote 0.8300000000000001 into the Parquet file.
        scores = [d["score"] for d in expected.get("documents", [])]
        assert [d.score for d in trace.documents] == pytest.approx(scores, abs=1e-12)
        assert [(c.id, c.name, c.arguments, c.result, c.error) for c in trace.tool_calls] == [
            (c["id"], c["name"], _json(c["arguments"]), _json(c.get("result")), c.get("error"))
            for c in expected.get("tool_calls", [])
        ]
        systems = [message.text for message in trace.messages if message.role == "system"]
        assert systems == ([] if expected["n"] in no_prompt else [_scenario()["system_prompt"]])
        assert trace.at is not None
        assert trace.latency_s is not None


@pytest.mark.parametrize(
    "names",
    [
        ["opentelemetry/otlp_json_file.genai.jsonl", "opentelemetry/otlp_http_export_request.genai.pb",
         "opentelemetry/console_span_exporter.genai.jsonl"],
        ["phoenix/rest_spans.json", "phoenix/rest_spans_otlpv1.json", "phoenix/spans_dataframe.jsonl",
         "phoenix/spans_dataframe.parquet"],
        ["mlflow/search_traces.jsonl", "mlflow/trace_1.json", "mlflow/trace_2.json", "mlflow/trace_3.json"],
    ],
    ids=["opentelemetry", "phoenix", "mlflow"],
)  # fmt: skip
def test_a_trace_has_one_id_and_one_time_however_it_was_written(names: list[str]) -> None:
    """Ids as hex, as bytes, with 0x; times as text, as numbers, as ISO 8601: the first file has all three traces."""
    told: dict[str, set[datetime]] = {}
    for name in names:
        for trace in _split(shared("native-traces") / "generated" / name)[0]:
            assert trace.at is not None
            # Phoenix' data frames and MLflow's search cut a time after the microsecond or the millisecond.
            told.setdefault(trace.trace_id, set()).add(trace.at.replace(microsecond=0))
    assert len(told) == 3
    assert all(len(found) == 1 for found in told.values())


@pytest.mark.parametrize(("name", "form", "no_prompt", "no_session"), FILES)
def test_every_span_is_kept_and_counts_are_those_of_the_set(
    name: str, form: str, no_prompt: tuple[int, ...], no_session: tuple[int, ...]
) -> None:
    counts = orjson.loads((shared("native-traces") / "expected_counts.json").read_bytes())
    expected = counts.get(f"generated/{name}") or {"spans": 10, "traces": 3}
    traces, items = _split(shared("native-traces") / "generated" / name)
    spans = [span for trace in traces for span in trace.metadata["spans"]]
    assert len(spans) == expected["spans"]
    assert len(traces) == expected.get("traces", 1)
    assert not [item for item in items if isinstance(item, Reject)]
    if "errors" in expected:
        assert sum(span["error"] is not None for span in spans) == expected["errors"]
    if "kinds" in expected:
        assert Counter(span["attributes"]["openinference.span.kind"] for span in spans) == expected["kinds"]
    if "assessments" in expected:
        assert len(items) + (traces[0].correction is not None) == expected["assessments"]
        assert (traces[0].metadata["info"]["state"]) == expected["state"]


@pytest.mark.parametrize(("scores", "spans"), SCORED)
def test_a_judge_and_two_people_on_one_trace_stay_apart(scores: str, spans: str | None) -> None:
    folder = shared("native-traces") / "generated"
    traces, items = _split(folder / scores)
    ids = SpanIds()
    for trace in traces or _split(folder / str(spans))[0]:
        ids.note(spans_of(trace))
    number = {trace.trace_id: _number(trace) for trace in traces or _split(folder / str(spans))[0]}
    found = []
    for item in items:
        if isinstance(item, Verdict | HumanOpinion) and item.criterion:
            known = ids.resolved(item)
            assert known is not None
            who, note, kind = (
                (known.judge, known.rationale, "LLM")
                if isinstance(known, Verdict)
                else (known.author, known.note, "HUMAN")
            )
            found.append((number[known.trace_id], known.criterion, kind, who, known.label, known.score, note))
    wanted = [
        (s["trace"], s["name"], s["source"], s["who"], s["label"], s["score"], s["explanation"])
        for s in _scenario()["scores"]
    ]
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_counts_of_annotations_are_those_of_the_set() -> None:
    counts = orjson.loads((shared("native-traces") / "expected_counts.json").read_bytes())
    name = "generated/phoenix/rest_span_annotations.json"
    items = list(readers.read(shared("native-traces") / name))
    opinions = [item for item in items if isinstance(item, HumanOpinion)]
    notes = [item for item in opinions if item.criterion is None]
    assert len(items) == counts[name]["annotations"]
    assert {"HUMAN": len(opinions), "LLM": len(items) - len(opinions)} == counts[name]["kinds"]
    assert len(notes) == counts[name]["notes"]
    assert (notes[0].note or "").endswith(_scenario()["correction"]["text"])
    assert notes[0].trace_id.startswith(SPAN)


@pytest.mark.parametrize("name", ["mlflow/trace_1.json", "mlflow/search_traces.jsonl"])
def test_the_expected_response_of_a_person_is_the_correction(name: str) -> None:
    traces, _ = _split(shared("native-traces") / "generated" / name)
    trace = next(trace for trace in traces if _number(trace) == _scenario()["correction"]["trace"])
    assert trace.correction == _scenario()["correction"]["text"]


@pytest.mark.parametrize("name", ["otlp_json_file.genai.jsonl", "otlp_http_export_request.genai.pb"])
def test_json_and_protobuf_hold_the_same_judges_score(name: str) -> None:
    _, items = _split(shared("native-traces") / "generated" / "opentelemetry" / name)
    expected = next(score for score in _scenario()["scores"] if score["source"] == "LLM")
    (verdict,) = (item for item in items if isinstance(item, Verdict))
    assert (verdict.criterion, verdict.label, verdict.score, verdict.rationale, verdict.status) == (
        expected["name"], expected["label"], expected["score"], expected["explanation"], "ok",
    )  # fmt: skip


def test_spans_of_the_vercel_sdk_are_counted_and_readable() -> None:
    folder = shared("native-traces")
    name = "openinference/vercel-v6-spans/all-spans.json"
    expected = orjson.loads((folder / "expected_counts.json").read_bytes())[name]
    traces, _ = _split(folder / name)
    assert len(traces) == expected["traces"]
    assert sum(len(trace.metadata["spans"]) for trace in traces) == expected["spans"]
    by_route = {trace.route: trace for trace in traces}
    haiku = by_route["test-generate-text"]
    assert haiku.messages[-1].text == "Write a haiku about programming."
    assert (haiku.output or "").startswith("Lines of code align,  \nLogic dances through the night—")
    chat = by_route["test-generate-text-messages"]
    assert [message.role for message in chat.messages] == ["system", "user", "assistant", "user"]
    assert (by_route["test-generate-object"].output or "").startswith('{"name":"Scrambled Eggs"')
    assert by_route["test-embed"].output is None  # an embedding is no answer


def test_a_call_in_genai_attributes_and_in_openinference_is_the_same(tmp_path: Path) -> None:
    folder = shared("native-traces") / "openinference" / "genai"
    names = ("otel_genai_client_span_tool_calls", "otel_genai_deprecated_client_span_tool_calls",
             "openinference_client_span_tool_calls", "openinference_client_span_input_output_only")  # fmt: skip
    found = []
    for name in names:
        span = {
            "name": "chat",
            "context": {"trace_id": "0xa", "span_id": "0xb"},
            "kind": "SpanKind.CLIENT",
            "status": {},
            "attributes": orjson.loads((folder / f"{name}.json").read_bytes()),
        }
        path = tmp_path / name
        path.write_bytes(orjson.dumps(span))
        ((trace,), _) = _split(path)
        said = [(message.role, message.text) for message in trace.messages]
        found.append((said, trace.output, trace.tool_calls, trace.model))
    assert found[0][0] == [
        ("user", "Weather in Paris?"),
        ("assistant", "Absolutely! Let me check the weather for you."),
    ]
    assert found[0][1] == "The weather in Paris is currently rainy with a temperature of 57°F."
    assert [(c.name, c.arguments, c.result) for c in found[0][2]] == [
        ("get_weather", {"location": "Paris"}, "rainy, 57°F")
    ]
    assert all(one == found[0] for one in found)


def _split(path: Path) -> tuple[list[Trace], list[readers.Item]]:
    if path.suffix == ".pb":
        pytest.importorskip("opentelemetry.proto", reason="needs the extra otlp")
    items = list(readers.read(path))
    return [i for i in items if isinstance(i, Trace)], [i for i in items if not isinstance(i, Trace)]


def _number(trace: Trace) -> int:
    asked = next(message.text for message in reversed(trace.messages) if message.role == "user")
    return next(int(one["n"]) for one in _scenario()["traces"] if one["question"] == asked)


def _scenario() -> dict[str, Any]:
    return orjson.loads((shared("native-traces") / "generated" / "scenario.json").read_bytes())  # type: ignore[no-any-return]


def _json(text: str | None) -> object:
    return None if text is None else orjson.loads(text)
