from __future__ import annotations

from typing import Any

import pytest

from review_app.grading.checks.run import candidate_trace, run_checks
from review_app.grading.checks.spec import specs_from
from review_app.traces.trace import Feedback, ToolCall, Trace

from .one import result, says

TOTAL = '{"total": 12.5, "currency": "EUR", "customer": {"name": "Ann"}, "tags": ["a", "b"]}'


@pytest.mark.parametrize(
    ("how", "said", "wanted", "expected"),
    [
        pytest.param("exact", "Thursday ", "Thursday", "pass", id="exact: ends"),
        pytest.param("exact", "thursday", "Thursday", "fail", id="exact: case"),
        pytest.param("normalised", "“THURSDAY”.", "Thursday", "pass", id="case, quotes, point"),
        pytest.param("normalised", "Thurs\u200bday", "Thursday", "pass", id="an invisible character"),
        pytest.param("normalised", "Ｔｈｕｒｓｄａｙ", "Thursday", "pass", id="full width"),
        # A Cyrillic a: the word is another one, however alike it looks.
        pytest.param("normalised", "Thursd\u0430y", "Thursday", "fail", id="a look-alike letter"),
        pytest.param("normalised", "Donnerstag, 5 – 6 Uhr", "donnerstag,  5 - 6 uhr", "pass", id="dash and spaces"),
        pytest.param("normalised", "Fri", "Thursday", "fail", id="another"),
        pytest.param("contains", "It comes on Thursday.", "thursday", "pass", id="contains"),
        pytest.param("numeric", "It costs 12,50 €.", "12.5", "pass", id="decimal comma"),
        pytest.param("numeric", "It costs 1.234,50 €.", "1234.5", "pass", id="German grouping"),
        pytest.param("numeric", "It costs 1\u202f234,50 €.", "1,234.50", "pass", id="French grouping"),
        pytest.param("numeric", "\u22125 °C", "-5", "pass", id="minus sign"),
        pytest.param("numeric", "5 °C", "-5", "fail", id="lost minus"),
        pytest.param("numeric", "between 3 and 5", "3", "fail", id="which of two"),
        pytest.param("numeric", "three", "3", "fail", id="in words"),
        pytest.param("numeric", "On 3 May 2026 it was 17.", "17", "pass", id="a date is no number"),
        pytest.param("set", "b, A;c", "a\nB\nc", "pass", id="set"),
        pytest.param("set", "a", "a, b", "fail", id="set: one missing"),
    ],
)
def test_a_right_answer(how: str, said: str, wanted: str, expected: str) -> None:
    assert result(says(said, correction=wanted), type="matches_expected", how=how)[0] == expected


@pytest.mark.parametrize(
    ("params", "said", "expected"),
    [
        pytest.param({"tolerance": 0.5}, "10.4", "pass", id="within"),
        pytest.param({"tolerance": 0.5}, "10.5", "pass", id="at the bound"),
        pytest.param({"tolerance": 0.5}, "10.51", "fail", id="beyond"),
        pytest.param({"relative": 0.1}, "11", "pass", id="a tenth of 10 is 1"),
        pytest.param({"relative": 0.1}, "8.9", "fail", id="more than a tenth"),
    ],
)
def test_tolerance(params: dict[str, float], said: str, expected: str) -> None:
    assert result(says(said, correction="10"), type="matches_expected", how="numeric", **params)[0] == expected


def test_what_differs_is_told() -> None:
    assert result(says("a, x", correction="a, b"), type="matches_expected", how="set") == (
        "fail", "missing: b; not expected: x",
    )  # fmt: skip
    assert result(says("Friday", correction="Thursday"), type="matches_expected")[1] == (
        "expected 'Thursday', got 'Friday'"
    )


