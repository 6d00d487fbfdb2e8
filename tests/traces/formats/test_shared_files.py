"""Each file of the shared set in a format of ours comes to what the set says it holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.trace import Trace, encode

from ...shared_data import shared

INSPECT = (
    "2025-05-12T20-28-13-04-00_popularity.json",
    "2025-05-12T20-28-26-04-00_security-guide.json",
    "log_formats.json",
    "log_tool_call_error.json",
)
ATIF = (
    "harbor_openhands", "multi_tool_trajectory", "parallel_tools_mixed_results", "simple_trajectory",
    "subagent_trajectories",
)  # fmt: skip


def _set(name: str) -> tuple[list[readers.Item], dict[str, Any]]:
    folder = shared("native-traces")
    expected = orjson.loads((folder / "expected_counts.json").read_bytes())
    return _read(folder / name), expected.get(name, {})


def _read(path: Path) -> list[readers.Item]:
    items = list(readers.read(path))
    assert not [item for item in items if isinstance(item, Reject)]
    return items


def _traces(items: list[readers.Item]) -> list[Trace]:
    return [item for item in items if isinstance(item, Trace)]


def _verdicts(items: list[readers.Item]) -> list[Verdict]:
    return [item for item in items if isinstance(item, Verdict)]


def _opinions(items: list[readers.Item]) -> list[HumanOpinion]:
    return [item for item in items if isinstance(item, HumanOpinion)]


def _n_messages(trace: Trace) -> int:
    """How many messages the log had: those of tools, which are calls here, and the answer count too."""
    results = sum(call.result is not None or call.error is not None for call in trace.tool_calls)
    return len(trace.messages) + results + (trace.output is not None)


@pytest.mark.parametrize("name", INSPECT)
def test_inspect_counts(name: str) -> None:
    items, expected = _set(f"inspect_ai/{name}")
    traces = _traces(items)
    assert len(traces) == expected["samples"]
    assert sum(map(_n_messages, traces)) == expected["messages"]
    assert len(_verdicts(items)) == expected["scores"]
    assert {verdict.criterion for verdict in _verdicts(items)} == set(expected["scorers"])
    assert {trace.metadata["run"]["status"] for trace in traces} == {expected["status"]}


def test_both_forms_of_an_inspect_log_say_the_same() -> None:
    (plain, _), (archive, _) = _set("inspect_ai/log_formats.json"), _set("inspect_ai/log_formats.eval")
    assert _verdicts(plain) == _verdicts(archive)
    (one,), (other,) = _traces(plain), _traces(archive)
    assert (one.trace_id, one.messages, one.output) == (other.trace_id, other.messages, other.output)


def test_an_inspect_archive_holds_ten_samples() -> None:
    items, _ = _set("inspect_ai/2025-02-11T15-18-04-05-00_popularity_mj7khqpMM4GBCfVQozKgzB.eval")
    assert len(_traces(items)) == len(_verdicts(items)) == 10


@pytest.mark.parametrize("name", ["edited_score.json", "edited_score.deflate.eval", "edited_score.zstd.eval"])
def test_an_edited_score_is_the_judges_and_then_the_persons(name: str) -> None:
    items, _ = _set(f"generated/inspect_ai/{name}")
    expected = orjson.loads((shared("native-traces") / "expected_counts.json").read_bytes())
    counts = expected["generated/inspect_ai/edited_score.json"]
    assert len(_traces(items)) == counts["samples"]
    (opinion,) = _opinions(items)
    verdict = next(one for one in _verdicts(items) if one.trace_id == opinion.trace_id)
    assert [verdict.label, opinion.label] == counts["values"]
    assert (opinion.author, opinion.criterion) == ("ana", "model_graded_qa")
    assert (opinion.note or "").startswith("It is in the tool result; the judge looked at passages only.")
    assert "human review" in (opinion.note or "")
    assert opinion.at


def test_before_the_edit_there_is_the_judge_alone() -> None:
    items, _ = _set("generated/inspect_ai/before_edit.zstd.eval")
    assert [verdict.label for verdict in _verdicts(items)] == ["C", "I"]
    assert not _opinions(items)


@pytest.mark.parametrize("name", ["edited_score.json", "edited_score.deflate.eval"])
def test_a_grade_that_was_not_found_is_no_verdict(name: str) -> None:
    items, _ = _set(f"generated/inspect_ai/{name}")
    first = _verdicts(items)[0]
    assert (first.status, first.label, first.score) == ("unparsable", None, None)
    assert (first.rationale or "").startswith("Grade not found")


@pytest.mark.parametrize("name", ATIF)
def test_atif_counts(name: str) -> None:
    items, expected = _set(f"phoenix-client-atif/{name}.json")
    traces = _traces(items)
    assert len(traces) == expected["trajectories"]
    assert sum(len(trace.metadata["steps"]) for trace in traces) == expected["steps"]
    assert sum(len(trace.tool_calls) for trace in traces) == expected["tool_calls"]
    assert {trace.metadata["schema_version"] for trace in traces} == set(expected["schema"])


def test_litellm_counts_and_the_scenario() -> None:
    items, expected = _set("generated/litellm/standard_logging_payloads.jsonl")
    traces = _traces(items)
    assert len(traces) == expected["calls"]
    assert Counter(trace.metadata["status"] for trace in traces) == expected["status"]
    rag, asking, final, failed = traces
    (one, two, three) = _scenario()["traces"]
    assert one["question"] in rag.messages[-1].text
    assert (rag.output, asking.output, final.output, failed.output) == (one["answer"], None, two["answer"], None)
    assert asking.messages[1].text == final.messages[1].text == two["question"]
    assert [(call.id, call.arguments) for call in asking.tool_calls] == _calls(two)
    assert final.tool_calls[0].result == orjson.loads(two["tool_calls"][0]["result"])
    assert final.tool_calls[1].result == two["tool_calls"][1]["error"]
    assert failed.messages[-1].text == three["question"]
    assert "RateLimitError" in (failed.error or "")
    assert {trace.session_id for trace in traces} == {_scenario()["session"]}
    assert rag.cost_usd == pytest.approx(1.35e-05)  # its mock mode: 10 tokens in, 20 out, whatever was said
    tokens = [rag.metadata[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    assert tokens == [10, 20, 30]


def test_langsmith_counts_and_the_scenario() -> None:
    items, expected = _set("generated/langsmith/ingest_requests.jsonl")
    assert len(_traces(items)) == 3
    runs = [run for trace in _traces(items) for run in trace.metadata["runs"]]
    assert len(runs) == expected["create"] == expected["update"]
    assert Counter(run["run_type"] for run in runs) == expected["run_types"]
    assert sum(len(trace.metadata["feedback"]) for trace in _traces(items)) == expected["feedback"]
    by_question = {trace.messages[-1].text: trace for trace in _traces(items)}
    one, two, three = _scenario()["traces"]
    rag, agent, failed = (by_question[told["question"]] for told in (one, two, three))
    assert (rag.output, agent.output, failed.output) == (one["answer"], two["answer"], None)
    assert [(d.id, d.text, d.score) for d in rag.documents] == [
        (d["id"], d["text"], d["score"]) for d in one["documents"]
    ]
    assert [(call.id, call.arguments) for call in agent.tool_calls] == _calls(two)
    assert agent.tool_calls[1].error == two["tool_calls"][1]["error"]
    assert failed.error == three["error"]
    assert rag.correction == _scenario()["correction"]["text"]
    assert rag.session_id == _scenario()["session"]


def test_langsmith_scores_are_those_of_the_scenario() -> None:
    items, _ = _set("generated/langsmith/ingest_requests.jsonl")
    questions = [told["question"] for told in _scenario()["traces"]]
    number = {trace.trace_id: questions.index(trace.messages[-1].text) + 1 for trace in _traces(items)}
    told = [
        (number[v.trace_id], v.criterion, "LLM", v.judge, v.label, v.score, v.rationale) for v in _verdicts(items)
    ] + [(number[o.trace_id], o.criterion, "HUMAN", o.author, o.label, o.score, o.note) for o in _opinions(items)]
    keys = ("trace", "name", "source", "who", "label", "score", "explanation")
    assert Counter(told) == Counter(tuple(score[key] for key in keys) for score in _scenario()["scores"])


def test_inspect_holds_the_scenario() -> None:
    items, _ = _set("generated/inspect_ai/edited_score.zstd.eval")
    rag, agent = _traces(items)
    one, two, _three = _scenario()["traces"]
    assert rag.messages[-1].text.endswith(one["question"])
    assert (rag.output, agent.output) == (one["answer"], two["answer"])
    assert [(d.id, d.text, d.score) for d in rag.documents] == [
        (d["id"], d["text"], d["score"]) for d in one["documents"]
    ]


def test_deepeval_test_run() -> None:
    items, _ = _set("deepeval/test_run_sample.json")
    (trace,) = _traces(items)
    verdicts = {verdict.criterion: verdict for verdict in _verdicts(items)}
    # 2 on the test case, which its trace repeats; 1 each on six spans
    assert len(_verdicts(items)) == len(verdicts) == 8
    faithful = verdicts["Faithfulness"]
    assert (faithful.label, faithful.score, faithful.judge_version) == ("fail", 0.45, "gpt-5.4")
    assert "two claims" in (faithful.rationale or "")
    assert verdicts["rerank_chunks/Faithfulness"].score == 0.91
    assert trace.metadata["metricsData"][1]["threshold"] == 0.7
    assert [document.score for document in trace.documents] == [0.93, 0.87, 0.71]
    assert trace.tool_calls[0].name == "web_search"
    # 1200 x 1.5e-7 + 48 x 6e-7 + 540 x 1.5e-7 + 180 x 6e-7; the two spans without prices are not in it
    assert trace.cost_usd == pytest.approx(0.00039780)


def test_deepeval_langchain_trace() -> None:
    items, _ = _set("deepeval/langchain.json")
    (trace,) = _traces(items)
    assert [(m.role, m.text) for m in trace.messages][1] == ("user", "What is 8 multiplied by 6?")
    assert len(trace.messages) == 2  # the declaration of the tool is no message
    assert trace.output == "8 multiplied by 6 is 48."
    assert [(call.name, call.arguments, str(call.result)) for call in trace.tool_calls] == [
        ("multiply", {"a": 8, "b": 6}, "48")
    ]
    assert trace.prompt_version == "asd@00.00.01"


def test_tau_bench_counts() -> None:
    folder = shared("tau-bench")
    items = _read(folder / "historical_trajectories" / "gpt-4o-airline.json")
    expected = orjson.loads((folder / "expected.json").read_bytes())
    traces, verdicts = _traces(items), _verdicts(items)
    assert len(traces) == len({trace.trace_id for trace in traces}) == expected["runs"]
    assert sum(verdict.label == "pass" for verdict in verdicts) == expected["successes"]
    assert len({trace.session_id for trace in traces}) == expected["tasks"]
    assert Counter(call.name for trace in traces for call in trace.tool_calls) == expected["tool_calls_by_name"]
    roles = expected["messages_by_role"]
    results = sum(call.result is not None for trace in traces for call in trace.tool_calls)
    assert results == roles["tool"]
    said = [m for trace in traces for m in (*trace.messages, *trace.metadata.get("messages_after_output", []))]
    users = sum((m["role"] if isinstance(m, dict) else m.role) == "user" for m in said)
    assert users == roles["user"]
    assert all(trace.output for trace in traces)


def test_every_trace_is_written_and_read_again() -> None:
    for name in ("deepeval/test_run_sample.json", "generated/inspect_ai/edited_score.zstd.eval"):
        assert all(encode(trace) for trace in _traces(_set(name)[0]))


def test_odd_letters_survive() -> None:
    """A combining diaeresis, curly quotes and an emoji."""
    items, _ = _set("generated/langsmith/ingest_requests.jsonl")
    assert any("Mo\u0308lln-Gasse? \N{BOOKS}" in trace.messages[-1].text for trace in _traces(items))


def _scenario() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((shared("native-traces") / "generated" / "scenario.json").read_bytes())
    return found


def _calls(told: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(call["id"], orjson.loads(call["arguments"])) for call in told["tool_calls"]]
