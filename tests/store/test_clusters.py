"""Text clusters of traces: assigned once, on both engines."""

from __future__ import annotations

import pytest

from review_app.sampling.plan import Frame, NewCluster
from review_app.store import clusters
from review_app.store.engine import Store
from review_app.traces.trace import Message, Part

from ..builders import a_trace, after, keep


def first_word(texts: list[str]) -> list[str]:
    return [text.split()[0] for text in texts]


@pytest.fixture
def filled(store: Store) -> Store:
    """Ten traces, an hour apart: eight of kettles, then two of visas; and one without a time."""
    said = {n: "kettle broke" if n < 8 else "visa please" for n in range(10)}
    keep(store, [a_trace(f"t-{n}", at=after(hours=n), messages=(Message(role="user", content=said[n]),)) for n in said])
    keep(store, [a_trace("t-x", at=None, route="billing", messages=())])
    return store


def test_each_trace_is_assigned_once(filled: Store) -> None:
    told: list[int] = []
    assert clusters.fill(filled, Frame(route=("returns",)), "m", first_word, told.append) == 10
    assert told == [10]
    assert clusters.members(filled, "m", ["visa"]) == {"t-8", "t-9"}
    # A wider frame: only the one that has none is read. Its text is its output, "Yes, within 30 days".
    assert clusters.fill(filled, Frame(), "m", first_word) == 1
    assert clusters.members(filled, "m", ["Yes,"]) == {"t-x"}
    # What a trace becomes later does not move it.
    keep(filled, [a_trace("t-9", output="Another.")])
    assert clusters.fill(filled, Frame(), "m", first_word) == 0
    assert clusters.members(filled, "m", ["visa"]) == {"t-8", "t-9"}
    assert clusters.members(filled, "another", ["visa"]) == set()
    assert clusters.members(filled, "m", []) == set()


def test_an_interrupted_fill_goes_on(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "BATCH", 4)

    def broken(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clusters.fill(filled, Frame(), "m", first_word, broken)
    assert clusters.fill(filled, Frame(), "m", first_word) == 7


@pytest.mark.parametrize(
    ("rule", "newest", "earlier"),
    [
        pytest.param(NewCluster(newest=0.2), {"visa": 2}, {"kettle": 8}, id="a fifth of ten; no time is in neither"),
        pytest.param(NewCluster(newest=0.3), {"visa": 2, "kettle": 1}, {"kettle": 7}, id="three"),
        pytest.param(NewCluster(days=3 / 24), {"visa": 2, "kettle": 2}, {"kettle": 6}, id="three hours, both ends"),
    ],
)
def test_newest_and_earlier(filled: Store, rule: NewCluster, newest: dict[str, int], earlier: dict[str, int]) -> None:
    clusters.fill(filled, Frame(), "m", first_word)
    assert clusters.counts(filled, Frame(), "m", rule) == (newest, earlier)


def test_no_trace_with_a_time(filled: Store) -> None:
    clusters.fill(filled, Frame(), "m", first_word)
    assert clusters.counts(filled, Frame(route=("billing",)), "m", NewCluster()) == ({}, {})


def test_what_was_asked(store: Store) -> None:
    parts = (Part(type="text", text="one"), Part(type="image", url="x"), Part(type="text", text="two"))
    messages = (Message(role="system", content="rules"), Message(role="user", content=parts))
    keep(store, [a_trace("b", messages=messages), a_trace("a", messages=(), output=None)])
    assert clusters.texts(store, ["b", "a", "gone"]) == ["", "one\n\ntwo"]
