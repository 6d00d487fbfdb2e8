from __future__ import annotations

from typing import Any

import pytest

from review_app.errors import BadConfig
from review_app.grading.checks.run import run
from review_app.grading.checks.spec import CheckSpec, specs_from
from review_app.traces.trace import Document, ToolCall, Trace


def _result(trace: Trace, **config: Any) -> tuple[str, str]:
    (result,) = run(trace, specs_from([{"name": "c", **config}]))
    assert (result.trace_id, result.check) == (trace.trace_id, "c")
    return result.status, result.detail


def _says(output: str | None, **more: Any) -> Trace:
    return Trace(trace_id="t", output=output, **more)


SCHEMA = {"type": "object", "required": ["items"], "properties": {"items": {"items": {"type": "number"}}}}


@pytest.mark.parametrize(
    ("config", "output", "status", "detail"),
    [
        pytest.param({"type": "valid_json"}, '{"a": [1, null]}', "pass", "", id="json"),
        pytest.param(
            {"type": "valid_json"},
            '{"a": 1,\n "b": 2\n "c": 3}',
            "fail",
            "line 3: Expecting ',' delimiter, at '\"c\": 3}'",
            id="json: comma missing",
        ),
        pytest.param({"type": "valid_json"}, '{"a": ', "fail", "line 1: Expecting value", id="json: cut off"),
        pytest.param(
            {"type": "valid_json"},
            "```json\n{}\n```",
            "fail",
            "line 1: Expecting value, at '```json'",
            id="json: fence",
        ),
        pytest.param({"type": "valid_json"}, "NaN", "fail", "NaN is no JSON number", id="json: NaN"),
        pytest.param(
            {"type": "valid_json"}, "[" * 100_000, "fail", "it is nested too deeply to be read", id="json: deep"
        ),
        pytest.param({"type": "valid_json"}, None, "not_applicable", "the trace has no output", id="json: no output"),
        pytest.param({"type": "json_schema", "schema": SCHEMA}, '{"items": [1, 2]}', "pass", "", id="schema"),
        pytest.param(
            {"type": "json_schema", "schema": SCHEMA},
            '{"items": [1, "two"]}',
            "fail",
            "$.items[1]: 'two' is not of type 'number'",
            id="schema: path of the fault",
        ),
        pytest.param(
            {"type": "json_schema", "schema": SCHEMA},
            "{}",
            "fail",
            "$: 'items' is a required property",
            id="schema: lacking",
        ),
        pytest.param(
            {"type": "json_schema", "schema": SCHEMA},
            "no",
            "fail",
            "not JSON: line 1: Expecting value, at 'no'",
            id="schema: text",
        ),
        pytest.param({"type": "required_pattern", "pattern": r"\[kb-\d+\]"}, "See [kb-1].", "pass", "", id="required"),
        pytest.param(
            {"type": "required_pattern", "pattern": "^Bye"},
            "Hello\nbye",
            "fail",
            "nothing matches '^Bye'",
            id="required: lacking",
        ),
        pytest.param(
            {"type": "required_pattern", "pattern": "^Bye", "ignore_case": True},
            "Hello\nbye",
            "pass",
            "",
            id="required: case",
        ),
        pytest.param({"type": "forbidden_pattern", "pattern": "refund"}, "We pay back.", "pass", "", id="forbidden"),
        pytest.param(
            {"type": "forbidden_pattern", "pattern": "as an ai", "ignore_case": True},
            "Hi.\nAs an AI, as an ai",
            "fail",
            "line 2: 'As an AI'; line 2: 'as an ai'",
            id="forbidden: places",
        ),
        pytest.param(
            {"type": "forbidden_pattern", "pattern": "x"},
            "x" * 9,
            "fail",
            "; ".join(["line 1: 'x'"] * 5) + "; and 4 more",
            id="forbidden: many",
        ),
        pytest.param({"type": "length", "min_chars": 2, "max_chars": 4}, " four ", "pass", "", id="length"),
        pytest.param(
            {"type": "length", "max_chars": 3}, "four", "fail", "4 characters, more than 3", id="length: above"
        ),
        pytest.param(
            {"type": "length", "min_chars": 5}, "four", "fail", "4 characters, fewer than 5", id="length: below"
        ),
        pytest.param({"type": "length", "min_chars": 1}, " ", "fail", "0 characters, fewer than 1", id="length: blank"),
    ],
)
def test_output(config: dict[str, Any], output: str | None, status: str, detail: str) -> None:
    assert _result(_says(output), **config) == (status, detail)


