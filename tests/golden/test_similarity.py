"""Alike questions are found, from signatures that never change."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.golden.similarity import (
    HASHES,
    SPREAD,
    as_text,
    estimated,
    from_texts,
    jaccard,
    question,
    shingles,
    signature,
)
from review_app.traces.trace import Message, Trace

WORDS = st.lists(st.sampled_from("abcdefghijkl"), max_size=40).map(" ".join)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Can I return it?", {"can i return", "i return it"}),
        ("Return it", {"return it"}),
        ("", set()),
        ("?!", set()),
    ],
    ids=["four words", "fewer than three", "nothing", "no word"],
)
def test_shingles(text: str, found: set[str]) -> None:
    assert shingles(text) == found


# {a b c, b c d} and {b c d, c d e} share one of three.
@pytest.mark.parametrize(
    ("one", "other", "how"),
    [("a b c d", "b c d e", 1 / 3), ("a b c", "A, B; C", 1.0), ("a b c", "d e f", 0.0), ("", "", 0.0)],
    ids=["one of three", "case and marks do not count", "nothing", "both empty"],
)
def test_jaccard(one: str, other: str, how: float) -> None:
    assert jaccard(shingles(one), shingles(other)) == how


def test_what_was_asked_leaves_out_the_prompt_all_share() -> None:
    said = (Message(role="system", content="Be kind."), Message(role="user", content="Where is it?"))
    assert question(Trace(trace_id="t", messages=said, output="Here.")) == "Where is it?"


def test_signatures_are_the_same_for_ever() -> None:
    """They are stored: a change of one number makes every stored case look new."""
    text = as_text(signature(shingles("Can I return a kettle that I used once?")))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "94df1c5aa46a32bc"


@given(WORDS, WORDS)
def test_the_estimate_is_near(one: str, other: str) -> None:
    """128 hashes err by at most .044 (one standard error); six of these are never seen."""
    exact = jaccard(shingles(one), shingles(other))
    found = estimated(signature(shingles(one)), signature(shingles(other))[None, :])[0]
    assert abs(found - exact) <= 6 * SPREAD


@given(st.lists(WORDS, min_size=1, max_size=5))
def test_signatures_come_back_as_they_were_stored(texts: list[str]) -> None:
    marks = [signature(shingles(text)) for text in texts]
    back = from_texts([as_text(mark) for mark in marks])
    assert back.shape == (len(texts), HASHES)
    assert np.array_equal(back, np.array(marks))


def test_nothing_said_is_alike_to_nothing() -> None:
    empty = signature(frozenset())
    assert estimated(empty, empty[None, :])[0] == 0.0
