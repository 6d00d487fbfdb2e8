"""One shape of each vendor; the real files of test_langfuse and test_otlp_json have them in full."""

from __future__ import annotations

import json

import pytest

from review_app.traces.chat import Call, CallResult, listen, readable
from review_app.traces.trace import Json

HI = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("hi", id="text"),
        pytest.param({"role": "user", "content": "hi"}, id="message"),
        pytest.param('[{"role": "user", "content": "hi"}]', id="messages as text"),
        pytest.param({"prompt": "hi"}, id="prompt"),
        pytest.param({"question": "hi", "top_k": 3}, id="question"),
        pytest.param({"messages": [{"type": "human", "content": "hi"}]}, id="langchain"),
        pytest.param(
            {"lc": 1, "id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "hi"}}, id="langchain object"
        ),
        pytest.param({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}, id="gemini"),
        pytest.param({"contents": "hi", "model": "m"}, id="gemini, text"),
        pytest.param([{"role": "user", "parts": [{"type": "text", "content": "hi"}]}], id="gen_ai"),
        pytest.param(
            [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}], id="responses"
        ),
        pytest.param(
            [{"role": "user", "content": [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "hi"}]}],
            id="thought",
        ),
    ],
)
def test_one_question_in_many_shapes(value: Json) -> None:
    assert listen(value, "user").messages == HI


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"choices": [{"message": {"role": "assistant", "content": "ok"}}]}, id="completions"),
        pytest.param({"content": [{"type": "text", "text": "ok"}], "role": "assistant"}, id="anthropic"),
        pytest.param({"candidates": [{"content": {"role": "model", "parts": [{"text": "ok"}]}}]}, id="gemini"),
        pytest.param(
            {"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok"}]}]},
            id="responses",
        ),
        pytest.param({"answer": "ok", "sources": ["a"]}, id="answer"),
        pytest.param(
            [{"role": "assistant", "parts": [{"type": "text", "content": "ok"}], "finish_reason": "stop"}], id="gen_ai"
        ),
    ],
)
def test_one_answer_in_many_shapes(value: Json) -> None:
    assert listen(value, "assistant").last("assistant") == "ok"


FUNCTION = {"name": "find", "arguments": '{"title": "x"}'}
CALL = Call(name="find", id="c1", arguments={"title": "x"})


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "function": {"name": "find", "arguments": '{"title": "x"}'}}],
            },
            id="completions",
        ),
        pytest.param(
            {"type": "function_call", "call_id": "c1", "id": "fc", "name": "find", "arguments": '{"title": "x"}'},
            id="responses",
        ),
        pytest.param({"type": "tool_use", "id": "c1", "name": "find", "input": {"title": "x"}}, id="anthropic"),
        pytest.param({"type": "tool_call", "id": "c1", "name": "find", "arguments": {"title": "x"}}, id="gen_ai"),
        pytest.param({"toolCallId": "c1", "toolName": "find", "input": '{"title": "x"}'}, id="vercel"),
        pytest.param({"function_call": {"id": "c1", "name": "find", "args": {"title": "x"}}}, id="gemini"),
        pytest.param(
            {
                "role": "assistant",
                "content": json.dumps([{"type": "function", "id": "c1", "function": FUNCTION}]),
            },
            id="call as text",
        ),
    ],
)
def test_one_call_in_many_shapes(part: Json) -> None:
    said = listen([part], "assistant")
    assert said.calls == [CALL]
    assert said.messages == []


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"role": "tool", "tool_call_id": "c1", "content": "found"}, id="completions"),
        pytest.param({"type": "function_call_output", "call_id": "c1", "output": "found"}, id="responses"),
        pytest.param(
            {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "found"}]}, id="anthropic"
        ),
        pytest.param({"type": "tool_call_response", "id": "c1", "response": "found"}, id="gen_ai"),
        pytest.param({"type": "tool-result", "toolCallId": "c1", "result": "found"}, id="vercel"),
    ],
)
def test_one_result_in_many_shapes(part: Json) -> None:
    assert listen([part], "user").results == [CallResult(value="found", id="c1")]


def test_json_that_somebody_typed_stays_their_text() -> None:
    assert listen([{"role": "user", "content": '{"a": 1}'}], "user").messages == [
        {"role": "user", "content": '{"a": 1}'}
    ]


def test_pictures_keep_their_place_among_the_text() -> None:
    parts = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": "https://a.b/c.png"}}]
    (message,) = listen([{"role": "user", "content": parts}], "user").messages
    assert message["content"] == [
        {"type": "text", "text": "what is it?"},
        {"type": "image", "url": "https://a.b/c.png"},
    ]


def test_a_tools_declaration_is_no_message() -> None:
    tool = {"type": "function", "function": {"name": "find", "parameters": {}}}
    said = listen([{"role": "tool", "content": tool}], "user")
    assert (said.tools, said.messages, said.calls) == ([tool], [], [])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("plain", "plain", id="text"),
        pytest.param('{"a": 1}', {"a": 1}, id="json"),
        pytest.param({"content": [{"type": "text", "text": "x"}]}, "x", id="mcp"),
        pytest.param({"type": "tool", "content": "[1]"}, [1], id="langchain"),
        pytest.param({"type": "function_result", "result": "x"}, "x", id="function result"),
        pytest.param({"content": "x", "n": 1}, {"content": "x", "n": 1}, id="the tool's own object"),
    ],
)
def test_a_tools_answer_without_its_wrapping(value: Json, expected: Json) -> None:
    assert readable(value) == expected


@pytest.mark.parametrize(
    "value",
    [None, 7, True, [], {}, [None, 7], {"messages": {"messages": {}}}, [[[["x"]]]], {"content": {"type": "text"}}],
)
def test_anything_can_be_listened_to(value: Json) -> None:
    listen(value, "user")


def test_nesting_ends() -> None:
    value: Json = "x"
    for _ in range(300):
        value = {"content": value}
    assert listen(value, "user").messages == []
