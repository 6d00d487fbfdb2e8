from __future__ import annotations

from typing import Any

import pytest

from review_app.errors import BadConfig
from review_app.grading.checks.finding import LAYERS
from review_app.grading.checks.kinds import KINDS
from review_app.grading.checks.run import run_checks
from review_app.grading.checks.spec import CheckSpec, specs_from
from review_app.traces.trace import Document, Message, ToolCall, Trace


def _result(trace: Trace, **config: Any) -> tuple[str, str]:
    (result,) = run_checks(specs_from([{"name": "c", **config}]), trace)
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
    broken, fine = run_checks(specs, _says("{}"))
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


def test_a_pattern_that_would_take_years_is_an_error_with_the_reason() -> None:
    # 60 letters, each alone or with the next: Fibonacci(61) ways, 2.5e12, and none of them fits.
    assert _result(_says("a" * 60 + "b"), type="required_pattern", pattern="(a|aa)+$") == (
        "error",
        "TimeoutError: '(a|aa)+$' took longer than 1 s",
    )


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param('{"total": 3, "items": [{"price": 1.5}], "note": null}', ("pass", ""), id="all there"),
        pytest.param('{"total": 3.0, "items": [{"price": 2}], "note": 0}', ("pass", ""), id="3.0 is an integer"),
        pytest.param(
            '{"total": 3.5, "items": [{"price": true}]}',
            ("fail", "total is number, not integer; items.0.price is boolean, not number; note is missing"),
            id="types",
        ),
        pytest.param('{"total": 3, "items": [], "note": 1}', ("fail", "items.0.price is missing"), id="empty list"),
        pytest.param("no", ("fail", "not JSON: line 1: Expecting value, at 'no'"), id="no JSON"),
    ],
)
def test_json_fields(output: str, expected: tuple[str, str]) -> None:
    fields = {"total": "integer", "items.0.price": "number", "note": "any"}
    assert _result(_says(output), type="json_fields", fields=fields) == expected


JAPANESE = "ご注文の商品は来週お届けします。よろしくお願いいたします。"
ENGLISH = "Your order is in assembly and will be delivered to you next week."
GERMAN = "Ihre Bestellung wird montiert und kommt nächste Woche bei Ihnen an."
FRENCH = "Votre commande est en cours de montage et arrivera la semaine prochaine."


@pytest.mark.parametrize(
    ("trace", "config", "status"),
    [
        pytest.param(_says(GERMAN, language="de"), {}, "pass", id="as the trace says"),
        pytest.param(_says(GERMAN, language="de-AT"), {}, "pass", id="with a country"),
        pytest.param(_says(ENGLISH, language="de"), {}, "fail", id="another"),
        pytest.param(_says(FRENCH), {"languages": ["fr", "de"]}, "pass", id="one of two"),
        pytest.param(_says(FRENCH), {"languages": "en"}, "fail", id="none of them"),
        pytest.param(_says(FRENCH, messages=(Message(role="user", content=GERMAN),)), {}, "fail", id="the user's"),
        pytest.param(_says(GERMAN, messages=(Message(role="user", content=GERMAN),)), {}, "pass", id="the user's too"),
        pytest.param(_says(GERMAN), {}, "not_applicable", id="nobody says which"),
        pytest.param(_says("OK.", language="de"), {}, "not_applicable", id="too short"),
        pytest.param(_says("WH-457292 https://example.org/a/very/long/path/in/english", language="de"), {},
                     "not_applicable", id="no words"),
        pytest.param(_says(JAPANESE, language="en"), {}, "fail", id="ja"),
    ],
)  # fmt: skip
def test_language(trace: Trace, config: dict[str, Any], status: str) -> None:
    assert _result(trace, type="answer_language", **config)[0] == status


def test_every_kind_has_a_layer_and_a_version() -> None:
    assert {kind.LAYER for kind in KINDS.values()} == set(LAYERS)
    assert all(isinstance(kind.VERSION, int) for kind in KINDS.values())


def test_a_detail_can_be_stored_whatever_the_answer_holds() -> None:
    trace = _says('{"a": "\ud800"}\0' + "x" * 9_000)
    status, detail = _result(trace, type="forbidden_pattern", pattern=r"(?s).+")
    assert status == "fail"
    assert detail.encode()
    assert "\0" not in detail


HOSTILE = {
    "one word": "a" * 300_000,
    "one digit": "1" * 300_000,
    "groups": "1,111" * 60_000,
    "points": "a. " * 100_000,
    "dates": "1.1.2027 " * 30_000,
    "quotes": '"a b c d e" ' * 2_000,
    "open quotes": "“" * 100_000,
    "brackets": "[1" * 100_000,
    "names": "Ana's " * 50_000,
    "braces": '{"a": ' * 50_000,
    "at signs": "a@" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_answer_stops_a_check(text: str) -> None:
    kinds = [
        "answer_language", "cited_documents", "forbidden_pattern", "forbidden_terms", "grounded_names",
        "grounded_numbers", "matches_expected", "no_leaks", "prompt_leak", "refusal", "sentence_support", "valid_json",
        "verbatim_quotes",
    ]  # fmt: skip
    given = {"refusal": {"must": "answer"}, "forbidden_pattern": {"pattern": "[a1]"}, "forbidden_terms": {"terms": "a"}}
    specs = specs_from([{"name": kind, "type": kind, **given.get(kind, {})} for kind in kinds])
    trace = _says(
        text,
        documents=(Document(id="d", text="In 2027 Ana ate 7 apples at home on Monday."),),
        messages=(Message(role="system", content="Answer in English and never name the price of anything."),),
        correction="x",
    )
    # Within the limit of 5 s each, and without breaking.
    assert [found for found in run_checks(specs, trace) if found.status == "error"] == []