@pytest.mark.parametrize(
    ("more", "places", "expected"),
    [
        pytest.param({"correction": "x"}, None, "pass", id="a person's correction"),
        pytest.param({"metadata": {"expected": "x"}}, None, "pass", id="a mapped field"),
        pytest.param({"correction": "x", "metadata": {"expected": "y"}}, None, "pass", id="the person wins"),
        pytest.param({"metadata": {"gold": {"label": "x"}}}, "metadata.gold.label", "pass", id="deeper"),
        pytest.param({"metadata": {"gold": 7}}, "metadata.gold.label", "not_applicable", id="not there"),
        pytest.param({}, None, "not_applicable", id="nowhere"),
    ],
)
def test_where_the_expected_answer_stands(more: dict[str, Any], places: str | None, expected: str) -> None:
    config = {} if places is None else {"expected": places}
    assert result(says("x", **more), type="matches_expected", **config)[0] == expected


@pytest.mark.parametrize(
    ("output", "params", "status", "detail"),
    [
        pytest.param(TOTAL, {}, "pass", "4 fields", id="all"),
        pytest.param(
            '{"total": 12, "customer": {"name": "ann"}, "tags": ["a", "b"]}',
            {},
            "fail",
            "3 of 4 fields: total: expected 12.5, got 12; currency: missing; customer.name: expected 'Ann', got 'ann'",
            id="field by field",
        ),
        pytest.param(
            '{"total": 12, "customer": {"name": "ann"}, "tags": "b, a"}',
            {"fields": {"total": "numeric", "customer.name": "normalised", "tags": "set"}, "tolerance": 0.5},
            "pass",
            "3 fields",
            id="each in its way",
        ),
        pytest.param(TOTAL[:-1] + ', "vip": true}', {}, "pass", "4 fields", id="one more"),
        pytest.param(
            TOTAL[:-1] + ', "vip": true}',
            {"extra": False},
            "fail",
            "1 of 4 fields: vip: not expected",
            id="one too many",
        ),
        pytest.param("no", {}, "fail", "not JSON: line 1: Expecting value, at 'no'", id="no JSON"),
    ],
)
def test_extraction(output: str, params: dict[str, Any], status: str, detail: str) -> None:
    assert result(says(output, correction=TOTAL), type="expected_fields", **params) == (status, detail)


@pytest.mark.parametrize(
    ("output", "expected", "config", "status"),
    [
        pytest.param("Billing.", "billing", {}, "pass", id="whole output"),
        pytest.param('{"category": "billing"}', "billing", {"path": "category"}, "pass", id="a field"),
        pytest.param(
            '{"category": "billing"}', '{"category": "Billing"}', {"path": "category"}, "pass", id="both JSON"
        ),
        pytest.param('{"category": "return"}', "billing", {"path": "category"}, "fail", id="wrong"),
        pytest.param('{"kind": "return"}', "billing", {"path": "category"}, "fail", id="no field"),
        pytest.param("refund", None, {"labels": ["billing", "return"]}, "fail", id="no label, nothing expected"),
        pytest.param("return", None, {"labels": ["billing", "return"]}, "not_applicable", id="a label"),
    ],
)
def test_routing_label(output: str, expected: str | None, config: dict[str, Any], status: str) -> None:
    assert result(says(output, correction=expected), type="routing_label", **config)[0] == status


def _calls(*names: str, **arguments: Any) -> tuple[ToolCall, ...]:
    return tuple(ToolCall(name=name, arguments=arguments or None) for name in names)


@pytest.mark.parametrize(
    ("made", "config", "status", "detail"),
    [
        pytest.param(_calls("find", "refund"), {}, "pass", "", id="same"),
        pytest.param(
            _calls("refund", "find"),
            {},
            "fail",
            "missing: refund; call 1 was not expected: refund {}",
            id="other order",
        ),
        pytest.param(_calls("refund", "find"), {"order": "any"}, "pass", "", id="any order"),
        pytest.param(
            _calls("find", "find", "refund"), {}, "fail", "call 2 was not expected: find {}", id="once too often"
        ),
        pytest.param(_calls("find", "find", "refund"), {"extra": True}, "pass", "", id="more is allowed"),
        pytest.param((), {}, "fail", "missing: find; missing: refund", id="none"),
    ],
)
def test_tool_calls_by_name(made: tuple[ToolCall, ...], config: dict[str, Any], status: str, detail: str) -> None:
    wanted = {"calls": [{"name": "find"}, {"name": "refund"}]}
    assert result(says("x", tool_calls=made), type="tool_calls", **wanted, **config) == (status, detail)


