"""Who is offered what: deferred, skipped, assigned, expert-only and repeated slots, on both engines."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from review_app.errors import LeaseLost
from review_app.sampling.plan import Repeats
from review_app.store import new_slots, reviews, slots
from review_app.store.blindness import unseen
from review_app.store.engine import Store
from review_app.store.reviews import Answer, StoredReview
from review_app.store.slots import LEASE, Claim, Progress, Rules

from ..builders import NOON, RUBRIC, after, fill_queue
from .rows import count

ANYTHING = Rules()
LATER = after(days=20)
OFTEN = Rules(repeats=Repeats(share=0.5, after_days=14), rubric_version=RUBRIC.version)


def answer(claim: Claim, reviewer: str, outcome: str = "judged", days: float = 0) -> StoredReview:
    return StoredReview(
        review_id=f"{claim.slot_id}:{claim.token}", slot_id=claim.slot_id, trace_id=claim.trace_id, reviewer=reviewer,
        rubric_version=RUBRIC.version, outcome=outcome, at=after(days=days),
        answers={"good_enough": Answer(label="pass")} if outcome == "judged" else {},
    )  # fmt: skip


def close(store: Store, claim: Claim, reviewer: str, outcome: str = "judged", days: float = 0) -> None:
    """Answer a slot."""
    assert reviews.submit(store, answer(claim, reviewer, outcome, days), claim.token)


def take(store: Store, reviewer: str, want: int = 1, rules: Rules = ANYTHING) -> tuple[Claim, ...]:
    return slots.claim(store, "main", reviewer, want, NOON, rules)


def finish_all(store: Store, reviewer: str, outcome: str = "judged", rules: Rules = ANYTHING) -> list[str]:
    """Answer whatever is offered; the traces in that order."""
    seen = []
    while claims := take(store, reviewer, rules=rules):
        seen.append(claims[0].trace_id)
        close(store, claims[0], reviewer, outcome)
    return seen


def counted(store: Store) -> Counter[str]:
    return Counter(slots.states(store, "main")["state"])


def need_skill(store: Store, trace_id: str, skill: str) -> None:
    with store.write() as write:
        write.run("UPDATE slot SET skill = :skill WHERE trace_id = :trace_id", skill=skill, trace_id=trace_id)


# ---- deferred


def test_what_is_deferred_comes_back_to_the_same_person_after_everything_else(store: Store) -> None:
    fill_queue(store, 4)
    first = take(store, "ana")[0]
    slots.defer(store, first.slot_id, "ana", first.token, NOON)
    assert finish_all(store, "ana") == ["t-001", "t-002", "t-003", "t-000"]


def test_nobody_else_is_offered_what_was_deferred(store: Store) -> None:
    fill_queue(store, 2)
    first = take(store, "ana")[0]
    slots.defer(store, first.slot_id, "ana", first.token, NOON)
    assert finish_all(store, "ben") == ["t-001"]
    assert slots.progress(store, "main", "ben", NOON) == Progress(done=1, left=0)
    assert slots.progress(store, "main", "ana", NOON) == Progress(done=0, left=1)


def test_deferring_again_goes_behind_the_other_deferred_ones(store: Store) -> None:
    fill_queue(store, 3)
    for minute in range(3):
        claim = take(store, "ana")[0]
        slots.defer(store, claim.slot_id, "ana", claim.token, after(minutes=minute))
    again = take(store, "ana")[0]
    assert again.trace_id == "t-000"
    slots.defer(store, again.slot_id, "ana", again.token, after(minutes=9))
    assert finish_all(store, "ana") == ["t-001", "t-002", "t-000"]


def test_only_the_holder_defers(store: Store) -> None:
    fill_queue(store, 1)
    claim = take(store, "ana")[0]
    for reviewer, token in (("ben", claim.token), ("ana", "another")):
        with pytest.raises(LeaseLost):
            slots.defer(store, claim.slot_id, reviewer, token, NOON)


def test_an_old_token_is_worth_nothing_after_deferring(store: Store) -> None:
    fill_queue(store, 1)
    claim = take(store, "ana")[0]
    slots.defer(store, claim.slot_id, "ana", claim.token, NOON)
    with pytest.raises(LeaseLost):
        close(store, claim, "ana")


# ---- skipped, cannot judge, wrong context


def test_a_skipped_slot_is_closed_for_one_and_open_for_the_others(store: Store) -> None:
    fill_queue(store, 1)
    close(store, take(store, "ana")[0], "ana", "skipped")
    assert take(store, "ana") == ()
    assert counted(store) == {"skipped": 1, "open": 1}
    assert finish_all(store, "ben") == ["t-000"]
    assert counted(store) == {"skipped": 1, "done": 1}


def test_everybody_may_skip(store: Store) -> None:
    fill_queue(store, 2, reviews_per_trace=2)
    names = ["ana", "ben", "cleo", "dov"]
    for name in names:
        assert finish_all(store, name, "skipped") == ["t-000", "t-001"]
    assert counted(store) == {"skipped": 8, "open": 4}
    assert unseen(store, "nobody yet") == {"t-000", "t-001"}


@pytest.mark.parametrize("outcome", ["judged", "cannot_judge", "wrong_context"])
def test_an_outcome_closes_and_is_counted(store: Store, outcome: str) -> None:
    fill_queue(store, 1)
    close(store, take(store, "ana")[0], "ana", outcome)
    assert take(store, "ben") == ()
    assert slots.states(store, "main")[["state", "outcome"]].values.tolist() == [["done", outcome]]


# ---- assigned


def test_an_assigned_slot_is_offered_to_that_person_only(store: Store) -> None:
    fill_queue(store, 2)
    assert slots.assign(store, "main", ["t-000"], "ana") == 1
    assert finish_all(store, "ben") == ["t-001"]
    assert finish_all(store, "ana") == ["t-000"]


def test_an_assignment_can_be_taken_back(store: Store) -> None:
    fill_queue(store, 1)
    slots.assign(store, "main", ["t-000"], "ana")
    assert slots.assign(store, "main", ["t-000"], None) == 1
    assert slots.assign(store, "main", ["t-000"], None) == 0
    assert finish_all(store, "ben") == ["t-000"]


def test_of_two_slots_one_is_assigned(store: Store) -> None:
    fill_queue(store, 1, reviews_per_trace=2)
    assert slots.assign(store, "main", ["t-000", "t-000"], "ana") == 1
    assert slots.assign(store, "main", ["t-000"], "ana") == 0
    assert counted(store) == {"assigned": 1, "open": 1}
    assert finish_all(store, "ben") == finish_all(store, "ana") == ["t-000"]


def test_nothing_is_taken_from_who_holds_it_or_asked_of_who_answered(store: Store) -> None:
    fill_queue(store, 2, reviews_per_trace=1)
    take(store, "ana")
    assert slots.assign(store, "main", ["t-000"], "ben") == 0
    close(store, take(store, "ana")[0], "ana", "skipped")
    assert slots.assign(store, "main", ["t-000"], "ana") == 0
    assert slots.assign(store, "main", ["t-000"], "ben") == 1


# ---- skills


@pytest.mark.parametrize(
    ("skills", "offered"),
    [
        pytest.param(None, ["t-000", "t-001", "t-002"], id="nobody listed: everything"),
        pytest.param((), ["t-002"], id="no skill"),
        pytest.param(("legal",), ["t-000", "t-002"], id="one"),
        pytest.param(("legal", "de", "fr"), ["t-000", "t-001", "t-002"], id="all and more"),
    ],
)
def test_skills_decide_what_is_offered(store: Store, skills: tuple[str, ...] | None, offered: list[str]) -> None:
    fill_queue(store, 3)
    need_skill(store, "t-000", "legal")
    need_skill(store, "t-001", "de")
    rules = Rules(skills=skills)
    assert slots.progress(store, "main", "ana", NOON, rules).left == len(offered)
    assert finish_all(store, "ana", rules=rules) == offered


def test_a_skipped_slot_still_needs_its_skill(store: Store) -> None:
    fill_queue(store, 1)
    need_skill(store, "t-000", "legal")
    close(store, take(store, "ana")[0], "ana", "skipped")
    assert take(store, "ben", rules=Rules(skills=())) == ()


# ---- leases


def test_a_heartbeat_renews_a_lease_and_wakes_no_dead_one(store: Store) -> None:
    fill_queue(store, 1)
    claim = take(store, "ana")[0]
    slots.renew(store, "main", "ana", NOON + LEASE / 2)
    assert slots.claim(store, "main", "ben", 1, NOON + LEASE * 1.2) == ()
    slots.renew(store, "main", "ana", NOON + LEASE * 2)
    taken = slots.claim(store, "main", "ben", 1, NOON + LEASE * 2)[0]
    assert taken.slot_id == claim.slot_id


@pytest.mark.parametrize("deferred", [False, True], ids=["held", "deferred"])
def test_a_released_slot_is_anybodys_and_a_late_answer_is_refused(store: Store, deferred: bool) -> None:
    fill_queue(store, 1)
    claim = take(store, "ana")[0]
    if deferred:
        slots.defer(store, claim.slot_id, "ana", claim.token, NOON)
    assert slots.release(store, "main", claim.slot_id)
    assert not slots.release(store, "main", claim.slot_id)
    with pytest.raises(LeaseLost):
        close(store, claim, "ana")
    assert finish_all(store, "ben") == ["t-000"]
    assert not slots.release(store, "main", claim.slot_id)


# ---- by hand


def test_hand_picked_traces_come_after_the_drawn_ones_in_their_order(store: Store) -> None:
    fill_queue(store, 3)
    assert finish_all(store, "ana") == ["t-000", "t-001", "t-002"]
    assert new_slots.by_hand(store, "main", {"t-002": None, "t-000": None}, "lea", NOON) == 2
    fill_queue(store, 4, queue="other")
    with store.write() as write:
        write.run("UPDATE slot SET queue = 'main', home = 'main' WHERE queue = 'other' AND trace_id = 't-003'")
    assert finish_all(store, "ben") == ["t-003", "t-002", "t-000"]


def test_what_waits_is_not_sent_twice(store: Store) -> None:
    fill_queue(store, 2)
    assert new_slots.by_hand(store, "main", {"t-000": None}, "lea", NOON) == 0
    close(store, take(store, "ana")[0], "ana")
    assert new_slots.by_hand(store, "main", {"t-000": None}, "lea", NOON) == 1
    assert new_slots.by_hand(store, "main", {"t-000": None}, "lea", NOON) == 0
    assert slots.states(store, "main")["origin"].tolist() == ["draw", "draw", "hand_picked"]


# ---- repeats


def test_a_share_of_ones_own_reviews_comes_back_after_a_while(store: Store) -> None:
    fill_queue(store, 4)
    finish_all(store, "ana")
    assert slots.claim(store, "main", "ana", 9, after(days=13), OFTEN) == ()
    # 4 reviews at a share of .5: two repeats, one a claim, and never a third.
    given = []
    for _ in range(4):
        for claim in slots.claim(store, "main", "ana", 1, LATER, OFTEN):
            given.append(claim)
            close(store, claim, "ana", days=20)
    assert [claim.trace_id for claim in given] == ["t-000", "t-001"]
    frame = reviews.frame(store).dropna(subset=["repeat_of"])
    firsts = reviews.frame(store).set_index("review_id")["trace_id"]
    assert frame["repeat_of"].map(firsts).tolist() == frame["trace_id"].tolist() == ["t-000", "t-001"]


def test_nothing_tells_a_repeat(store: Store) -> None:
    fill_queue(store, 2)
    finish_all(store, "ana")
    claim = slots.claim(store, "main", "ana", 1, LATER, OFTEN)[0]
    assert claim.slot_id == "main/t-000/1"  # what a second reviewer's slot is called
    assert slots.progress(store, "main", "ana", LATER, OFTEN) == Progress(done=2, left=1)
    assert slots.claim(store, "main", "ana", 1, LATER, OFTEN) == (claim,)


def test_a_repeat_is_nobody_elses_and_keeps_no_trace_waiting(store: Store) -> None:
    fill_queue(store, 2)
    finish_all(store, "ana")
    assert slots.claim(store, "main", "ana", 1, LATER, OFTEN)
    assert slots.claim(store, "main", "ben", 9, LATER + LEASE * 2, OFTEN) == ()
    assert unseen(store, "nobody yet") == set()


@pytest.mark.parametrize("outcome", ["cannot_judge", "wrong_context", "skipped"])
def test_only_judged_reviews_are_repeated(store: Store, outcome: str) -> None:
    fill_queue(store, 4)
    finish_all(store, "ana", outcome)
    assert slots.claim(store, "main", "ana", 9, LATER, OFTEN) == ()


def test_reviews_of_another_rubric_are_not_repeated(store: Store) -> None:
    fill_queue(store, 4)
    finish_all(store, "ana")
    rules = Rules(repeats=OFTEN.repeats, rubric_version="another")
    assert slots.claim(store, "main", "ana", 9, LATER, rules) == ()


def test_a_repeat_comes_among_others(store: Store) -> None:
    fill_queue(store, 8)
    for claim in take(store, "ana", 4):
        close(store, claim, "ana")
    offered = slots.claim(store, "main", "ana", 3, LATER, OFTEN)
    assert sorted(claim.trace_id for claim in offered) == ["t-000", "t-004", "t-005"]


# ---- states and counters


def test_states_and_progress_tell_one_story(store: Store) -> None:
    fill_queue(store, 8)
    ana = take(store, "ana", 3)
    close(store, ana[0], "ana")
    close(store, ana[1], "ana", "skipped")
    slots.defer(store, ana[2].slot_id, "ana", ana[2].token, NOON)
    slots.assign(store, "main", ["t-006"], "ben")
    take(store, "cleo")
    found = slots.states(store, "main")
    # t-000 done, t-001 skipped (and open again, and cleo has that), t-002 deferred, t-006 assigned
    assert Counter(found["state"]) == {"done": 1, "skipped": 1, "deferred": 1, "assigned": 1, "leased": 1, "open": 4}
    assert set(found["state"]) <= set(slots.STATES)
    assert slots.progress(store, "main", "ana", NOON) == Progress(done=2, left=1 + 4)
    assert slots.progress(store, "main", "ben", NOON) == Progress(done=0, left=4 + 1)


def test_what_is_left_is_what_one_gets(store: Store) -> None:
    """For each person, after a bit of everything: the counter says exactly how many items will still come."""
    fill_queue(store, 12, reviews_per_trace=2)
    need_skill(store, "t-003", "legal")
    slots.assign(store, "main", ["t-004", "t-005"], "ana")
    new_slots.by_hand(store, "main", {"t-001": None}, "lea", NOON)
    for name, outcome in (("ana", "skipped"), ("ben", "judged"), ("cleo", "wrong_context")):
        for claim in take(store, name, 3)[:2]:
            close(store, claim, name, outcome)
        last = take(store, name)[0]
        slots.defer(store, last.slot_id, name, last.token, NOON)
    for name, rules in (("ana", Rules(skills=())), ("ben", Rules(skills=("legal",))), ("dov", Rules())):
        left = slots.progress(store, "main", name, NOON, rules).left
        assert len(finish_all(store, name, rules=rules)) == left
        assert slots.progress(store, "main", name, NOON, rules).left == 0


def test_people_who_skip_defer_and_release_at_once_never_answer_a_trace_twice(store: Store) -> None:
    fill_queue(store, 24, reviews_per_trace=2)
    failures: list[BaseException] = []

    def work(reviewer: str, number: int) -> None:
        try:
            for turn in range(200):
                claims = take(store, reviewer)
                if not claims:
                    break
                claim, what = claims[0], (turn + number) % 5
                try:
                    if what == 0:
                        slots.defer(store, claim.slot_id, reviewer, claim.token, NOON + timedelta(seconds=turn))
                    elif what == 1:
                        slots.release(store, "main", claim.slot_id)
                    else:
                        outcome = "skipped" if what == 2 and turn < 10 else "judged"
                        reviews.submit(store, answer(claim, reviewer, outcome), claim.token)
                except LeaseLost:
                    continue  # released, or answered in this person's other tab
        except BaseException as fault:  # noqa: BLE001  a thread's failure must fail the test
            failures.append(fault)
        finally:
            store.close()

    names = ("ana", "ben", "cleo", "dov", "ana", "ben")
    threads = [threading.Thread(target=work, args=(name, number)) for number, name in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    twice = store.rows("SELECT trace_id, reviewer FROM review GROUP BY trace_id, reviewer HAVING count(*) > 1")
    assert twice == []
    closed = counted(store)
    assert closed["done"] + closed["skipped"] == count(store, "review")
    # Every skipped slot has been replaced: 48 needed reviews, whatever happened.
    assert closed.total() - closed["skipped"] == 48
