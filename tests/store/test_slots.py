"""Claims, leases, fences: a double assignment has no row to live in."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from review_app.errors import LeaseLost
from review_app.store import reviews, slots
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview
from review_app.store.slots import LEASE, Claim

from ..builders import NOON, RUBRIC, after, fill_queue
from .rows import count


def review(claim: Claim, reviewer: str, at: datetime = NOON, label: str = "pass") -> StoredReview:
    return StoredReview(
        review_id=f"{claim.slot_id}:{claim.token}", slot_id=claim.slot_id, trace_id=claim.trace_id, reviewer=reviewer,
        rubric_version=RUBRIC.version, outcome="judged", answers={"good_enough": Answer(label=label)}, at=at,
    )  # fmt: skip


def test_claims_come_in_queue_order(store: Store) -> None:
    fill_queue(store, 5)
    assert [claim.trace_id for claim in slots.claim(store, "main", "ana", 3, NOON)] == ["t-000", "t-001", "t-002"]


def test_a_second_tab_gets_the_same_slots(store: Store) -> None:
    fill_queue(store, 5)
    assert slots.claim(store, "main", "ana", 2, NOON) == slots.claim(store, "main", "ana", 2, after(minutes=5))


def test_two_people_never_hold_one_slot(store: Store) -> None:
    fill_queue(store, 4)
    ana, ben = (slots.claim(store, "main", name, 2, NOON) for name in ("ana", "ben"))
    assert {claim.slot_id for claim in ana}.isdisjoint(claim.slot_id for claim in ben)


def test_one_person_gets_only_one_of_a_traces_slots(store: Store) -> None:
    fill_queue(store, 1, reviews_per_trace=2)
    assert len(slots.claim(store, "main", "ana", 3, NOON)) == 1
    assert len(slots.claim(store, "main", "ben", 3, NOON)) == 1
    assert slots.claim(store, "main", "cleo", 3, NOON) == ()


def test_a_lease_that_ran_out_goes_to_the_next_person(store: Store) -> None:
    fill_queue(store, 1)
    late = slots.claim(store, "main", "ana", 1, NOON)[0]
    now = NOON + LEASE + timedelta(seconds=1)
    taken = slots.claim(store, "main", "ben", 1, now)[0]
    assert taken.slot_id == late.slot_id
    with pytest.raises(LeaseLost):
        reviews.submit(store, review(late, "ana"), late.token)
    assert count(store, "review") == 0
    assert reviews.submit(store, review(taken, "ben"), taken.token)


def test_a_late_answer_is_taken_while_nobody_else_has_the_slot(store: Store) -> None:
    fill_queue(store, 1)
    claim = slots.claim(store, "main", "ana", 1, NOON)[0]
    assert reviews.submit(store, review(claim, "ana", at=after(hours=5)), claim.token)


def test_a_retry_is_a_duplicate_and_not_a_second_review(store: Store) -> None:
    fill_queue(store, 1)
    claim = slots.claim(store, "main", "ana", 1, NOON)[0]
    assert reviews.submit(store, review(claim, "ana"), claim.token)
    assert not reviews.submit(store, review(claim, "ana"), claim.token)
    assert count(store, "review") == 1


def test_a_stolen_token_is_no_use_to_another_person(store: Store) -> None:
    fill_queue(store, 1)
    claim = slots.claim(store, "main", "ana", 1, NOON)[0]
    with pytest.raises(LeaseLost):
        reviews.submit(store, review(claim, "ben"), claim.token)
    assert reviews.submit(store, review(claim, "ana"), claim.token)
    with pytest.raises(LeaseLost):
        reviews.submit(store, review(claim, "ben"), claim.token)


def test_progress_counts_what_claims_are_made_of(store: Store) -> None:
    fill_queue(store, 5)
    claims = slots.claim(store, "main", "ana", 2, NOON)
    reviews.submit(store, review(claims[0], "ana"), claims[0].token)
    slots.claim(store, "main", "ben", 1, NOON)
    # ana: one done, one held, two open; ben's is not hers to take.
    assert slots.progress(store, "main", "ana", NOON) == slots.Progress(done=1, left=3)
    assert slots.progress(store, "main", "ben", NOON) == slots.Progress(done=0, left=3)


def test_a_review_from_elsewhere_uses_up_an_open_slot(store: Store) -> None:
    fill_queue(store, 1, reviews_per_trace=2)
    given = StoredReview(
        review_id="import:1", trace_id="t-000", reviewer="ana", rubric_version=RUBRIC.version, outcome="judged", at=NOON
    )
    assert [reviews.add(store, [given]), reviews.add(store, [given])] == [1, 0]
    assert slots.claim(store, "main", "ana", 1, NOON) == ()
    assert len(slots.claim(store, "main", "ben", 1, NOON)) == 1


def test_eight_tabs_and_four_people_finish_a_queue_without_a_double(store: Store) -> None:
    fill_queue(store, 40, reviews_per_trace=2)
    failures: list[BaseException] = []

    def work(reviewer: str) -> None:
        try:
            while claims := slots.claim(store, "main", reviewer, 1, NOON):
                try:
                    reviews.submit(store, review(claims[0], reviewer), claims[0].token)
                except LeaseLost:
                    continue  # this person's other tab was first
        except BaseException as fault:  # noqa: BLE001  a thread's failure must fail the test
            failures.append(fault)
        finally:
            store.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("ana", "ben", "cleo", "dov") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count(store, "review") == 80
    pairs = store.rows("SELECT count(*) AS n FROM (SELECT DISTINCT trace_id, reviewer FROM review) AS pair")
    assert pairs == [{"n": 80}]
