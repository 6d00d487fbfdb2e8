"""Traces sent back to who answered them under an earlier rubric, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from review_app.errors import LeaseLost
from review_app.review.rubric import Rubric
from review_app.sampling.plan import Repeats
from review_app.store import asked_again, draws, new_slots, reviews, rubrics, slots
from review_app.store.blindness import unseen, waits
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview
from review_app.store.slots import LEASE, Claim, Progress, Rules

from ..builders import NOON, RUBRIC, after, fill_queue
from .rows import count

NEW = Rubric(name="send", criteria=RUBRIC.criteria, introduction="Facts first.")
OFTEN = Rules(repeats=Repeats(share=0.5, after_days=0), rubric_version=NEW.version)


def answer(
    claim: Claim, reviewer: str, rubric: Rubric = NEW, label: str = "fail", outcome: str = "judged"
) -> StoredReview:
    return StoredReview(
        review_id=f"{claim.slot_id}:{claim.token}", slot_id=claim.slot_id, trace_id=claim.trace_id, reviewer=reviewer,
        rubric_version=rubric.version, outcome=outcome, at=after(days=float(rubric is NEW)),
        answers={"good_enough": Answer(label=label)} if outcome == "judged" else {},
    )  # fmt: skip


def take(store: Store, reviewer: str, want: int = 1) -> tuple[Claim, ...]:
    return slots.claim(store, "main", reviewer, want, NOON)


def close(store: Store, claim: Claim, reviewer: str, rubric: Rubric = NEW, outcome: str = "judged") -> None:
    label = "pass" if rubric is RUBRIC else "fail"
    assert reviews.submit(store, answer(claim, reviewer, rubric, label, outcome), claim.token)


def sent(store: Store, *pairs: tuple[str, str]) -> int:
    return asked_again.send_back(store, "main", pairs or [("t-000", "ana")], "lea")


@pytest.fixture
def answered(store: Store) -> Store:
    """ana answered t-000 and t-001 under the old rubric; t-002 is anybody's."""
    fill_queue(store, 3)
    rubrics.remember(store, NEW, NOON)
    for claim in take(store, "ana", 2):
        close(store, claim, "ana", RUBRIC)
    return store


def test_only_the_same_person_is_asked_and_before_anything_new(answered: Store) -> None:
    assert sent(answered) == 1
    assert [claim.trace_id for claim in take(answered, "ben", 9)] == ["t-002"]
    claim = take(answered, "ana", 9)[0]
    assert (claim.slot_id, claim.trace_id) == ("main/t-000/1", "t-000")  # what a second reviewer's slot is called
    close(answered, claim, "ana")
    assert take(answered, "ana", 9) == ()


def test_the_answer_is_no_repeat_and_the_old_one_stays(answered: Store) -> None:
    sent(answered)
    close(answered, take(answered, "ana")[0], "ana")
    found = reviews.frame(answered).query("trace_id == 't-000'")
    assert found[["rubric_version", "label"]].values.tolist() == [[RUBRIC.version, "pass"], [NEW.version, "fail"]]
    assert found["repeat_of"].isna().all()
    own = reviews.own(answered, "ana", "t-000")
    assert own is not None
    assert (own.rubric_version, own.labels) == (NEW.version, {"good_enough": "fail"})


def test_there_are_never_two_for_one_person(answered: Store) -> None:
    assert sent(answered, ("t-000", "ana"), ("t-000", "ana")) == 1
    assert sent(answered) == 0
    held = take(answered, "ana")[0]
    assert sent(answered) == 0
    slots.defer(answered, held.slot_id, "ana", held.token, NOON)
    assert sent(answered) == 0
    assert asked_again.waiting(answered, "main") == {("t-000", "ana")}


def test_after_an_answer_a_further_change_sends_it_back_again(answered: Store) -> None:
    """Three rounds: no place in any queue is ever needed twice."""
    for number in (1, 2, 3):
        assert sent(answered) == 1
        claim = take(answered, "ana")[0]
        assert claim.slot_id == f"main/t-000/{number}"
        close(answered, claim, "ana")
    assert asked_again.waiting(answered, "main") == set()


def test_nobody_is_shown_what_was_said_while_it_is_open(answered: Store) -> None:
    assert reviews.own(answered, "ana", "t-000") is not None
    assert unseen(answered, "ana") == {"t-002"}
    sent(answered)
    for state in ("waiting", "held", "deferred"):
        assert reviews.own(answered, "ana", "t-000") is None, state
        assert unseen(answered, "ana") == {"t-000", "t-002"}, state
        if state == "waiting":
            held = take(answered, "ana")[0]
        elif state == "held":
            slots.defer(answered, held.slot_id, "ana", held.token, NOON)
    # Who has not answered it waits for ana's answer as for any other.
    assert waits(answered, "t-000")
    assert unseen(answered, "odo") == {"t-000", "t-002"}


def test_states_counters_and_pace_know_it(answered: Store) -> None:
    before = slots.progress(answered, "main", "ana", NOON)
    assert before == Progress(done=2, left=1)
    sent(answered, ("t-000", "ana"), ("t-001", "ana"))
    assert slots.progress(answered, "main", "ana", NOON) == Progress(done=2, left=3)
    assert slots.progress(answered, "main", "ben", NOON) == Progress(done=0, left=1)
    held = take(answered, "ana", 2)
    slots.defer(answered, held[0].slot_id, "ana", held[0].token, NOON)
    assert slots.progress(answered, "main", "ana", NOON) == Progress(done=2, left=3)
    states = slots.states(answered, "main")
    again = states[states["person"] == "ana"].query("state != 'done'")
    assert sorted(again["state"]) == ["deferred", "leased"]
    assert set(again["origin"]) == {"draw"}
    close(answered, held[1], "ana")
    assert slots.progress(answered, "main", "ana", NOON) == Progress(done=3, left=2)


