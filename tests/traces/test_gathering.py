from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.tables import Reject
from review_app.traces import gathering
from review_app.traces.gathering import Piece, gathered


def _pieces(names: list[str]) -> Iterator[Piece | Reject]:
    for line, name in enumerate(names):
        yield Piece(name=name, path=Path("f"), line=line, fields={})


@given(st.lists(st.sampled_from("abcd")))
def test_each_trace_comes_once_whole_and_in_order(names: list[str]) -> None:
    piles = [pile for pile in gathered(lambda: _pieces(names)) if not isinstance(pile, Reject)]
    assert sorted(piece.line for pile in piles for piece in pile) == list(range(len(names)))
    assert len(piles) == len(set(names))
    for pile in piles:
        assert [piece.line for piece in pile] == [line for line, name in enumerate(names) if name == pile[0].name]


def test_what_is_held_is_bounded_and_what_had_to_go_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_HELD", 3)
    # a begins, three pieces of b follow, so a is given up when the fourth is there; its end is no trace of its own
    found = list(gathered(lambda: _pieces(["a", "b", "b", "b", "a"])))
    (lost,) = [item for item in found if isinstance(item, Reject)]
    assert "trace a goes on" in lost.reason
    assert [[piece.name for piece in pile] for pile in found if not isinstance(pile, Reject)] == [["b"] * 3]
