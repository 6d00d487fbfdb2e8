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
from review_app.golden import release
from review_app.golden.example import Example, agreeing, check_approver, example_id, propose
from review_app.golden.formats import flat_files

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
    ("person", "agreeing", "owner_mode", "allowed"),
    [
        ("ben", (), False, True),
        ("ana", (), False, False),
        ("ana", ("ana",), False, False),
        ("ana", ("ana", "cyd"), False, True),
        ("ana", (), True, True),
    ],
    ids=["a colleague", "oneself", "one blind review is not two", "two agreeing blind reviews", "oneself as owner"],
)
def test_who_may_approve(person: str, agreeing: tuple[str, ...], owner_mode: bool, allowed: bool) -> None:
    if allowed:
        check_approver("ana", person, agreeing, owner_mode)
    else:
        with pytest.raises(NotAllowed, match="proposed this case"):
            check_approver("ana", person, agreeing, owner_mode)


def said(reviewer: str, **other: object) -> dict[str, object]:
    return {
        "reviewer": reviewer,
        "rubric_version": "abc",
        "labels": {"good_enough": "fail"},
        "assisted": False,
        "repeat_of": None,
    } | other


@pytest.mark.parametrize(
    ("reviews", "who"),
    [
        ([said("ben"), said("ana")], ("ana", "ben")),
        ([said("ana"), said("ana")], ("ana",)),
        ([said("ana"), said("ben", labels={"good_enough": "pass"})], ("ana",)),
        ([said("ana"), said("ben", assisted=True)], ("ana",)),
        ([said("ana"), said("ben", repeat_of="r-1")], ("ana",)),
        ([said("ana"), said("ben", rubric_version="old")], ("ana",)),
    ],
    ids=["two", "one twice", "another answer", "not blind", "a repeat", "another rubric"],
)
def test_who_agrees(reviews: list[dict[str, object]], who: tuple[str, ...]) -> None:
    assert agreeing(reviews, "abc", {"good_enough": "fail"}) == who


def test_nobody_agrees_on_no_answer() -> None:
    assert agreeing([said("ana", labels={}), said("ben", labels={})], "abc", {}) == ()


def test_a_release_goes_on_from_the_one_before(tmp_path: Path) -> None:
    first = made(tmp_path, example("t-1"))
    gone = {"example_id": example("t-1").example_id, "why": "out of date", "successor": None}
    since = release.Since(previous=first.content_hash, retired=(gone,), notes="new deadlines")
    second = release.write(tmp_path, 2, [example("t-2")], "ben", NOON, since)
    back = release.verify(second.path, second.content_hash)
    release.check_chain(back, first.content_hash)
    assert (back.previous, back.retired, back.notes) == (first.content_hash, (gone,), "new deadlines")
    with pytest.raises(ReleaseChanged, match="goes on from"):
        release.check_chain(back, "v1:another")
    with pytest.raises(ReleaseChanged, match="missing"):
        release.check_chain(back, None)


def test_a_replacement_has_an_id_of_its_own() -> None:
    trace = a_trace("t-1")
    assert example_id(trace, "ex-old") not in (example_id(trace), example_id(trace, "ex-older"))


def test_exports_stand_alone_and_run_nothing(tmp_path: Path) -> None:
    found = made(tmp_path, example())
    back = release.verify(found.path, found.content_hash)
    line = orjson.loads(flat_files.jsonl(back)[""])
    assert (line["release"], line["content_hash"]) == (1, found.content_hash)
    row = next(csv.DictReader(io.StringIO(flat_files.as_csv(back)[""].decode())))
    assert row["note"] == "'=wrong()"
    assert row["labels"] == "good_enough=fail"
    assert row["documents"] == "[kb-1] Used kettles can be returned within 30 days."
    assert row["input"] == "user: Can I return a kettle I used once?"
