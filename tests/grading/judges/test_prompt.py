"""Foreign text is data between two marks it cannot know, whatever it says."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.grading.judges.prompt import answer_model, as_text, messages, seen_text
from review_app.grading.judges.spec import JudgeSpec, ModelSpec, Parameters, Shot

from ...builders import a_trace

MODEL = ModelSpec(model="openai/m", api_base="http://127.0.0.1:1/v1")


def a_judge(**changes: object) -> JudgeSpec:
    values: dict[str, object] = {
        "name": "j", "criterion": "good_enough", "prompt": "Use {braces} and {{more}} freely: %s.",
        "labels": {"good": "pass", "bad": "fail"}, "bad": ("fail",), "models": (MODEL,),
    }  # fmt: skip
    return JudgeSpec(**values | changes)  # type: ignore[arg-type]


@given(st.text(max_size=200))
def test_any_output_comes_back_as_it_was(output: str) -> None:
    spec = a_judge()
    found = messages(spec, as_text({"output": output.encode(errors="replace").decode()}))
    first, text, last = found[-1]["content"].split("\n")
    assert first == last
    assert first not in text
    assert orjson.loads(text) == {"output": output.encode(errors="replace").decode()}


def test_the_mark_is_named_in_the_instructions_and_differs_each_time() -> None:
    spec, text = a_judge(), as_text({"output": "x"})
    one, other = messages(spec, text), messages(spec, text)
    mark = one[-1]["content"].split("\n")[0]
    assert mark in one[0]["content"]
    assert mark not in str(other)
    assert one[0]["content"].startswith("Use {braces} and {{more}} freely: %s.")


def test_examples_are_shown_as_a_conversation() -> None:
    spec = a_judge(examples=(Shot(given={"output": "No."}, label="bad", reason="Curt."),))
    found = messages(spec, as_text({"output": "x"}))
    assert [one["role"] for one in found] == ["system", "user", "assistant", "user"]
    assert orjson.loads(found[2]["content"]) == {"reason": "Curt.", "label": "bad", "confidence": 1.0}


def test_a_judge_sees_what_was_declared_and_nothing_else() -> None:
    trace = a_trace(metadata={"secret": 1}, correction="Better.", user_feedback=None)
    assert set(orjson.loads(seen_text(a_judge(sees=("output", "documents")), trace))) == {"output", "documents"}
    assert b"secret" not in seen_text(a_judge(), trace)
    assert b"Better" not in seen_text(a_judge(), trace)
    assert seen_text(a_judge(), trace) == seen_text(a_judge(), a_trace("another", session_id="s"))


def test_the_schema_allows_the_labels_only() -> None:
    model = answer_model(a_judge())
    assert model.model_validate({"reason": "", "label": "good", "confidence": 1}).model_dump()["label"] == "good"
    with pytest.raises(ValueError, match="label"):
        model.model_validate({"reason": "", "label": "pass", "confidence": 1})


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "Other."},
        {"labels": {"good": "pass", "poor": "fail"}},
        {"sees": ("output",)},
        {"models": (ModelSpec(model="openai/n", api_base="http://127.0.0.1:1/v1"),)},
        {"models": (ModelSpec(model="openai/m", api_base="http://127.0.0.1:2/v1"),)},
        {"parameters": Parameters(seed=4)},
        {"parameters": Parameters(temperature=1.0, samples=3)},
        {"examples": (Shot(given={"output": "x"}, label="bad"),)},
    ],
)
def test_whatever_decides_a_verdict_makes_another_version(changes: dict[str, object]) -> None:
    assert a_judge(**changes).version != a_judge().version


def test_pace_price_and_key_do_not() -> None:
    model = ModelSpec(model="openai/m", api_base="http://127.0.0.1:1/v1", key="K", rpm=5, concurrency=2, alias="a")
    assert a_judge(models=(model,), timeout=9.0, attempts=2).version == a_judge().version


def test_one_text_is_one_question_whatever_the_labels_stand_for() -> None:
    one, other = a_judge().members[0], a_judge(labels={"good": "fail", "bad": "pass"}).members[0]
    assert one.job_key(b"x", 0) == other.job_key(b"x", 0)
    assert one.version != other.version
    assert len({one.job_key(b"x", 0), one.job_key(b"x", 1), one.job_key(b"y", 0)}) == 3
