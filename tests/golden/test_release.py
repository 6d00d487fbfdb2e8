"""A release is what was released, to the byte."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from review_app.errors import NotAllowed, ReleaseChanged, WrongUsage
from review_app.golden import export, release
from review_app.golden.example import Example, check_approver, example_id, propose

from ..builders import NOON, a_trace

REVIEW = {
    "reviewer": "ana",
    "rubric_version": "abc",
    "labels": {"good_enough": "fail"},
    "is_bad": True,
    "note": "=wrong()",
    "correction": None,
    "judges": [],
}


def example(trace_id: str = "t-1", **review: object) -> Example:
    return propose(a_trace(trace_id), REVIEW | review, "edge_case", "a rare one")


def made(folder: Path, *examples: Example) -> release.Release:
    return release.write(folder, 1, examples, "ben", NOON)


def test_a_release_comes_back_as_it_went_in(tmp_path: Path) -> None:
    found = made(tmp_path, example("t-2"), example("t-1"))
    back = release.verify(found.path, found.content_hash)
    assert back.number == 1
    assert set(back.example_ids()) == {example("t-1").example_id, example("t-2").example_id}
    assert back.examples[0]["trace"]["messages"][0]["content"] == "Can I return a kettle I used once?"


def test_the_order_of_approval_does_not_change_the_hash(tmp_path: Path) -> None:
    one, two = (made(tmp_path / name, *cases) for name, cases in _both_orders())
    assert one.content_hash == two.content_hash
    assert one.path.read_bytes() == two.path.read_bytes()


def _both_orders() -> list[tuple[str, list[Example]]]:
    cases = [example("t-1"), example("t-2"), example("t-3")]
    return [("a", cases), ("b", cases[::-1])]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_changed_byte_is_found(tmp_path: Path, place: int, flip: int) -> None:
    found = made(tmp_path, example("t-1"), example("t-2"))
    content = bytearray(found.path.read_bytes())
    content[place % len(content)] ^= flip
    found.path.chmod(0o644)
    found.path.write_bytes(content)
    with pytest.raises(ReleaseChanged):
        release.verify(found.path, found.content_hash)


def test_nobody_can_write_to_a_release(tmp_path: Path) -> None:
    assert made(tmp_path, example()).path.stat().st_mode & 0o222 == 0


def test_an_empty_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="No case is approved"):
        made(tmp_path)


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        pytest.param({"correction": "No, 14 days."}, "No, 14 days.", id="the correction is what it should have been"),
        pytest.param({}, None, id="wrong and not corrected: nothing is expected"),
        pytest.param({"is_bad": False}, "Yes, within 30 days [kb-1].", id="good: the output itself"),
    ],
)
def test_expected(review: dict[str, object], expected: str | None) -> None:
    assert orjson.loads(example(**review).snapshot)["expected"] == expected


def test_the_same_trace_gives_the_same_case_and_another_text_another() -> None:
    assert example("t-1").example_id == example("t-1", note="other").example_id
    assert example_id(a_trace("t-1")) != example_id(a_trace("t-1", output="No."))


def test_a_case_needs_a_reason() -> None:
    with pytest.raises(WrongUsage, match="needs a reason"):
        propose(a_trace(), REVIEW, "edge_case", "  ")


@pytest.mark.parametrize(
    ("person", "owner_mode", "allowed"),
    [("ben", False, True), ("ana", False, False), ("ana", True, True)],
    ids=["a colleague", "oneself", "oneself as owner"],
)
def test_who_may_approve(person: str, owner_mode: bool, allowed: bool) -> None:
    if allowed:
        check_approver("ana", person, owner_mode)
    else:
        with pytest.raises(NotAllowed, match="cannot approve"):
            check_approver("ana", person, owner_mode)


def test_exports_stand_alone_and_run_nothing(tmp_path: Path) -> None:
    found = made(tmp_path, example())
    back = release.verify(found.path, found.content_hash)
    line = orjson.loads(export.as_jsonl(back))
    assert (line["release"], line["content_hash"]) == (1, found.content_hash)
    row = next(csv.DictReader(io.StringIO(export.as_csv(back))))
    assert row["note"] == "'=wrong()"
    assert row["labels"] == "good_enough=fail"
    assert row["documents"] == "[kb-1] Used kettles can be returned within 30 days."
    assert row["input"] == "user: Can I return a kettle I used once?"
