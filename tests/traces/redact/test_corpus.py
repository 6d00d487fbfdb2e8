"""Recall and false alarms of every detector on the labelled corpus. `pytest -s` prints the table."""

from __future__ import annotations

import time

import pytest

from review_app.traces.redact.access_keys import SECRETS
from review_app.traces.redact.personal import PERSONAL

from .corpus import NEGATIVE, POSITIVE

ALL = (*SECRETS, *PERSONAL)
NAMES = sorted({detector.name for detector in ALL})


def hits(name: str, text: str) -> set[str]:
    found = set()
    for detector in ALL:
        if detector.name == name:
            for _, spans in detector.found([text]):
                found |= {text[start:end] for start, end in spans}
    return found


@pytest.mark.parametrize("name", NAMES)
def test_recall_and_false_alarms(name: str) -> None:
    labelled = [(text, value) for text, values in POSITIVE for kind, value in values if kind == name]
    recalled = sum(value in hits(name, text) for text, value in labelled)
    alarms = [text for text in NEGATIVE if hits(name, text)]
    print(f"{name:<12} recall {recalled}/{len(labelled)}, false alarms {len(alarms)}/{len(NEGATIVE)}")  # noqa: T201
    missed = [text for text, value in labelled if value not in hits(name, text)]
    assert labelled
    assert (missed, alarms) == ([], [])


# Each would take minutes if an expression tried every way to split it.
LONG = ["a" * 200_000, "1 " * 100_000, "a@" * 100_000, "a." * 100_000, "sk-" * 70_000, "eyJ" * 70_000, "://" * 70_000,
        "0 " * 100_000, "(0" * 100_000, "DE89 " * 40_000, ":" * 200_000, "1.1." * 50_000, "+1" * 100_000,
        "-----BEGIN PRIVATE KEY-----" * 8_000, "-----BEGIN PRIVATE KEY-----" + "-a" * 100_000,
        "x@" + "a." * 100_000, "Bearer " * 30_000, "a:" * 100_000]  # fmt: skip


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:12])
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    for detector in ALL:
        list(detector.found([text]))
    assert time.process_time() - started < 5
