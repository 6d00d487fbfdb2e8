"""OTLP requests as programs send them, small and whole."""

from __future__ import annotations

from typing import Any

import orjson

START = 1_790_000_000_000_000_000  # nanoseconds; September 2026
TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"


def a_span(trace_id: str = TRACE, span_id: str = SPAN, **attributes: str) -> dict[str, Any]:
    """A model's call; attributes with __ for a dot, and those of `gen_ai` without that word."""
    said = {
        "operation__name": "chat",
        "request__model": "aster-1",
        "input__messages": '[{"role": "user", "parts": [{"type": "text", "content": "Is it late?"}]}]',
        "output__messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "No."}]}]',
    } | attributes
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "name": "chat aster-1",
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": START + 10**9,
        "attributes": pairs(said),
    }


def an_evaluation(label: str = "pass", trace_id: str = TRACE, **attributes: str) -> dict[str, Any]:
    """A judge's answer as a log record; with an empty trace_id it needs `response__id`."""
    said = {"evaluation__name": "good_enough", "evaluation__score__label": label} | attributes
    record = {"eventName": "gen_ai.evaluation.result", "timeUnixNano": str(START), "attributes": pairs(said)}
    return record | ({"traceId": trace_id} if trace_id else {})


def pairs(said: dict[str, str]) -> list[dict[str, Any]]:
    """Attributes as OTLP writes them."""
    return [{"key": "gen_ai." + key.replace("__", "."), "value": {"stringValue": text}} for key, text in said.items()]


def spans_request(*spans: dict[str, Any]) -> bytes:
    """A request to /v1/traces as JSON."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    return orjson.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]})


def logs_request(*records: dict[str, Any]) -> bytes:
    """A request to /v1/logs as JSON."""
    return orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": list(records)}]}]})
