"""Chats: OpenAI's, batches, LiteLLM's calls, tau-bench, ATIF, on small data with one trap each."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from review_app.tables import Reject, Verdict
from review_app.traces import readers
from review_app.traces.dialogue import conversation
from review_app.traces.trace import Trace

from ..files import write

ASK = {"role": "user", "content": "When do you close?"}
SAY = {"role": "assistant", "content": "At eight."}
CALL = {"id": "c1", "type": "function", "function": {"name": "hours", "arguments": '{"day": "mon"}'}}
DONE = {"role": "tool", "tool_call_id": "c1", "content": '{"until": 20}'}


def _file(folder: Path, *records: object, name: str = "x.jsonl") -> Path:
    return write(folder, b"\n".join(map(orjson.dumps, records)), name)


def _one(path: Path, name: str) -> Trace:
    assert readers.detect(path) == name
    traces = [item for item in readers.read(path) if isinstance(item, Trace)]
    assert len(traces) == 1
    return traces[0]


@pytest.mark.parametrize(
    ("turns", "shown", "output"),
    [
        pytest.param([ASK, SAY], [("user", ASK["content"])], "At eight.", id="plain"),
        pytest.param(
            [ASK, {"role": "assistant", "content": None, "tool_calls": [CALL]}, DONE, SAY],
            [("user", ASK["content"]), ("assistant", ["c1"])],
            "At eight.",
            id="a call keeps its place",
        ),
        pytest.param(
            [ASK, {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL]}, DONE],
            [("user", ASK["content"]), ("assistant", ["c1"])],
            "Let me see.",
            id="text and call, then nothing",
        ),
        pytest.param([ASK], [("user", ASK["content"])], None, id="no answer"),
    ],
)
def test_a_conversation_and_its_answer(turns: list[object], shown: list[object], output: str | None) -> None:
    told = conversation(turns)
    found = [
        (m["role"], m["content"] if isinstance(m["content"], str) else [part["id"] for part in m["content"]])
        for m in told["messages"]
    ]
    assert (found, told["output"]) == (shown, output)


def test_what_comes_after_the_answer_and_odd_fields_are_kept() -> None:
    told = conversation([ASK, SAY | {"refusal": "no", "logprobs": None}, {"role": "user", "content": "###STOP###"}])
    assert told["metadata"]["messages_after_output"] == [{"role": "user", "content": "###STOP###"}]
    assert told["metadata"]["message_fields"] == [{"message": 1, "refusal": "no"}]


def test_thoughts_are_kept_beside_the_text() -> None:
    thought = {"type": "thinking", "thinking": "hm"}
    told = conversation([ASK, {"role": "assistant", "content": [thought, {"type": "text", "text": "At eight."}]}])
    assert told["output"] == "At eight."
    assert told["metadata"]["message_fields"] == [{"message": 1, "thoughts": [thought]}]


def test_an_id_given_to_two_calls_shows_both() -> None:
    twice = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    second = DONE | {"content": "closed"}
    calls = conversation([ASK, twice, DONE, twice, second])["tool_calls"]
    assert [(call["id"], call["result"]) for call in calls] == [("c1", {"until": 20}), ("c1#2", "closed")]


def test_a_failed_tool_and_one_that_nobody_called() -> None:
    failed = {"role": "tool", "function": "bash", "tool_call_id": "c9", "content": "", "error": {"message": "timeout"}}
    (call,) = conversation([failed])["tool_calls"]
    assert (call["name"], call["id"], call["error"]) == ("bash", "c9", "timeout")


def test_in_a_single_call_an_earlier_answer_is_not_the_answer() -> None:
    told = conversation([ASK, SAY, ASK], [{"role": "assistant", "content": "", "tool_calls": [CALL]}])
    assert told["output"] is None
    assert [message["role"] for message in told["messages"]] == ["user", "assistant", "user", "assistant"]


def test_fine_tuning_lines_are_named_by_their_content(tmp_path: Path) -> None:
    line = {"messages": [{"role": "system", "content": "Be short."}, ASK, SAY], "tools": [], "weight": 1}
    one, again = _file(tmp_path, line), _file(tmp_path, {"weight": 1, **line}, name="y.jsonl")
    trace = _one(one, "openai-chat")
    assert trace.output == "At eight."
    assert trace.metadata["weight"] == 1
    assert trace.trace_id.startswith("made-")
    assert _one(again, "openai-chat").trace_id == trace.trace_id


def test_a_preference_pair_has_an_alternative(tmp_path: Path) -> None:
    pair = {"input": {"messages": [ASK]}, "preferred_output": [SAY], "non_preferred_output": [SAY | {"content": "No."}]}
    trace = _one(_file(tmp_path, pair), "openai-chat")
    assert (trace.output, trace.alternative) == ("At eight.", "No.")


def test_a_request_beside_its_response(tmp_path: Path) -> None:
    response = {"id": "x", "created": 1795459065, "model": "m-1", "choices": [{"message": SAY}, {"message": ASK}]}
    trace = _one(_file(tmp_path, {"request": {"messages": [ASK], "seed": 7}, "response": response}), "openai-chat")
    assert (trace.output, trace.model, trace.metadata["request"]) == ("At eight.", "m-1", {"seed": 7})
    assert trace.metadata["other_choices"] == [{"message": ASK}]
    assert trace.at


REQUESTS = [
    {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": [ASK]}}
    for name in ("a", "b", "c", "d")
]
RESPONSES = [
    {"id": "1", "custom_id": "b", "response": {"status_code": 200, "body": {"choices": [{"message": SAY}]}}},
    {"id": "2", "custom_id": "a", "response": {"status_code": 429, "body": {"error": {"message": "slow down"}}}},
    {"id": "3", "custom_id": "c", "response": None, "error": {"code": "batch_expired"}},
]  # fmt: skip
ANSWERED = {"a": (None, "slow down"), "b": ("At eight.", None), "c": (None, "batch_expired"), "d": (None, None)}


def test_a_batch_is_joined_by_custom_id_over_two_files(tmp_path: Path) -> None:
    asked, answered = _file(tmp_path, *REQUESTS), _file(tmp_path, *RESPONSES, name="y.jsonl")
    assert list(readers.sources([asked, answered])) == [(asked, answered)]
    traces = [item for item in readers.read_together([asked, answered]) if isinstance(item, Trace)]
    assert {trace.trace_id: (trace.output, trace.error) for trace in traces} == ANSWERED
    assert all(trace.messages[0].text == ASK["content"] for trace in traces)
    assert len(traces) == 4


def test_a_batch_in_one_file_is_joined_too_and_a_custom_id_given_twice_is_named(tmp_path: Path) -> None:
    items = list(readers.read(_file(tmp_path, *REQUESTS, *RESPONSES, RESPONSES[0])))
    (fault,) = [item for item in items if isinstance(item, Reject)]
    assert "there twice" in fault.reason
    assert {item.trace_id: (item.output, item.error) for item in items if isinstance(item, Trace)} == ANSWERED


def test_other_files_stand_alone(tmp_path: Path) -> None:
    one, two = _file(tmp_path, REQUESTS[0]), _file(tmp_path, {"messages": [ASK]}, name="y.jsonl")
    assert list(readers.sources([two, one])) == [(two,), (one,)]


def test_a_failed_litellm_call_has_no_answer(tmp_path: Path) -> None:
    payload = {"litellm_call_id": "l-1", "call_type": "completion", "status": "failure", "messages": [ASK, SAY, ASK],
               "response": {}, "error_str": "429", "response_cost": 0.0, "metadata": {"a": None}}  # fmt: skip
    trace = _one(_file(tmp_path, payload), "litellm")
    assert (trace.output, trace.error, trace.cost_usd, len(trace.messages)) == (None, "429", None, 3)
    assert "metadata" not in trace.metadata


def test_an_answer_that_litellm_reported_later_is_one_trace(tmp_path: Path) -> None:
    early = {"litellm_call_id": "l-1", "call_type": "acompletion", "review_app_unreported": True, "messages": [ASK],
             "response": orjson.dumps({"choices": [{"message": SAY}]}).decode()}  # fmt: skip
    report = {"litellm_call_id": "l-1", "call_type": "acompletion", "response_cost": 0.5, "messages": [ASK],
              "response": {"choices": [{"message": SAY}]}}  # fmt: skip
    path = _file(tmp_path, early, early | {"litellm_call_id": "l-2"}, report)
    found = [item for item in readers.read(path) if isinstance(item, Trace)]
    assert [(one.trace_id, one.output, one.cost_usd) for one in found] == [
        ("l-1", "At eight.", 0.5),
        ("l-2", "At eight.", None),
    ]


def test_trials_of_a_task_are_one_session_and_a_reward_is_a_verdict(tmp_path: Path) -> None:
    run = {"task_id": 3, "trial": 0, "reward": 0.0, "info": {"task": {"user_id": "u"}}, "traj": [ASK, SAY]}
    other = run | {"trial": 1, "reward": 1.0, "traj": [ASK, SAY | {"content": "At nine."}]}
    missing = run | {"trial": 2, "reward": None, "traj": [ASK]}
    items = list(readers.read(_file(tmp_path, run, other, missing)))
    assert {item.session_id for item in items if isinstance(item, Trace)} == {"task-3-u"}
    assert len({item.trace_id for item in items}) == 3
    assert [(v.label, v.status) for v in items if isinstance(v, Verdict)] == [
        ("fail", "ok"), ("pass", "ok"), (None, "missing"),
    ]  # fmt: skip


def _trajectory(**fields: object) -> dict[str, object]:
    steps = [{"step_id": 1, "source": "user", "message": "Go."}, {"step_id": 2, "source": "agent", "message": "Done."}]
    return {
        "schema_version": "ATIF-v1.6",
        "session_id": "s",
        "agent": {"name": "a", "version": "2"},
        "steps": steps,
    } | fields


def test_an_atif_step_with_pictures_thoughts_and_an_unasked_observation(tmp_path: Path) -> None:
    picture = {"type": "image", "source": {"media_type": "image/png", "path": "../../etc/shadow.png"}}
    steps = [
        {"step_id": 1, "source": "user", "message": [{"type": "text", "text": "Look:"}, picture]},
        {"step_id": 2, "source": "agent", "message": "Seen.", "reasoning_content": "hm",
         "observation": {"results": [{"content": "a screen"}]}},
    ]  # fmt: skip
    trace = _one(_file(tmp_path, _trajectory(steps=steps)), "atif")
    assert [getattr(part, "type", None) for part in trace.messages[0].content] == ["text", "image"]
    assert trace.metadata["steps"][1]["reasoning_content"] == "hm"
    assert [(call.name, call.result) for call in trace.tool_calls] == [("observation", "a screen")]


def test_sub_agents_inside_a_trajectory_are_traces_of_its_session(tmp_path: Path) -> None:
    child = _trajectory(session_id="child")
    path = _file(tmp_path, _trajectory(subagent_trajectories=[child]))
    assert [(t.trace_id, t.session_id) for t in readers.read(path) if isinstance(t, Trace)] == [
        ("s", "s"),
        ("child", "s"),
    ]


def test_what_stands_beside_a_text_or_a_call_is_kept_with_its_message(tmp_path: Path) -> None:
    """A citation, a signature, why a tool failed, and a picture that says nothing else."""
    cited = {"type": "text", "text": "By noon.", "annotations": [{"url": "https://example.org/hours"}]}
    call = {"id": "c1", "function": {"name": "find", "arguments": "{}"}, "signature": "sig-1"}
    picture = {"type": "image_url", "image_url": {"url": "x.png"}}
    said = [
        {"role": "user", "content": [{"type": "text", "text": "When?"}, picture]},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "", "error": {"type": "timeout", "message": "2 s"}},
        {"role": "assistant", "content": [cited, {"type": "text", "text": "Ask again."}]},
    ]  # fmt: skip
    (trace,) = readers.read(_file(tmp_path, {"messages": said}))
    assert isinstance(trace, Trace)
    assert (trace.output, trace.tool_calls[0].error) == ("By noon.\n\nAsk again.", "2 s")
    assert trace.metadata["message_fields"] == [
        {"message": 1, "tool_calls": [call]},
        {"message": 2, "error": {"type": "timeout"}},
        {"message": 3, "content": [cited]},
    ]


def test_a_response_that_is_a_text_is_the_answer(tmp_path: Path) -> None:
    (trace,) = readers.read(
        _file(tmp_path, {"messages": [{"role": "user", "content": "When?"}], "response": "At noon."})
    )
    assert isinstance(trace, Trace)
    assert (trace.messages[-1].text, trace.output) == ("When?", "At noon.")