def test_a_lease_that_ran_out_leaves_it_to_the_same_person(answered: Store) -> None:
    sent(answered)
    claim = take(answered, "ana")[0]
    late = NOON + LEASE * 2
    assert "t-000" not in [one.trace_id for one in slots.claim(answered, "main", "ben", 9, late)]
    again = slots.claim(answered, "main", "ana", 1, late)[0]
    assert again.slot_id == claim.slot_id
    assert again.token != claim.token
    with pytest.raises(LeaseLost):
        close(answered, claim, "ana")
    assert slots.release(answered, "main", claim.slot_id)
    with pytest.raises(LeaseLost):
        close(answered, again, "ana")
    assert slots.claim(answered, "main", "ana", 1, late + timedelta(minutes=1))[0].slot_id == claim.slot_id


def test_who_skips_it_leaves_it_to_nobody_and_can_be_asked_once_more(answered: Store) -> None:
    sent(answered)
    close(answered, take(answered, "ana")[0], "ana", outcome="skipped")
    assert [claim.trace_id for claim in take(answered, "ben", 9)] == ["t-002"]
    own = reviews.own(answered, "ana", "t-000")
    assert own is not None
    assert own.rubric_version == RUBRIC.version
    assert sent(answered) == 1
    assert take(answered, "ana")[0].trace_id == "t-000"


def test_a_retried_answer_is_stored_once(answered: Store) -> None:
    sent(answered)
    claim = take(answered, "ana")[0]
    given = answer(claim, "ana")
    assert reviews.submit(answered, given, claim.token)
    assert not reviews.submit(answered, given, claim.token)
    assert count(answered, "review") == 3


def test_a_changed_mind_stands_beside_the_new_answer(answered: Store) -> None:
    sent(answered)
    claim = take(answered, "ana")[0]
    close(answered, claim, "ana")
    changed = replace(answer(claim, "ana", label="pass"), slot_id=None)
    assert reviews.amend(answered, changed, "tab-1")
    assert not reviews.amend(answered, changed, "tab-1")
    own = reviews.own(answered, "ana", "t-000")
    assert own is not None
    assert own.labels == {"good_enough": "fail"}


def test_an_imported_answer_uses_it_up(answered: Store) -> None:
    sent(answered)
    new = replace(answer(Claim(slot_id="x", trace_id="t-000", token="y"), "ana"), slot_id=None, review_id="import:1")
    assert reviews.add(answered, [new]) == 1
    assert asked_again.waiting(answered, "main") == set()


def test_an_imported_review_can_be_sent_back(store: Store) -> None:
    fill_queue(store, 1, queue="other")
    old = replace(answer(Claim(slot_id="x", trace_id="t-000", token="y"), "ana", RUBRIC), slot_id=None, review_id="i:1")
    reviews.add(store, [old])
    assert sent(store) == 1
    assert take(store, "ana")[0].slot_id == "main/t-000/0"


def test_a_hand_picked_trace_stays_hand_picked(store: Store) -> None:
    fill_queue(store, 1, queue="other")
    new_slots.by_hand(store, "main", {"t-000": None}, "lea", NOON)
    close(store, take(store, "ana")[0], "ana", RUBRIC)
    rubrics.remember(store, NEW, NOON)
    sent(store)
    close(store, take(store, "ana")[0], "ana")
    assert len(new_slots.hand_picked_reviews(store)) == 2


def test_a_draw_neither_counts_it_nor_replaces_it(answered: Store) -> None:
    """One review of each trace was asked, one was given: asking two needs one more, sent back or not."""
    sent(answered)
    needs = pd.DataFrame({"trace_id": ["t-000"], "queue_order": ["t-000"], "reviews": [2], "skill": [None]})
    assert draws.top_up(answered, "main", needs) == 1
    close(answered, take(answered, "ana")[0], "ana")
    assert draws.top_up(answered, "main", needs) == 0
    assert {claim.trace_id for claim in take(answered, "ben", 9)} == {"t-000", "t-002"}


def test_it_is_not_repeated_while_it_waits(answered: Store) -> None:
    sent(answered)
    offered = slots.claim(answered, "main", "ana", 9, after(days=30), OFTEN)
    assert sorted(claim.trace_id for claim in offered) == ["t-000", "t-002"]


@pytest.mark.parametrize("target", ["sqlite"], indirect=True)
def test_what_a_claim_looks_up_is_indexed(answered: Store) -> None:
    """The two new look-ups read an index by what they ask for; Postgres would choose by the size of these tables."""
    aside = slots._MINE_ALONE.replace(":queue", "'main'").replace(":reviewer", "'ana'")
    plan = " ".join(row["detail"] for row in answered.rows(f"EXPLAIN QUERY PLAN {aside}"))
    assert "USING INDEX slot_kept (assigned_to=? AND home=? AND state=?)" in plan
    mine = slots._MINE.replace(":queue", "'main'").replace(":reviewer", "'ana'")
    plan = " ".join(row["detail"] for row in answered.rows(f"EXPLAIN QUERY PLAN {mine}"))
    assert "USING INDEX slot_person (reviewer=? AND home=? AND state=?)" in plan
