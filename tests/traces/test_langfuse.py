from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import readers
from review_app.traces.trace import Trace

from ..shared_data import shared
from .files import write

# What a person reads in each file: question, begin of the answer, (tool, arguments, result), model.
WEATHER = "What's the weather in Tokyo?"
FILES = [
    pytest.param(
        "claude-agent-2025-12-22",
        "What's the weather like in Berlin and New York?",
        "Great! Here's the current weather for both cities:\n\n**Berlin**",
        [
            ("mcp__weather__get_weather", {"city": "Berlin"}, "Weather in Berlin: Cloudy, 59°F"),
            ("mcp__weather__get_weather", {"city": "New York"}, "Weather in New York: Sunny, 75°F"),
        ],
        "claude-sonnet-4-5-20250929",
        id="claude agent",
    ),
    pytest.param(
        "google-adk-2025-08-28",
        "hi",
        "Hello Langfuse 👋!",
        [("say_hello", {}, {})],
        "gemini-2.0-flash",
        id="google adk",
    ),
    pytest.param(
        "google-gemini-2025-08-01",
        "What is Langfuse?",
        "**Langfuse** is an **open-source observability",
        [],
        "gemini-2.5-flash",
        id="gemini",
    ),
    pytest.param(
        "koog-2025-08-26",
        "Greet and say goodbye to the user in the same message. Use provided tools to generate a proper greeting. "
        "The user name is Bob.",
        "Hello my darling Bob! And, bye my dear Bob!",
        [("HelloTool", {"name": "Bob"}, "Hello my darling Bob!"), ("ByeTool", {"name": "Bob"}, "Bye my dear Bob!")],
        "gpt-4o",
        id="koog",
    ),
    pytest.param(
        "langgraph-python-2025-08-22",
        "Search the web for 'example' and summarize.",
        'The search for "example" primarily leads to the website',
        [
            (
                "Web-Search",
                {"query": "example"},
                [{"url": "https://example.com", "title": "Example Result", "q": "example"}],
            )
        ],
        "gpt-4o-2024-08-06",
        id="langgraph",
    ),
    pytest.param(
        "microsoft-agent-2025-12-17",
        WEATHER,
        "Current conditions in Tokyo, Japan: stormy, high around 23°C.",
        [
            (
                "get_weather",
                {"location": "Tokyo, Japan"},
                "The weather in Tokyo, Japan is stormy with a high of 23°C.",
            )
        ],
        "gpt-5-mini-2025-08-07",
        id="microsoft agent",
    ),
    pytest.param(
        "openai-agents-2025-09-30",
        WEATHER,
        "The weather in Tokyo is currently sunny.",
        [("get_weather", {"city": "Tokyo"}, "The weather in Tokyo is sunny.")],
        "gpt-4.1-2025-04-14",
        id="openai agents",
    ),
    pytest.param(
        "pydantic-ai-2025-06-06", "What is Langfuse?", "Langfuse is a tool designed", [], "gpt-4o", id="pydantic ai"
    ),
    pytest.param(
        "vercel-aisdk-2025-11-17",
        "What is the weather like today in San Francisco?",
        None,  # the run stopped at the tool's answer
        [("getWeather", {"location": "San Francisco"}, {"location": "San Francisco", "temperature": 64})],
        "gpt-5",
        id="vercel",
    ),
]


@pytest.mark.parametrize(("name", "question", "answer", "calls", "model"), FILES)
def test_a_real_trace_is_readable(
    name: str, question: str, answer: str | None, calls: list[tuple[str, object, object]], model: str
) -> None:
    trace = _traces(_file(name))[0]
    users = [message.text for message in trace.messages if message.role == "user"]
    assert users[-1] == question
    assert (trace.output or "").startswith(answer or "")
    assert (trace.output is None) is (answer is None)
    assert [(call.name, call.arguments, call.result) for call in trace.tool_calls] == calls
    assert trace.model == model
    assert trace.latency_s
    assert trace.cost_usd
    assert trace.error is None


@pytest.mark.parametrize("name", [str(case.values[0]) for case in FILES])
def test_counts_are_those_of_the_set(name: str) -> None:
    path = _file(name)
    expected = orjson.loads((shared("native-traces") / "expected_counts.json").read_bytes())[f"langfuse/{path.name}"]
    items = list(readers.read(path))
    verdicts = [item for item in items if isinstance(item, Verdict)]
    (trace,) = _traces(path)
    assert not any(isinstance(item, Reject) for item in items)
    assert len(_traces(path)) == expected["traces"]
    assert len(trace.metadata["observations"]) == expected["observations"]
    assert len(verdicts) == expected["scores"] * (expected["score_sources"] == ["EVAL"])
    assert (trace.correction is not None) == bool(expected["corrections"])


