"""How many people review what: the first traces of a rubric, a share, a stratum; and who may."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from hashlib import md5

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.sampling.overlap import reviews_needed, skill_needed
from review_app.sampling.plan import Overlap, Repeats, SamplePlan


def drawn(n: int, numbers: tuple[int, ...] = (1,)) -> pd.DataFrame:
    """n traces, in turns from each of these draws; the queue's order is backwards."""
    return pd.DataFrame(
        {
            "trace_id": [f"t{i}" for i in range(n)],
            "stratum": ["returns" if i % 4 == 0 else "billing" for i in range(n)],
            "number": [numbers[i % len(numbers)] for i in range(n)],
            "queue_order": [f"{n - i:05d}" for i in range(n)],
        }
    )


def plan(overlap: Overlap | None = None, reviews_per_trace: int = 1, reviews: int = 60) -> SamplePlan:
    return SamplePlan(salt="s", reviews=reviews, reviews_per_trace=reviews_per_trace, overlap=overlap)


def twice(found: pd.Series[int], rows: pd.DataFrame) -> set[str]:
    return set(rows.loc[found > 1, "trace_id"])


def test_no_overlap_unless_asked() -> None:
    assert reviews_needed(drawn(8), plan()).tolist() == [1] * 8
    assert reviews_needed(drawn(8), plan(reviews_per_trace=3)).tolist() == [3] * 8


def test_the_first_of_the_queue() -> None:
    # The order is backwards, and the first draw (even numbers) comes before the second.
    rows = drawn(10, numbers=(1, 2))
    found = reviews_needed(rows, plan(Overlap(first=3, share=0)))
    assert twice(found, rows) == {"t8", "t6", "t4"}


def test_the_first_under_a_new_rubric_are_those_nobody_judged_by_another() -> None:
    rows = drawn(10)
    found = reviews_needed(rows, plan(Overlap(first=2, share=0)), {"t9", "t8", "t7"})
    assert twice(found, rows) == {"t6", "t5"}


def test_the_share_is_chosen_by_a_hash() -> None:
    rows = drawn(400)
    found = reviews_needed(rows, plan(Overlap(first=0, share=0.2)))
    below = {f"t{i}" for i in range(400) if int(md5(f"s:overlap:t{i}".encode()).hexdigest(), 16) < 2**128 // 5}
    assert twice(found, rows) == below


@pytest.mark.parametrize(
    ("overlap", "per_trace", "returns", "billing"),
    [
        pytest.param(Overlap(first=0, share=0, strata={"returns": 2}), 1, 2, 1, id="a stratum"),
        pytest.param(Overlap(first=0, share=1, strata={"returns": 3}), 1, 3, 2, id="the larger of share and stratum"),
        pytest.param(Overlap(first=0, share=1, strata={"returns": 1}), 3, 3, 3, id="never below reviews_per_trace"),
        pytest.param(Overlap(first=99, share=0, reviews=4), 1, 4, 4, id="all are among the first"),
    ],
)
def test_strata(overlap: Overlap, per_trace: int, returns: int, billing: int) -> None:
    rows = drawn(12)
    found = reviews_needed(rows, plan(overlap, per_trace))
    assert set(found[rows["stratum"] == "returns"]) == {returns}
    assert set(found[rows["stratum"] == "billing"]) == {billing}


OVERLAPS = st.tuples(st.integers(0, 12), st.integers(0, 10), st.integers(2, 4), st.integers(1, 4))


@given(low=OVERLAPS, more=OVERLAPS, size=st.integers(1, 30))
def test_asking_for_more_never_needs_less(low: tuple[int, ...], more: tuple[int, ...], size: int) -> None:
    high = tuple(max(pair) for pair in zip(low, more, strict=True))
    rows = drawn(size)
    small, large = (
        reviews_needed(rows, plan(Overlap(first=a, share=b / 10, reviews=c, strata={"returns": d})))
        for a, b, c, d in (low, high)
    )
    assert (large >= small).all()


def test_a_further_draw_takes_nothing_away() -> None:
    before, after = drawn(20), drawn(40).assign(number=lambda rows: [1] * 20 + [2] * 20)
    before["queue_order"] = after["queue_order"].iloc[:20]
    small, large = (reviews_needed(rows, plan(Overlap(first=5, share=0.3))) for rows in (before, after))
    assert small.tolist() == large.iloc[:20].tolist()


@pytest.mark.parametrize(
    ("reviews", "overlap", "per_trace", "traces"),
    [
        pytest.param(60, None, 2, Fraction(30), id="60 / 2"),
        pytest.param(60, Overlap(first=30), 1, Fraction(30), id="all 60 go to the first 30, twice each"),
        # 30 x 2 = 60 of 120; the other 60 at 1 + .2 x (2 - 1) = 1.2 a trace are 50 traces
        pytest.param(120, Overlap(first=30), 1, Fraction(80), id="30 + 60 / 1.2"),
        # 10 x 3 = 30 of 100; 70 at 1 + .5 x (3 - 1) = 2
        pytest.param(100, Overlap(first=10, share=0.5, reviews=3), 1, Fraction(45), id="10 + 70 / 2"),
        pytest.param(100, Overlap(first=10, share=0.5), 4, Fraction(25), id="everybody reviews all: 100 / 4"),
    ],
)
def test_the_budget_pays_for_the_overlap(
    reviews: int, overlap: Overlap | None, per_trace: int, traces: Fraction
) -> None:
    assert plan(overlap, per_trace, reviews).traces() == traces


@pytest.mark.parametrize(
    ("stratum", "tags", "skill"),
    [
        pytest.param("contracts", (), "legal", id="by stratum"),
        pytest.param("returns", ("vip", "de"), "german", id="by tag"),
        pytest.param("contracts", ("de",), "legal", id="the stratum goes first"),
        pytest.param("returns", ("",), None, id="none"),
    ],
)
def test_skills(stratum: str, tags: tuple[str, ...], skill: str | None) -> None:
    skilled = SamplePlan(salt="s", reviews=1, skills={"de": "german", "contracts": "legal"})
    assert skill_needed(stratum, tags, skilled) == skill


def test_the_defaults_are_the_documented_ones() -> None:
    found = SamplePlan(salt="s", reviews=9, due=datetime(2026, 12, 1, tzinfo=UTC))
    assert (found.overlap, found.repeats, dict(found.skills)) == (None, None, {})
    assert Overlap() == Overlap(first=30, share=0.2, reviews=2, strata={})
    assert Repeats() == Repeats(share=0.05, after_days=14)
