"""What a redactor makes of whole traces: placeholders, JSON, ids, idempotence."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.errors import BadConfig
from review_app.traces.redact.redactor import Redactor
from review_app.traces.redact.rules import PresidioRules, Redaction, _sound
from review_app.traces.trace import decode

from .corpus import OPENAI

EVERYTHING = Redaction(personal=("email", "phone", "card", "iban", "ip"), patterns={"employee": r"EMP-\d{6}"})


def redacted(values: dict[str, object], rules: Redaction = EVERYTHING) -> dict[str, object] | None:
    after = Redactor(rules.detectors()).trace(orjson.dumps({"trace_id": "t"} | values).decode())
    if after is None:
        return None
    decode(after.encode())  # still a trace
    return dict(orjson.loads(after))


def test_a_value_has_one_placeholder_everywhere_in_its_trace() -> None:
    ana, ben = "ana@example.org", "ben@example.org"
    after = redacted(
        {
            "messages": [{"role": "user", "content": f"I am {ana}"},
                         {"role": "tool", "content": [{"type": "text", "text": ben}]}],
            "documents": [{"id": ben, "text": f"{ben} and Ana@Example.org", "metadata": {"by": ana}}],
            "tool_calls": [{"name": "mail", "arguments": {ana: [ben]}, "result": f'{{"to": "{ana}"}}'}],
            "output": f"see [{ben}]", "correction": ana, "alternative": ben, "user_feedback": {"comment": ana},
            "metadata": {"deep": [{"er": ana}]}, "tags": [ben],
        }
    )  # fmt: skip
    text = orjson.dumps(after).decode()
    assert "@" not in text
    assert text.count("<EMAIL_1>") == 8
    assert text.count("<EMAIL_2>") == 7
    assert after is not None
    assert after["correction"] == "<EMAIL_1>"


def test_ids_and_names_of_parts_stay_and_sessions_stay_apart() -> None:
    after = redacted({"trace_id": "ana@example.org", "session_id": "ana@example.org", "prompt_version": "10.2.3.4"})
    again = redacted({"trace_id": "b", "session_id": "ana@example.org", "output": "x"})
    other = redacted({"trace_id": "c", "session_id": "ben@example.org"})
    assert after is not None and again is not None and other is not None  # noqa: PT018
    assert (after["trace_id"], after["prompt_version"]) == ("ana@example.org", "10.2.3.4")
    assert after["session_id"] == again["session_id"] != other["session_id"]
    assert str(after["session_id"]).startswith("<EMAIL_")


def test_json_inside_texts_stays_json() -> None:
    after = redacted(
        {
            "tool_calls": [
                {"name": "pay", "arguments": '{"card": 4111111111111111}', "result": {"card": 4111111111111111}}
            ]
        }
    )
    assert after is not None
    (call,) = after["tool_calls"]  # type: ignore[misc]
    assert orjson.loads(call["arguments"]) == {"card": "<CARD_1>"}
    assert call["result"] == {"card": "<CARD_1>"}


def test_by_default_secrets_go_and_the_rest_stays() -> None:
    assert redacted({"output": "ana@example.org, 4111 1111 1111 1111"}, Redaction()) is None
    assert redacted({"output": f"key {OPENAI}"}, Redaction()) == {"trace_id": "t", "output": "key <API_KEY_1>"}
    assert redacted({"output": f"key {OPENAI}"}, Redaction(secrets=False)) is None


def test_numbers_go_on_behind_placeholders_that_are_there() -> None:
    assert redacted({"output": "<EMAIL_3> wrote to ana@example.org"}) == {
        "trace_id": "t",
        "output": "<EMAIL_3> wrote to <EMAIL_4>",
    }


def test_an_opinion_shares_the_placeholders_of_its_trace() -> None:
    redactor = Redactor(EVERYTHING.detectors())
    redactor.trace('{"trace_id":"t","output":"a@example.org b@example.org"}')
    assert redactor.opinion("t", ["b@example.org is wrong, c@example.org right"]) == [
        "<EMAIL_2> is wrong, <EMAIL_3> right"
    ]
    assert redactor.found == {"email": 4}


_PIECES = st.sampled_from(
    [
        "ana@example.org",
        "\n",
        "4111111111111111",
        OPENAI,
        "é",
        '"',
        "\\",
        "203.0.113.17",
        " ",
        "EMP-123456",
        "😀",
        "{",
        "x",
    ]
)


@given(st.lists(_PIECES, max_size=12).map("".join), st.lists(_PIECES, max_size=6).map("".join))
def test_redacting_twice_changes_nothing_and_no_suspect_is_overlooked(text: str, other: str) -> None:
    rules = Redaction(personal=("email", "card", "ip"))
    body = orjson.dumps({"trace_id": "t", "output": text, "metadata": {"k": other}}).decode()
    redactor = Redactor(rules.detectors())
    after = redactor.trace(body)
    assert redactor.suspects([body]) == [True] or after is None
    assert after is None or redactor.trace(after) is None


@pytest.mark.parametrize(
    ("patterns", "why"),
    [
        pytest.param({"x": "("}, "missing", id="no pattern"),
        pytest.param({"x": r"(?<=a)b"}, "RE2", id="look-behind"),
        pytest.param({"x": "a*"}, "empty text", id="matches nothing"),
        pytest.param({"email": "a"}, "a name is new", id="ours"),
        pytest.param({"Bad Name": "a"}, "a name is new", id="no word"),
    ],
)
def test_patterns_that_cannot_be_used_are_refused(patterns: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        _sound(patterns)


def test_a_pattern_that_explodes_elsewhere_takes_linear_time_and_cannot_rename_fields() -> None:
    rules = Redaction(patterns={"words": "(o|ou|out)+put|(a+)+$"})
    after = redacted({"output": "a" * 200_000, "metadata": {"x": "output"}}, rules)
    assert after == {"trace_id": "t", "output": "<WORDS_1>", "metadata": {"x": "<WORDS_2>"}}


def test_presidio_that_is_not_installed_says_what_to_install() -> None:
    with pytest.raises(BadConfig, match=r"not installed"):
        Redaction(presidio=PresidioRules(model="no_such_model")).detectors()


class _Hit(NamedTuple):
    start: int
    end: int


def test_of_what_presidio_finds_the_longer_of_two_goes_and_it_is_asked_as_the_rules_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With its modules replaced: it fetches models, and tests have no network."""
    asked: list[dict[str, object]] = []

    def analyze(**kept: object) -> list[_Hit]:
        asked.append(kept)
        return [_Hit(4, 9), _Hit(0, 9), _Hit(19, 25)] if kept["text"] == "Ana Lopez lives in Berlin" else []

    engine = SimpleNamespace(AnalyzerEngine=lambda **kept: SimpleNamespace(analyze=analyze))
    provider = SimpleNamespace(NlpEngineProvider=lambda **kept: SimpleNamespace(create_engine=lambda: None))
    monkeypatch.setitem(sys.modules, "presidio_analyzer", engine)
    monkeypatch.setitem(sys.modules, "presidio_analyzer.nlp_engine", provider)
    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "spacy.util", SimpleNamespace(is_package=lambda model: True))
    rules = Redaction(presidio=PresidioRules(model="of_this_test", entities=("PERSON",), threshold=0.6))
    after = redacted({"output": "Ana Lopez lives in Berlin"}, rules)
    assert after["output"] == "<NAMED_1> lives in <NAMED_2>"
    assert asked[0] | {"text": ""} == {"text": "", "language": "en", "entities": ["PERSON"], "score_threshold": 0.6}