@pytest.mark.parametrize(
    ("output", "status", "detail"),
    [
        pytest.param("Two days [kb-014].", "pass", "", id="one"),
        pytest.param("Two days [kb-014, kb-022] 【kb-014】.", "pass", "", id="several"),
        pytest.param("Two days [kb-091].", "fail", "cites kb-091; retrieved: kb-014, kb-022", id="unknown"),
        pytest.param(
            "[kb-091; kb-7] [kb-091]", "fail", "cites kb-091, kb-7; retrieved: kb-014, kb-022", id="each once"
        ),
        pytest.param("Two days.", "not_applicable", "the output cites nothing", id="none"),
        pytest.param(
            "[your name] [sic] [x] [help 1](https://a.b)", "not_applicable", "the output cites nothing", id="no ids"
        ),
        pytest.param(None, "not_applicable", "the trace has no output", id="no output"),
    ],
)
def test_citations(output: str | None, status: str, detail: str) -> None:
    documents = (Document(id="kb-014"), Document(id="kb-022"))
    assert _result(_says(output, documents=documents), type="cited_documents") == (status, detail)


def test_citations_by_a_pattern_and_without_documents() -> None:
    trace = _says("See doc#7 and doc#8.", documents=(Document(id="7"),))
    assert _result(trace, type="cited_documents", pattern=r"doc#(\d+)") == ("fail", "cites 8; retrieved: 7")
    assert _result(_says("[1]"), type="cited_documents") == ("fail", "cites 1; retrieved: nothing")


FIND = {"find": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}}


@pytest.mark.parametrize(
    ("calls", "status", "detail"),
    [
        pytest.param([ToolCall(name="find", arguments={"title": "x"})], "pass", "", id="object"),
        pytest.param([ToolCall(name="find", arguments='{"title": "x"}')], "pass", "", id="text"),
        pytest.param(
            [ToolCall(name="find", arguments={"title": "x"}), ToolCall(name="find", arguments={"title": 7})],
            "fail",
            "call 2, find: $.title: 7 is not of type 'string'",
            id="wrong type",
        ),
        pytest.param(
            [ToolCall(name="find")], "fail", "call 1, find: $: 'title' is a required property", id="no arguments"
        ),
        pytest.param(
            [ToolCall(name="find", arguments="title=x")],
            "fail",
            "call 1, find: arguments are not JSON: line 1: Expecting value, at 'title=x'",
            id="no JSON",
        ),
        pytest.param([], "not_applicable", "no tool was called", id="no call"),
        pytest.param(
            [ToolCall(name="b"), ToolCall(name="a")], "not_applicable", "no schema for a, b", id="other tools"
        ),
    ],
)
def test_tool_arguments(calls: list[ToolCall], status: str, detail: str) -> None:
    assert _result(_says("x", tool_calls=tuple(calls)), type="tool_arguments", tools=FIND) == (status, detail)


