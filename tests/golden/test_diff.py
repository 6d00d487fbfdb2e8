"""What a release changed."""

from __future__ import annotations

from review_app.golden.diff import Removed, diff
from review_app.golden.release import Verified


def a_release(number: int, *cases: dict[str, object], retired: tuple[dict[str, object], ...] = ()) -> Verified:
    return Verified(number=number, content_hash=f"v1:{number}", examples=cases, retired=retired)


def a_case(example_id: str, **fields: object) -> dict[str, object]:
    return {"example_id": example_id, "layer": "edge_case", "split": "dev", "expected": "yes"} | fields


def test_each_kind_of_change() -> None:
    old = a_release(1, a_case("a"), a_case("b"), a_case("c"))
    gone = {"example_id": "b", "why": "the deadline changed", "successor": "d"}
    new = a_release(2, a_case("a"), a_case("c", expected="no", split="test"), a_case("d"), retired=(gone,))
    found = diff(old, new)
    assert (found.old, found.new, found.kept) == (1, 2, 1)
    assert found.added == ("d",)
    assert found.removed == (Removed(example_id="b", why="the deadline changed", successor="d"),)
    assert found.changed == {"c": ("split", "expected")}


def test_backwards_nobody_said_why() -> None:
    found = diff(a_release(2, a_case("a"), a_case("b")), a_release(1, a_case("a")))
    assert found.removed == (Removed(example_id="b", why="", successor=None),)
