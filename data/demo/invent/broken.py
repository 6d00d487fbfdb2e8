"""Records that no reader should take, each with what is wrong with it, and where in the file they stand."""

from __future__ import annotations


def _line(number: int, at: str, asked: str, told: str, more: str = "") -> bytes:
    message = f'{{"role": "user", "content": "{asked}"}}'
    head = f'{{"trace_id": "tr-c0ffee00000{number}", "at": "{at}", "language": "en", "messages": [{message}]'
    return f'{head}, "output": "{told}"{more}}}'.encode()


BROKEN: tuple[tuple[int, str, bytes], ...] = (
    (87, "JSON cut off", _line(1, "2026-09-25T07:12:44Z", "where is my bike", "It is in assembly")[:-31]),
    (203, "no trace_id", b'{"at": "2026-10-01T18:03:10Z", "route": "troubleshooting", "output": "Check the magnet."}'),
    (388, "number for a text", _line(3, "2026-10-08T09:41:00Z", "Rechnung bitte", "Gern.", ', "session_id": 77120')),
    (
        561,
        "unknown field",
        _line(4, "2026-10-16T15:20:31Z", "stock of Twin bracket?", "Five left.", ', "thumbs": "up"'),
    ),
    (702, "time without zone", _line(5, "2026-10-23T11:05:00", "can i hose it down", "Better a bucket [kb-047].")),
    (940, "negative cost", _line(6, "2026-11-03T20:48:19Z", "merci", "Avec plaisir.", ', "cost_usd": -0.0003')),
    (1115, "not an object", b'"tr-c0ffee000007 lost by the exporter"'),
)
"""(line number in traces.jsonl from 1, why it is broken, the line)"""


def between(lines: list[bytes]) -> list[bytes]:
    """The good lines with the broken ones put in at their places."""
    mixed = list(lines)
    for place, _, line in BROKEN:
        mixed.insert(place - 1, line)
    return mixed