def test_scores_of_an_evaluator_become_verdicts() -> None:
    verdicts = [item for item in readers.read(_file("claude-agent-2025-12-22")) if isinstance(item, Verdict)]
    assert [(v.judge, v.criterion, v.score) for v in verdicts] == [
        ("langfuse:correctness", "correctness", 0.0),
        ("langfuse:hallucination", "hallucination", 1.0),
        ("langfuse:toxicity", "toxicity", 0.0),
    ]
    assert (verdicts[0].rationale or "").startswith("The generation does not provide any factual information")


def test_a_persons_correction_session_and_tags_come_along() -> None:
    (trace,) = _traces(_file("pydantic-ai-2025-06-06"))
    assert (trace.correction or "").startswith("Langfuse is a tool designed for observability")
    assert trace.session_id == "session_abc"
    assert trace.tags == ("dev", "pydantic-ai")
    assert trace.metadata["metadata"]["email"] == "user@langfuse.com"
    assert trace.metadata["human_scores"][0]["authorUserId"]


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(lambda trace: {"trace": trace, "observations": trace["observations"]}, id="beside"),
        pytest.param(lambda trace: {"trace": trace}, id="inside"),
        pytest.param(lambda trace: trace, id="the trace alone"),
        pytest.param(lambda trace: [trace], id="list"),
        pytest.param(lambda trace: {"data": [trace], "meta": {"page": 1}}, id="page of the list call"),
    ],
)
def test_every_wrapping_of_the_api_is_the_same_trace(tmp_path: Path, wrapped: object) -> None:
    path = write(tmp_path, orjson.dumps(wrapped(_small()), option=orjson.OPT_INDENT_2))  # type: ignore[operator]
    assert readers.detect(path) == "langfuse"
    trace, verdict, opinion = readers.read(path)
    assert isinstance(trace, Trace)
    assert (trace.trace_id, trace.output, trace.prompt_version) == ("t-1", "In two days.", "support@7")
    assert trace.documents[0].text == "Parcels take two days."
    assert isinstance(verdict, Verdict)
    assert (verdict.label, verdict.score, verdict.judge_version) == ("good", None, "config-1")
    assert opinion == HumanOpinion(
        trace_id="t-1", author="ana", criterion="tone", score=1.0, source="langfuse", beside={"source": "ANNOTATION"}
    )


@pytest.mark.parametrize("broken", [{"observations": [], "trace": {}}, {"trace": {"id": ""}, "observations": "x"}])
def test_a_trace_without_an_id_is_rejected(tmp_path: Path, broken: object) -> None:
    (fault,) = readers.read(write(tmp_path, orjson.dumps([broken])), format="langfuse")
    assert isinstance(fault, Reject)
    assert "no id" in fault.reason


def test_a_list_of_traces_names_its_scores_by_id(tmp_path: Path) -> None:
    listed = _small() | {"observations": ["o-1"], "scores": ["s-1", "s-2"]}
    (trace,) = readers.read(write(tmp_path, orjson.dumps({"data": [listed]})))
    assert isinstance(trace, Trace)
    assert (trace.metadata["observations_ids"], trace.metadata["scores_ids"]) == (["o-1"], ["s-1", "s-2"])


def _small() -> dict[str, object]:
    return {
        "id": "t-1",
        "projectId": "p",
        "timestamp": "2026-11-02T09:00:00Z",
        "input": "When will it come?",
        "output": {"answer": "In two days."},
        "observations": [
            {"id": "o-1", "type": "RETRIEVER", "output": [{"page_content": "Parcels take two days.", "metadata": {}}]},
            {"id": "o-2", "type": "GENERATION", "promptName": "support", "promptVersion": 7, "input": "x"},
        ],
        "scores": [
            {"name": "tone", "source": "EVAL", "dataType": "CATEGORICAL", "value": 0, "stringValue": "good",
             "configId": "config-1"},
            {"name": "tone", "source": "ANNOTATION", "value": 1, "authorUserId": "ana"},
        ],
    }  # fmt: skip


def _file(name: str) -> Path:
    return shared("native-traces") / "langfuse" / f"{name}.trace.json"


def _traces(path: Path) -> list[Trace]:
    return [item for item in readers.read(path) if isinstance(item, Trace)]
