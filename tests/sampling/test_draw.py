"""Known probabilities: exact, repeatable, and only ever growing."""

from __future__ import annotations

import math
from fractions import Fraction
from hashlib import md5

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_app.errors import BadConfig, BadInput
from review_app.sampling.draw import draw, first_hits, inclusion, rates, threshold
from review_app.sampling.plan import SamplePlan
from review_app.sampling.reweight import Step, weighted


def frame(n: int, flagged_every: int = 6, prefix: str = "t") -> pd.DataFrame:
    ids = [f"{prefix}{number}" for number in range(n)]
    return pd.DataFrame(
        {"trace_id": ids, "stratum": "x", "flagged": [number % flagged_every == 0 for number in range(n)]}
    )


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        pytest.param(Fraction(0), "0" * 32, id="never"),
        pytest.param(Fraction(1, 2), "8" + "0" * 31, id="half"),
        pytest.param(Fraction(1, 3), "5" * 32, id="a third: 0.555... in hex"),
        pytest.param(Fraction(1), "g", id="always sorts after every hash"),
    ],
)
def test_threshold(rate: Fraction, expected: str) -> None:
    assert threshold(rate) == expected


def test_a_trace_is_drawn_when_its_hash_is_below_the_threshold() -> None:
    chosen = {f"t{n}" for n in range(500) if int(md5(f"s:random:t{n}".encode()).hexdigest(), 16) < 2**128 // 10}
    assert set(draw(frame(500), {"random": Fraction(1, 10)}, "s")["trace_id"]) == chosen


@pytest.mark.parametrize(
    ("eligible", "expected"),
    [
        # 1 - .99 x .9 x .8 = .2872
        pytest.param("a,b,c", Fraction(2872, 10000), id="three independent strategies"),
        pytest.param("a", Fraction(1, 100), id="one"),
        pytest.param("b,c", Fraction(28, 100), id="1 - .9 x .8"),
    ],
)
def test_inclusion(eligible: str, expected: Fraction) -> None:
    assert inclusion(eligible, {"a": Fraction(1, 100), "b": Fraction(1, 10), "c": Fraction(1, 5)}) == expected


def test_rates_spend_the_budget() -> None:
    # 300 reviews: flagged gets 180 of its 200 traces, random 120 of 1200.
    found = rates(SamplePlan(salt="s", reviews=300), {"random": 1200, "flagged": 200}, {})
    assert found == {"flagged": Fraction(9, 10), "random": Fraction(1, 10)}


@given(
    random=st.integers(30, 100),
    parts=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    budget=st.integers(1, 500),
    eligible=st.tuples(st.integers(0, 1000), st.integers(0, 1000)),
)
def test_the_random_floor_has_its_share_of_the_budget_whatever_the_others_take(
    random: int, parts: tuple[int, int], budget: int, eligible: tuple[int, int]
) -> None:
    rest = (100 - random) / 100
    flagged = rest * parts[0] / sum(parts)
    plan = SamplePlan(
        salt="s", reviews=budget, shares={"random": random / 100, "flagged": flagged, "complaint": rest - flagged}
    )
    found = rates(plan, {"random": 1000, "flagged": eligible[0], "complaint": eligible[1]}, {})
    assert found["random"] * 1000 >= Fraction(random, 100) * budget - Fraction(1, 10**6)


def test_what_flagged_cannot_spend_goes_to_random() -> None:
    # flagged wants 180 but there are 30: all of them, and random has 270 for 1200.
    found = rates(SamplePlan(salt="s", reviews=300), {"random": 1200, "flagged": 30}, {})
    assert found == {"flagged": Fraction(1), "random": Fraction(270, 1200)}


def test_rates_without_any_flagged_trace() -> None:
    found = rates(SamplePlan(salt="s", reviews=30), {"random": 100, "flagged": 0}, {})
    assert found == {"flagged": Fraction(0), "random": Fraction(3, 10)}


def test_minutes_are_turned_into_reviews() -> None:
    # 90 minutes / 1.5 a review = 60 reviews = 30 traces with two reviews each
    plan = SamplePlan(salt="s", reviewer_minutes=90, reviews_per_trace=2)
    assert plan.traces() == 30


def test_drawing_again_gives_the_same() -> None:
    given_rates = {"random": Fraction(1, 7), "flagged": Fraction(1, 2)}
    once, again = (draw(frame(400), given_rates, "s") for _ in range(2))
    pd.testing.assert_frame_equal(once, again)


@given(low=st.integers(1, 150), more=st.integers(0, 150))
def test_a_larger_budget_only_adds(low: int, more: int) -> None:
    eligible = {"random": 300, "flagged": 50}
    small = rates(SamplePlan(salt="s", reviews=low), eligible, {})
    large = rates(SamplePlan(salt="s", reviews=low + more), eligible, small)
    assert all(large[name] >= small[name] for name in small)
    first, second = (set(draw(frame(300), found, "s")["trace_id"]) for found in (small, large))
    assert first <= second


def test_a_grown_frame_keeps_what_was_drawn() -> None:
    small = rates(SamplePlan(salt="s", reviews=60), {"random": 300, "flagged": 50}, {})
    grown = rates(SamplePlan(salt="s", reviews=60), {"random": 600, "flagged": 100}, small)
    assert grown == small
    before, now = (set(draw(frame(n), small, "s")["trace_id"]) for n in (300, 600))
    assert before <= now


@given(random=st.integers(1, 60), flagged=st.integers(0, 60), more=st.tuples(st.integers(0, 39), st.integers(0, 39)))
def test_first_hits_are_the_draws_that_chose_them(random: int, flagged: int, more: tuple[int, int]) -> None:
    series = [
        {"random": Fraction(random, 100), "flagged": Fraction(flagged, 100)},
        {"random": Fraction(random + more[0], 100), "flagged": Fraction(flagged + more[1], 100)},
    ]
    first, last = (draw(frame(120), found, "s") for found in series)
    before = set(first["trace_id"])
    assert before <= set(last["trace_id"])
    assert first_hits(last, series, "s") == [int(trace_id not in before) for trace_id in last["trace_id"]]


def test_a_trace_alone_decides() -> None:
    found = {"random": Fraction(1, 3), "flagged": Fraction(1, 2)}
    shuffled = frame(200).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(draw(frame(200), found, "s"), draw(shuffled, found, "s"))


def test_queue_order_is_independent_of_the_reason() -> None:
    drawn = draw(frame(6000), {"random": Fraction(1, 5), "flagged": Fraction(4, 5)}, "s")
    first_half = drawn.iloc[: len(drawn) // 2]["eligible"].eq("random,flagged").mean()
    share = drawn["eligible"].eq("random,flagged").mean()
    # standard error of a share of half the queue, drawn without replacement
    error = math.sqrt(share * (1 - share) / len(drawn))
    assert abs(first_half - share) < 4 * error


def test_weights_add_up_to_the_frame() -> None:
    given_rates = {"random": Fraction(1, 20), "flagged": Fraction(1, 2)}
    totals = [(1 / draw(frame(2000), given_rates, f"s{salt}")["inclusion_probability"]).sum() for salt in range(60)]
    # Horvitz-Thompson: sum 1/pi is unbiased for N = 2000; V = sum (1 - pi)/pi over the frame
    flagged, other = 334, 1666
    both = 1 - 0.95 * 0.5
    variance = other * 0.95 / 0.05 + flagged * (1 - both) / both
    assert abs(np.mean(totals) - 2000) < 4 * math.sqrt(variance / 60)


def test_reasons_name_the_strategies_that_hit() -> None:
    drawn = draw(frame(300), {"random": Fraction(1), "flagged": Fraction(1)}, "s").set_index("trace_id")
    assert drawn.loc["t0", "reasons"] == "random,flagged"
    assert drawn.loc["t1", "reasons"] == "random"


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BadInput, match="flagged"):
        draw(frame(3).drop(columns="flagged"), {"random": Fraction(1), "flagged": Fraction(1)}, "s")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        pytest.param({"reviews": None}, "exactly one", id="no budget"),
        pytest.param({"reviewer_minutes": 9.0}, "exactly one", id="two budgets"),
        pytest.param({"shares": {"random": 0.2, "flagged": 0.8}}, "go unseen", id="too little random"),
        pytest.param({"shares": {"random": 0.5}}, "sum to 1", id="half the budget"),
        pytest.param({"shares": {"random": 0.5, "lucky": 0.5}}, "lucky", id="unknown strategy"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(changes: dict[str, object], match: str) -> None:
    with pytest.raises(BadConfig, match=match):
        SamplePlan(**{"salt": "s", "reviews": 30} | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("served", "unbiased"),
    [pytest.param("queue_order", True, id="by a hash"), pytest.param("eligible", False, id="by priority")],
)
def test_an_unfinished_queue_is_not_biased_in_the_order_of_its_hash(served: str, unbiased: bool) -> None:
    """Two draws, the second a quarter done: in queue order weighted totals give the size of each part; with flagged
    traces last, the quarter is not a random one, and no weight mends that."""
    first = {"random": Fraction(1, 10), "flagged": Fraction(1, 2)}
    second = {"random": Fraction(1, 4), "flagged": Fraction(3, 4)}
    totals = []
    for salt in range(40):
        before = set(draw(frame(1200), first, f"s{salt}")["trace_id"])
        drawn = draw(frame(1200), second, f"s{salt}").sort_values(served, kind="stable", ignore_index=True)
        added = ~drawn["trace_id"].isin(before)
        quarter = drawn[added].iloc[: round(added.sum() / 4)]
        reviewed = pd.concat([drawn[~added], quarter])
        part = len(quarter) / added.sum()
        by = reviewed["trace_id"].isin(before).map({True: "1", False: "2"})
        rows = reviewed.assign(added_by=by, hit_by=by, q=1.0, slices="").reset_index(drop=True)
        found = weighted(rows, [Step(draw_id="1", rates=first), Step(draw_id="2", rates=second)], {"1": 1.0, "2": part})
        totals.append(found["weight"][rows["eligible"] == "random,flagged"].sum())
    # 200 of the 1200 are flagged
    off, error = np.mean(totals) - 200, np.std(totals) / math.sqrt(40)
    assert abs(off) < 4 * error if unbiased else off < -4 * error
