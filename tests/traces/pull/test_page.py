"""What the sources of a pull have in common."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from review_app.errors import BadInput
from review_app.tables import Reject
from review_app.traces.pull.page import began, listed, read, segment, whole


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("a-1_b", "a-1_b", id="plain"),
        pytest.param("..", "%2E%2E", id="a way up"),
        pytest.param("a/../b?c#d", "a%2F%2E%2E%2Fb%3Fc%23d", id="a path"),
        pytest.param("ä", "%C3%A4", id="another script"),
    ],
)
def test_a_name_never_becomes_a_path(name: str, expected: str) -> None:
    assert segment(name) == expected


def test_times_are_as_fine_as_the_tools_search() -> None:
    assert whole(datetime(2026, 9, 1, microsecond=123_456, tzinfo=UTC)).microsecond == 123_000


def test_a_record_that_says_no_time_stops_the_pull() -> None:
    assert began("2026-09-01T12:00:00Z", "/x") == datetime(2026, 9, 1, 12, tzinfo=UTC)
    for written in (None, "soon", 10**30):
        with pytest.raises(BadInput, match="no time"):
            began(written, "/x")


@pytest.mark.parametrize("answer", [None, [], {}, {"data": 5}], ids=str)
def test_an_answer_without_its_list_is_told(answer: object) -> None:
    with pytest.raises(BadInput, match="no list 'data'"):
        listed(answer, "data", "/x")


def test_a_record_that_cannot_be_read_is_one_reject() -> None:
    found = list(read("/x", {"cost": float("nan")}, lambda record: iter([])))
    assert [type(one) for one in found] == [Reject]
    assert list(read("/x", {"cost": 1.5}, lambda record: iter([]))) == []
