"""Settled items among the others, on both engines: who gets them, and what is kept of their answer."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from review_app.golden.example import propose
from review_app.review.adjudication import Settlement
from review_app.sampling.plan import KnownAnswers
from review_app.store import adjudications, draws, golden, known_answers, new_slots, reviews, slots
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview
from review_app.store.slots import Claim, Progress, Rules

from ..builders import NOON, RUBRIC, a_trace, after, fill_queue, keep

GOLDEN = Rules(known=KnownAnswers(share=0.5), rubric_version=RUBRIC.version)
SETTLED = Rules(known=KnownAnswers(share=0.5, source="adjudicated"), rubric_version=RUBRIC.version)


def given(claim: Claim, reviewer: str, label: str | None = "pass", **changes: Any) -> StoredReview:
    values: dict[str, Any] = {
        "review_id": f"{claim.slot_id}:{claim.token}", "slot_id": claim.slot_id, "trace_id": claim.trace_id,
        "reviewer": reviewer, "rubric_version": RUBRIC.version, "outcome": "judged" if label else "cannot_judge",
        "answers": {"good_enough": Answer(label=label)} if label else {}, "at": NOON,
    }  # fmt: skip
    return StoredReview(**values | changes)


def take(store: Store, reviewer: str, rules: Rules = GOLDEN, want: int = 1) -> tuple[Claim, ...]:
    return slots.claim(store, "main", reviewer, want, NOON, rules)


def settle(store: Store, trace_id: str, proposer: str = "lea", approver: str = "odo") -> None:
    """A golden case: `proposer` said fail, `approver` approved it."""
    keep(store, [a_trace(trace_id)])
    said = given(Claim(slot_id="", trace_id=trace_id, token=""), proposer, "fail")
    reviews.add(store, [StoredReview(**said.__dict__ | {"review_id": f"{trace_id}/{proposer}", "slot_id": None})])
    review = {"reviewer": proposer, "rubric_version": RUBRIC.version, "labels": {"good_enough": "fail"}}
    review |= {"is_bad": True, "note": "", "correction": None, "judges": []}
    example = propose(a_trace(trace_id), review, "known_failure", "seen")
    golden.propose(store, example, "", NOON)
    golden.decide(store, example.example_id, "approved", approver, "", NOON)


@pytest.fixture
def working(store: Store) -> Store:
    """Eight queued traces, of which ana answered two; g-1 is golden."""
    fill_queue(store, 8)
    settle(store, "g-1")
    for claim in take(store, "ana", Rules(), 2):
        assert reviews.submit(store, given(claim, "ana"), claim.token)
    return store


def test_one_comes_among_the_others_and_looks_like_them(working: Store) -> None:
    offered = take(working, "ana", want=3)
    assert sorted(claim.trace_id for claim in offered) == ["g-1", "t-002", "t-003"]
    hidden = next(claim for claim in offered if claim.trace_id == "g-1")
    assert hidden.slot_id == "main/g-1/0"
    # done: two of eight; left: six drawn ones and this one
    assert slots.progress(working, "main", "ana", NOON, GOLDEN) == Progress(done=2, left=7)
    assert take(working, "ana", want=3) == offered


def test_what_is_answered_stands_beside_what_was_settled(working: Store) -> None:
    claim = next(one for one in take(working, "ana", want=3) if one.trace_id == "g-1")
    assert reviews.submit(working, given(claim, "ana"), claim.token)
    found = known_answers.known_answers(working)
    assert list(found.columns) == list(known_answers.COLUMNS)
    row = found.iloc[0]
    assert len(found) == 1
    assert (row["reviewer"], row["trace_id"], row["criterion"], row["label"], row["settled_label"]) == (
        "ana", "g-1", "good_enough", "pass", "fail",
    )  # fmt: skip


def test_it_counts_as_no_opinion(working: Store) -> None:
    claim = next(one for one in take(working, "ana", want=3) if one.trace_id == "g-1")
    assert reviews.submit(working, given(claim, "ana"), claim.token)
    frame = reviews.frame(working).query("trace_id == 'g-1'").set_index("reviewer")
    assert frame["repeat_of"].notna().to_dict() == {"lea": False, "ana": True}
    assert new_slots.hand_picked_reviews(working) == set()
    assert reviews.of_others(working, "zoe", "g-1", RUBRIC.version)[0]["reviewer"] == "lea"
    assert len(reviews.of_others(working, "zoe", "g-1", RUBRIC.version)) == 1
    # Two people are to review it: lea did, ana did not count.
    needs = pd.DataFrame({"trace_id": ["g-1"], "queue_order": ["g"], "reviews": [2], "skill": [None]})
    with working.write() as write:
        write.run(
            "INSERT INTO drawn (draw_id, trace_id, stratum, eligible, reasons, inclusion_probability, added) "
            "VALUES ('main-1', 'g-1', 'x', 'random', 'random', 1.0, 1)"
        )
    assert draws.top_up(working, "main", needs) == 1


def test_nobody_else_gets_it_and_nobody_twice(working: Store) -> None:
    assert "g-1" in [claim.trace_id for claim in take(working, "ana", want=3)]
    assert "g-1" not in [claim.trace_id for claim in take(working, "ben", want=9)]
    for _ in range(6):
        for claim in take(working, "ana"):
            assert reviews.submit(working, given(claim, "ana"), claim.token)
    assert len(known_answers.known_answers(working)) == 1


@pytest.mark.parametrize("reviewer", ["lea", "odo"])
def test_who_settled_it_is_not_asked(store: Store, reviewer: str) -> None:
    fill_queue(store, 8)
    settle(store, "g-1")
    for claim in take(store, reviewer, Rules(), 2):
        assert reviews.submit(store, given(claim, reviewer), claim.token)
    assert "g-1" not in [claim.trace_id for claim in take(store, reviewer, want=9)]


def test_the_share_is_kept(working: Store) -> None:
    """At a share of one in two: one for the first two reviews, a second with the fourth."""
    for number in (2, 3, 4):
        settle(working, f"g-{number}")
    served = []
    for _ in range(5):
        for claim in take(working, "ana"):
            served.append(claim.trace_id[0])
            assert reviews.submit(working, given(claim, "ana"), claim.token)
    assert "".join(served) == "gttgt"


def test_one_settled_under_another_rubric_is_not_asked(working: Store) -> None:
    other = Rules(known=KnownAnswers(share=0.5), rubric_version="another")
    assert "g-1" not in [claim.trace_id for claim in take(working, "ana", other, 9)]


def test_one_that_waits_for_a_review_is_not_taken_from_the_queue(working: Store) -> None:
    new_slots.by_hand(working, "main", {"g-1": None}, "lea", NOON)
    take(working, "ana", want=3)
    states = slots.states(working, "main").query("trace_id == 'g-1'")
    assert states["origin"].tolist() == ["hand_picked"]


def test_one_that_needs_a_skill_is_for_those_who_have_it(working: Store) -> None:
    new_slots.by_hand(working, "main", {"g-1": "legal"}, "lea", NOON)
    legal = Rules(skills=("legal",))
    claim = next(one for one in take(working, "zoe", legal, 9) if one.trace_id == "g-1")
    assert reviews.submit(working, given(claim, "zoe"), claim.token)
    plain = Rules(skills=(), known=GOLDEN.known, rubric_version=RUBRIC.version)
    able = Rules(skills=("legal",), known=GOLDEN.known, rubric_version=RUBRIC.version)
    late = after(hours=2)
    assert "g-1" not in [one.trace_id for one in slots.claim(working, "main", "ana", 3, late, plain)]
    assert "g-1" in [one.trace_id for one in slots.claim(working, "main", "ana", 4, late, able)]


def test_a_skipped_one_is_nobody_s(working: Store) -> None:
    claim = next(one for one in take(working, "ana", want=3) if one.trace_id == "g-1")
    assert reviews.submit(working, given(claim, "ana", None, outcome="skipped"), claim.token)
    assert slots.states(working, "main").query("trace_id == 'g-1'")["state"].tolist() == ["skipped"]
    assert known_answers.known_answers(working).empty


def test_who_cannot_judge_has_no_label(working: Store) -> None:
    claim = next(one for one in take(working, "ana", want=3) if one.trace_id == "g-1")
    assert reviews.submit(working, given(claim, "ana", None), claim.token)
    found = known_answers.known_answers(working)
    assert found["label"].isna().tolist() == [True]
    assert found["settled_label"].tolist() == ["fail"]


@pytest.mark.parametrize(
    ("later", "asked"),
    [pytest.param((), True, id="it stands"), pytest.param(("fix_rubric",), False, id="taken back since")],
)
def test_an_adjudicated_trace(store: Store, later: tuple[str, ...], asked: bool) -> None:
    fill_queue(store, 8)
    settle(store, "g-1", proposer="zoe")
    first = Settlement(criterion="good_enough", label="pass")
    adjudications.add(store, "g-1", RUBRIC.version, [first], "lea", NOON)
    for _ in later:
        undone = Settlement(criterion="good_enough", outcome="fix_rubric", note="unclear")
        adjudications.add(store, "g-1", RUBRIC.version, [undone], "lea", after(hours=1))
    for claim in take(store, "ana", Rules(), 2):
        assert reviews.submit(store, given(claim, "ana"), claim.token)
    offered = take(store, "ana", SETTLED, 3)
    assert ("g-1" in [claim.trace_id for claim in offered]) == asked
    if asked:
        claim = next(one for one in offered if one.trace_id == "g-1")
        assert reviews.submit(store, given(claim, "ana"), claim.token)
        found = known_answers.known_answers(store)
        assert found[["label", "settled_label"]].values.tolist() == [["pass", "pass"]]
