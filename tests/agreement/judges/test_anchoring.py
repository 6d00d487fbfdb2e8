from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from review_app.agreement.judges.anchoring import anchoring, before_and_after
from review_app.agreement.wilson import wilson

from ..builders import NOW, reviews, verdicts


def pair(reviewer: str, trace_id: str, before: str, after: str) -> list[dict[str, object]]:
    usual = {"reviewer": reviewer, "trace_id": trace_id}
    return [
        {**usual, "label": before, "at": NOW},
        {**usual, "label": after, "assisted": True, "at": NOW + timedelta(minutes=1)},
    ]


SAID = verdicts([{"trace_id": f"t{i}", "label": "fail"} for i in range(9)])


def test_towards_and_away_are_counted_apart() -> None:
    rows = [
        *pair("ann", "t0", "pass", "fail"), *pair("ann", "t1", "pass", "pass"), *pair("ann", "t2", "fail", "pass"),
        *pair("bob", "t0", "fail", "fail"), *pair("bob", "t3", "pass", "fail"),
    ]  # fmt: skip
    everybody, ann, bob = anchoring(before_and_after(reviews(rows), SAID))
    assert (everybody.reviewer, everybody.n, everybody.n_changed) == ("", 5, 3)
    assert (everybody.n_towards, everybody.n_away) == (2, 1)
    # three differed from the verdict, two came over; two agreed, one left
    assert everybody.towards.value == pytest.approx(2 / 3)
    assert (everybody.towards.low, everybody.towards.high) == wilson(2, 3)
    assert everybody.away.value == 0.5
    assert (ann.n_towards, ann.n_away, bob.n_towards, bob.n_away) == (1, 1, 1, 0)


def test_a_change_between_two_answers_the_judge_did_not_give_is_neither() -> None:
    said = verdicts([{"trace_id": "t0", "criterion": "tone", "label": "4"}])
    rows = reviews([{**row, "criterion": "tone"} for row in pair("ann", "t0", "1", "2")])
    (everybody, _) = anchoring(before_and_after(rows, said))
    assert (everybody.n_changed, everybody.n_towards, everybody.n_away) == (1, 0, 0)
    assert everybody.away.value is None
    assert "never agreed" in everybody.away.reason


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param(pair("ann", "t0", "pass", "fail")[:1], "never assisted", id="blind only"),
        pytest.param(pair("ann", "t0", "pass", "fail")[1:], "never blind", id="assisted only"),
        pytest.param(pair("ann", "none", "pass", "fail"), "no verdict", id="no verdict"),
        pytest.param(
            [{**row, "outcome": "skipped"} for row in pair("ann", "t0", "pass", "fail")], "not judged", id="skipped"
        ),
        pytest.param(
            [pair("ann", "t0", "pass", "fail")[0], pair("bob", "t0", "pass", "fail")[1]], "two people", id="two people"
        ),
        pytest.param(
            [{**pair("ann", "t0", "pass", "fail")[0], "at": NOW + timedelta(hours=1)},
             pair("ann", "t0", "pass", "fail")[1]], "blind afterwards", id="blind only after the reveal",
        ),
    ],
)  # fmt: skip
def test_what_is_no_pair(rows, why: str) -> None:
    assert anchoring(before_and_after(reviews(rows), SAID)) == (), why


def test_the_last_blind_and_the_last_assisted_review_count() -> None:
    early = {"reviewer": "ann", "trace_id": "t0", "label": "fail", "at": NOW - timedelta(days=1)}
    late = {**early, "label": "pass", "assisted": True, "at": NOW + timedelta(days=1)}
    pairs = before_and_after(reviews([early, *pair("ann", "t0", "pass", "fail"), late]), SAID)
    assert pairs[["before", "after"]].to_numpy().tolist() == [["pass", "pass"]]


def test_two_verdicts_on_one_trace_are_refused() -> None:
    with pytest.raises(pd.errors.MergeError):
        before_and_after(reviews(pair("ann", "t0", "pass", "fail")), pd.concat([SAID, SAID]))
