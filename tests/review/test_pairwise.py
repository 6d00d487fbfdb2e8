"""Which side is which is decided by a hash; the answer is stored by output, not by side."""

from __future__ import annotations

import pytest

from review_app.errors import BadConfig
from review_app.review import pairwise
from review_app.review.rubric import Criterion, Label, Rubric

from ..builders import RUBRIC, a_trace

BETTER = Criterion(name="better", question="Which one is better?", kind="pairwise", bad=("alternative",))
PAIRS = Rubric(name="pairs", criteria=(BETTER,))
MIXED = Rubric(name="mixed", criteria=(*RUBRIC.criteria, BETTER))
TRACE = a_trace(output="ours", alternative="theirs")


def test_each_order_comes_half_of_the_time_and_stays() -> None:
    orders = [pairwise.shown_order(f"t-{n}", "ida") for n in range(400)]
    # Binomial(400, 1/2): 140 to 260 is six standard deviations (10) either way.
    assert 140 < sum(order == ("output", "alternative") for order in orders) < 260
    assert orders == [pairwise.shown_order(f"t-{n}", "ida") for n in range(400)]
    assert orders != [pairwise.shown_order(f"t-{n}", "noor") for n in range(400)]


def test_the_sides_follow_the_order() -> None:
    for name in ("ida", "noor", "ben", "ana"):
        first, _ = pairwise.shown_order("t-1", name)
        assert pairwise.sides(TRACE, PAIRS, name) == (("ours", "theirs") if first == "output" else ("theirs", "ours"))


@pytest.mark.parametrize(
    ("trace", "rubric"),
    [(a_trace(output="ours"), PAIRS), (a_trace(output=None, alternative="theirs"), PAIRS), (TRACE, RUBRIC)],
    ids=["no alternative", "no output", "nobody compares"],
)
def test_there_may_be_nothing_to_compare(trace: object, rubric: Rubric) -> None:
    assert pairwise.sides(trace, rubric, "ida") is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "side", "stored"),
    [
        (("output", "alternative"), "A", "output"),
        (("output", "alternative"), "B", "alternative"),
        (("alternative", "output"), "A", "alternative"),
        (("alternative", "output"), "equal", "equal"),
        # An answer that names the output cannot have come from somebody who saw only A and B.
        (("output", "alternative"), "output", "side output"),
    ],
)
def test_a_side_becomes_the_output_that_stood_there(order: tuple[str, str], side: str, stored: str) -> None:
    given = {"better": side, "good_enough": "pass"}
    assert pairwise.by_output(given, MIXED, order) == {"better": stored, "good_enough": "pass"}


def test_a_trace_without_an_alternative_is_not_asked() -> None:
    assert [c.name for c in pairwise.asked_of(MIXED, a_trace()).criteria] == ["good_enough"]
    assert pairwise.asked_of(MIXED, TRACE) == MIXED


def test_only_a_rubric_of_pairs_hides_which_output_is_graded() -> None:
    assert pairwise.only_compares(PAIRS)
    assert not pairwise.only_compares(MIXED)
    assert not pairwise.only_compares(Rubric(name="t", criteria=(Criterion(name="t", question="?", kind="text"),)))


def test_the_labels_of_a_pair_are_ours() -> None:
    assert BETTER.values() == ("output", "alternative", "equal")
    with pytest.raises(BadConfig, match="labels of its own"):
        Criterion(name="b", question="?", kind="pairwise", labels=(Label(value="x"),))


def test_of_a_pair_of_candidates_nothing_else_is_asked() -> None:
    pair = a_trace(output="ours", alternative="theirs", tags=(pairwise.PAIR_TAG,))
    assert pairwise.asked_of(MIXED, pair).criteria == (BETTER,)
    assert pairwise.asked_of(MIXED, TRACE) == MIXED
    # A tag that came with a file takes no question away that can be asked.
    assert pairwise.asked_of(RUBRIC, pair) == RUBRIC
    assert pairwise.asked_of(MIXED, a_trace(output="ours", tags=(pairwise.PAIR_TAG,))).criteria == RUBRIC.criteria
    assert pairwise.is_pair_queue(pairwise.pair_queue("run-b", "run-a"))