@pytest.mark.parametrize(
    ("only", "status", "detail"),
    [
        pytest.param({"route": ["returns", "billing"]}, "pass", "", id="one of"),
        pytest.param({"route": "billing"}, "not_applicable", "route is returns, only for billing", id="other"),
        pytest.param(
            {"language": ["de", "fr"]}, "not_applicable", "language is unknown, only for de, fr", id="unknown"
        ),
        pytest.param({"tags": ["vip"]}, "pass", "", id="tag"),
        pytest.param({"tags": ["new"]}, "not_applicable", "tags is vip, parcel, only for new", id="no such tag"),
        pytest.param(
            {"route": "returns", "tags": "new"}, "not_applicable", "tags is vip, parcel, only for new", id="both"
        ),
    ],
)
def test_only(only: dict[str, Any], status: str, detail: str) -> None:
    trace = _says("{}", route="returns", tags=("vip", "parcel"))
    assert _result(trace, type="valid_json", only=only) == (status, detail)


def test_a_check_that_breaks_down_is_an_error_and_the_others_run() -> None:
    elsewhere = {"$ref": "http://127.0.0.1:9/schema.json"}  # never fetched
    specs = specs_from([{"name": "a", "type": "json_schema", "schema": elsewhere}, {"name": "b", "type": "valid_json"}])
    broken, fine = run(_says("{}"), specs)
    assert broken.status == "error"
    assert "Unresolvable: http://127.0.0.1:9/schema.json" in broken.detail
    assert fine.status == "pass"


def test_the_version_follows_the_configuration_and_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def spec(**more: Any) -> CheckSpec:
        return specs_from([{"name": "c", "type": "length", "max_chars": 9} | more])[0]

    first = spec()
    assert first.version == spec(name="renamed").version
    assert len({first.version, spec(max_chars=8).version, spec(only={"route": "r"}).version}) == 3
    before = first.version
    monkeypatch.setattr(type(first.check), "VERSION", 2)
    assert spec().version != before


@pytest.mark.parametrize(
    ("entry", "where", "says"),
    [
        pytest.param({"name": "a", "type": "spelling"}, "check 'a'", "no check of type 'spelling'", id="type"),
        pytest.param({"type": "length"}, "check 1", "name: is missing", id="no name"),
        pytest.param({"name": "a"}, "check 'a'", "type: is missing", id="no type"),
        pytest.param({"name": "a", "type": "length"}, "check 'a'", "needs min_chars or max_chars", id="no bound"),
        pytest.param(
            {"name": "a", "type": "length", "min_chars": 5, "max_chars": 2}, "check 'a'", "below min_chars", id="bounds"
        ),
        pytest.param(
            {"name": "a", "type": "length", "max": 2}, "check 'a'", "max: is not a parameter", id="misspelled"
        ),
        pytest.param(
            {"name": "a", "type": "length", "max_chars": -2}, "check 'a'", "max_chars: Input should be", id="negative"
        ),
        pytest.param(
            {"name": "a", "type": "required_pattern", "pattern": "("}, "check 'a'", "no regular expression", id="regex"
        ),
        pytest.param(
            {"name": "a", "type": "cited_documents", "pattern": "x"}, "check 'a'", "exactly one group", id="group"
        ),
        pytest.param(
            {"name": "a", "type": "json_schema", "schema": {"type": "thing"}},
            "check 'a'",
            "no JSON Schema",
            id="schema",
        ),
        pytest.param(
            {"name": "a", "type": "tool_arguments", "tools": {"f": {"type": 1}}},
            "check 'a'",
            "f: is no JSON Schema",
            id="tool",
        ),
        pytest.param({"name": "a", "type": "valid_json", "only": {"rout": "x"}}, "check 'a'", "only.rout", id="only"),
        pytest.param("valid_json", "check 1", "is a mapping", id="no mapping"),
    ],
)
def test_a_wrong_entry_is_named(entry: Any, where: str, says: str) -> None:
    with pytest.raises(BadConfig) as caught:
        specs_from([entry])
    assert caught.value.where == where
    assert says in caught.value.message


def test_two_checks_of_one_name_are_refused() -> None:
    with pytest.raises(BadConfig, match="Two checks are called 'a'"):
        specs_from([{"name": "a", "type": "valid_json"}] * 2)