@pytest.mark.parametrize(
    ("arguments", "config", "status"),
    [
        pytest.param({"order": "A-1", "n": 2}, {}, "pass", id="same"),
        pytest.param('{"order": "A-1", "n": 2.0}', {}, "pass", id="as text; 2.0 is 2"),
        pytest.param({"order": "A-1", "n": 2, "fast": True}, {}, "pass", id="one more"),
        pytest.param({"order": "A-1", "n": 2, "fast": True}, {"arguments": "all"}, "fail", id="all, and no other"),
        pytest.param({"order": "A-2", "n": 2}, {}, "fail", id="another value"),
        pytest.param({"order": "A-2"}, {"arguments": "ignore"}, "pass", id="ignored"),
        pytest.param({"order": "A-1", "n": True}, {}, "fail", id="true is not 1, nor 2"),
        pytest.param("{broken", {}, "fail", id="no JSON"),
    ],
)
def test_tool_arguments_as_expected(arguments: Any, config: dict[str, Any], status: str) -> None:
    wanted = [{"name": "find", "arguments": {"order": "A-1", "n": 2}}]
    trace = says(
        "x", tool_calls=(ToolCall(name="find", arguments=arguments),), metadata={"expected_tool_calls": wanted}
    )
    assert result(trace, type="tool_calls", **config)[0] == status


def test_in_any_order_as_many_as_possible_are_paired() -> None:
    # The first call fits both; taken for the wider expectation, the narrower one would stay open.
    wanted = [{"name": "find"}, {"name": "find", "arguments": {"n": 1}}]
    made = (ToolCall(name="find", arguments={"n": 1}), ToolCall(name="find", arguments={"n": 2}))
    assert result(says("x", tool_calls=made), type="tool_calls", calls=wanted, order="any") == ("pass", "")


@pytest.mark.parametrize(
    ("more", "config", "expected"),
    [
        pytest.param({"latency_s": 5.0}, {"max_latency_s": 5}, ("pass", ""), id="at the bound"),
        pytest.param(
            {"latency_s": 5.1, "cost_usd": 0.02},
            {"max_latency_s": 5, "max_cost_usd": 0.01},
            ("fail", "latency 5.1 s, at most 5 s; cost 0.02 USD, at most 0.01 USD"),
            id="both",
        ),
        pytest.param({}, {"max_cost_usd": 1}, ("not_applicable", "the trace does not say its cost"), id="unknown"),
        pytest.param({"latency_s": 1.0}, {"max_cost_usd": 1, "max_latency_s": 2}, ("pass", ""), id="one unknown"),
        pytest.param(
            {"tool_calls": _calls("a", "b")},
            {"max_tool_calls": 1},
            ("fail", "tool calls 2, at most 1"),
            id="calls",
        ),
    ],
)
def test_budget(more: dict[str, Any], config: dict[str, Any], expected: tuple[str, str]) -> None:
    assert result(says("x", **more), type="budget", **config) == expected


def test_a_candidate_is_held_to_the_golden_case() -> None:
    case = Trace(
        trace_id="g", output="Thursday", correction="old", tool_calls=_calls("find", n=1), latency_s=9.0, cost_usd=1.0,
        user_feedback=Feedback(rating=-1.0), model="old",
    )  # fmt: skip
    specs = specs_from(
        [
            {"name": "right", "type": "matches_expected"},
            {"name": "calls", "type": "tool_calls"},
            {"name": "quick", "type": "budget", "max_latency_s": 2},
        ]
    )
    good = candidate_trace(case, "Thursday", output="thursday.", tool_calls=_calls("find", n=1), latency_s=1.5)
    assert [found.status for found in run_checks(specs, good)] == ["pass", "pass", "pass"]
    bad = candidate_trace(case, "Thursday", output="Friday")
    assert [found.status for found in run_checks(specs, bad)] == ["fail", "fail", "not_applicable"]
    assert (bad.model, bad.user_feedback, bad.cost_usd) == (None, None, None)
    # A corrected case says what to answer, not which calls lead there.
    corrected = candidate_trace(case, "Monday", output="Monday")
    assert [found.status for found in run_checks(specs, corrected)][:2] == ["pass", "not_applicable"]
