"""Redaction of spans and log records as they were received."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from review_app.traces.otlp_request import JSON, decoded
from review_app.traces.received import ReceivedRecord
from review_app.traces.redact.placeholders import Numbered, apart
from review_app.traces.redact.records import redacted
from review_app.traces.redact.redactor import Redactor
from review_app.traces.redact.rules import Redaction

from ...otlp import a_span, an_evaluation, logs_request, pairs, spans_request

KEY = b"k" * 32
RULES = Redaction(personal=("email", "card", "phone"), patterns={"digits": r"\d{9}"})


def clean(*records: dict[str, Any], signal: Any = "traces", rules: Redaction = RULES) -> list[ReceivedRecord]:
    body = spans_request(*records) if signal == "traces" else logs_request(*records)
    return redacted(decoded(body, JSON, signal).records, Redactor(rules.detectors()), KEY)


def test_a_value_has_one_placeholder_in_all_spans_of_its_trace_and_another_elsewhere() -> None:
    one, two, other = clean(
        a_span("a" * 32, "1" * 16, system="mail Ana@example.org or ben@example.org"),
        a_span("a" * 32, "2" * 16, system="ana@example.org wrote"),
        a_span("b" * 32, "3" * 16, system="ana@example.org wrote"),
    )
    numbered = Numbered()
    assert "mail <EMAIL_1> or <EMAIL_2>" in numbered.text(one.body)
    assert "<EMAIL_1> wrote" in numbered.text(two.body)
    assert two.body.split("<EMAIL_")[1][:24] not in other.body
    assert "example.org" not in one.body + two.body + other.body


def test_ids_and_times_stay_whatever_a_pattern_matches() -> None:
    span = a_span("1234567890" * 3 + "12", "4111111111111111", system="order 123456789") | {
        "events": [{"name": "e", "timeUnixNano": "1790000000000000000", "attributes": pairs({"x": "123456789"})}],
        "links": [{"traceId": "1" * 32, "spanId": "1" * 16}],
    }
    (found,) = clean(span)
    fields = orjson.loads(found.body)["fields"]
    assert (found.trace_id, found.key) == (span["traceId"], span["spanId"])
    assert [fields[name] for name in ("traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano", "links")] == [
        span[name] for name in ("traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano", "links")
    ]
    assert fields["events"][0]["timeUnixNano"] == "1790000000000000000"
    assert "123456789" not in Numbered().text(
        orjson.dumps([fields["attributes"], fields["events"][0]["attributes"]]).decode()
    )


def test_a_session_stays_one_across_traces() -> None:
    session = {"key": "session.id", "value": {"stringValue": "ana@example.org"}}
    spans = [a_span(letter * 32) for letter in "ab"]
    for span in spans:
        span["attributes"].append(session)
    said = [orjson.loads(one.body)["fields"]["attributes"][-1]["value"]["stringValue"] for one in clean(*spans)]
    assert said[0] == said[1] != "ana@example.org"


def test_a_judges_answer_still_finds_its_response_and_is_not_named_by_what_was_there() -> None:
    answer = an_evaluation(trace_id="", response__id="r-ana@example.org", evaluation__explanation="ask ana@example.org")
    (log,) = clean(answer, signal="logs")
    (span,) = clean(a_span(response__id="r-ana@example.org"))
    (before,) = decoded(logs_request(answer), JSON, "logs").records
    assert log.response_id == span.response_id
    assert "ana@" not in f"{log.response_id}{log.body}"
    assert log.key != before.key
    assert clean(answer, signal="logs") == [log]


def test_what_holds_nothing_is_left_as_it_is() -> None:
    records = decoded(spans_request(a_span()), JSON, "traces").records
    assert redacted(records, Redactor(RULES.detectors()), KEY) == list(records)


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        # <EMAIL_2> is the user's; in the new trace it is somebody else
        pytest.param("<EMAIL_1>", "<EMAIL_1> <EMAIL_2>", "<EMAIL_1> <EMAIL_3>", id="taken meanwhile"),
        pytest.param("<EMAIL_1>", "<EMAIL_1>", "<EMAIL_1> <EMAIL_2>", id="free"),
        pytest.param("<EMAIL_1> <EMAIL_2>", "<EMAIL_1> <EMAIL_2>", "<EMAIL_1> <EMAIL_2>", id="of the trace itself"),
    ],
)
def test_a_placeholder_never_means_two_values(own: str, other: str, expected: str) -> None:
    assert apart(["<EMAIL_1> <EMAIL_2>"], own, other) == [expected]
