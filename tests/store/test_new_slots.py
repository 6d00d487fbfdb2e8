"""What drawn traces need, made into slots: only ever added, whatever the plan says next. On both engines."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from review_app.store import draws, new_slots, reviews, slots
from review_app.store.draws import Draw
from review_app.store.engine import Store
from review_app.store.reviews import StoredReview

from ..builders import NOON, RUBRIC, a_trace, fill_queue, keep
from .rows import count


def needs(**reviews_of: int) -> pd.DataFrame:
    """Drawn traces and how many people are to review them; t_000 stands for t-000."""
    names = [name.replace("_", "-") for name in reviews_of]
    skill = pd.Series([None] * len(names), dtype=object)
    return pd.DataFrame({"trace_id": names, "queue_order": names, "reviews": list(reviews_of.values()), "skill": skill})


def slots_of(store: Store) -> dict[str, int]:
    found = slots.states(store, "main")
    return found[found["state"] != "skipped"].groupby("trace_id").size().to_dict()


def imported(trace_id: str, reviewer: str, **changes: Any) -> StoredReview:
    values: dict[str, Any] = {"rubric_version": RUBRIC.version, "outcome": "judged", "at": NOON} | changes
    return StoredReview(review_id=f"{trace_id}/{reviewer}", trace_id=trace_id, reviewer=reviewer, **values)


@pytest.mark.parametrize(
    ("first", "then", "made", "held"),
    [
        pytest.param(1, 2, 1, 2, id="raised"),
        pytest.param(1, 1, 0, 1, id="the same"),
        pytest.param(3, 1, 0, 3, id="lowered: they stay"),
        pytest.param(2, 4, 2, 4, id="raised by two"),
    ],
)
def test_the_overlap_changes(store: Store, first: int, then: int, made: int, held: int) -> None:
    fill_queue(store, 1, reviews_per_trace=first)
    assert draws.top_up(store, "main", needs(t_000=then)) == made
    assert draws.top_up(store, "main", needs(t_000=then)) == 0
    assert slots_of(store) == {"t-000": held}


def test_slots_added_later_keep_the_traces_place_in_the_queue(store: Store) -> None:
    fill_queue(store, 3)
    draws.top_up(store, "main", needs(t_001=2))
    assert slots.states(store, "main")["slot_id"].tolist() == [
        "main/t-000/0", "main/t-001/0", "main/t-001/1", "main/t-002/0",
    ]  # fmt: skip


def test_a_review_from_elsewhere_uses_a_slot_and_counts_once(store: Store) -> None:
    fill_queue(store, 1, reviews_per_trace=2)
    reviews.add(store, [imported("t-000", "ana")])
    assert draws.top_up(store, "main", needs(t_000=2)) == 0
    assert draws.top_up(store, "main", needs(t_000=3)) == 1


@pytest.mark.parametrize(
    ("outcome", "held"),
    [
        pytest.param("judged", 1, id="one of two is there"),
        pytest.param("wrong_context", 1, id="an answer too"),
        pytest.param("skipped", 2, id="no answer"),
    ],
)
def test_reviews_before_the_draw_count(store: Store, outcome: str, held: int) -> None:
    fill_queue(store, 1, queue="other")
    reviews.add(store, [imported("t-000", "ana", outcome=outcome)])
    rows = needs(t_000=2).assign(stratum="x", eligible="random", reasons="random", inclusion_probability=1.0)
    draw = Draw(
        draw_id="main-1", queue="main", number=1, salt="s", rates={}, frame_size=1, eligible={}, verdict_counts={},
        flag_rule="", frame="", at=NOON,
    )  # fmt: skip
    assert draws.save(store, draw, rows) == 1
    assert slots_of(store) == {"t-000": held}


def reviewed(store: Store, reviewer: str) -> str:
    """The next item of this reviewer, reviewed; the id of the review."""
    claim = slots.claim(store, "main", reviewer, 1, NOON)[0]
    given = imported(claim.trace_id, reviewer).__dict__ | {"review_id": f"{claim.slot_id}:{claim.token}"}
    reviews.submit(store, StoredReview(**given | {"slot_id": claim.slot_id}), claim.token)
    return str(given["review_id"])


def test_what_was_answered_by_hand_counts_once_its_turn_in_the_draw_has_come(store: Store) -> None:
    fill_queue(store, 3)
    assert draws.send_urgent(store, "main", {"t-001"}, NOON) == 1
    urgent = reviewed(store, "ana")
    assert new_slots.by_hand_alone(store, "main") == {urgent}
    reviewed(store, "ana")  # t-000
    assert new_slots.by_hand_alone(store, "main") == {urgent}
    reviewed(store, "ana")  # t-002: t-001 was passed over
    assert new_slots.by_hand_alone(store, "main") == set()
    assert new_slots.hand_picked_reviews(store) == {urgent}
    # Where the draw has its own review, that one speaks.
    reviewed(store, "ben")  # t-001, the only one left
    assert new_slots.by_hand_alone(store, "main") == {urgent}


def test_a_hand_picked_review_does_not_stand_for_a_drawn_one(store: Store) -> None:
    fill_queue(store, 1, queue="other")
    new_slots.by_hand(store, "main", {"t-000": None}, "lea", NOON)
    claim = slots.claim(store, "main", "ana", 1, NOON)[0]
    review = imported("t-000", "ana")
    by_hand = StoredReview(
        **{**review.__dict__, "review_id": f"{claim.slot_id}:{claim.token}", "slot_id": claim.slot_id}
    )
    reviews.submit(store, by_hand, claim.token)
    assert new_slots.hand_picked_reviews(store) == {by_hand.review_id}
    rows = needs(t_000=1).assign(stratum="x", eligible="random", reasons="random", inclusion_probability=1.0)
    draw = Draw(
        draw_id="main-1", queue="main", number=1, salt="s", rates={}, frame_size=1, eligible={}, verdict_counts={},
        flag_rule="", frame="", at=NOON,
    )  # fmt: skip
    draws.save(store, draw, rows)
    assert slots.claim(store, "main", "ana", 1, NOON) == ()
    assert slots.claim(store, "main", "ben", 1, NOON)[0].trace_id == "t-000"


def test_a_skill_asked_later_holds_for_what_still_waits(store: Store) -> None:
    fill_queue(store, 2)
    reviews.add(store, [imported("t-000", "ana")])
    draws.top_up(store, "main", needs(t_000=1, t_001=1).assign(skill="legal"))
    found = slots.states(store, "main").dropna(subset=["skill"])
    assert dict(zip(found["trace_id"], found["skill"], strict=True)) == {"t-001": "legal"}
    assert new_slots.skill_of(store, "main") == {"t-001": "legal"}


def test_a_trace_id_with_slashes(store: Store) -> None:
    keep(store, [a_trace("a/b/7")])
    assert new_slots.by_hand(store, "main", {"a/b/7": None}, "lea", NOON) == 1
    claim = slots.claim(store, "main", "ana", 1, NOON)[0]
    assert (claim.slot_id, claim.trace_id) == ("main/a/b/7/0", "a/b/7")


def test_asked_otherwise(store: Store) -> None:
    fill_queue(store, 1)
    reviews.add(store, [imported("t-000", "ana")])
    assert new_slots.asked_otherwise(store, RUBRIC.version) == set()
    assert new_slots.asked_otherwise(store, "next") == {"t-000"}
    assert count(store, "slot") == 1


def test_a_hand_may_ask_several_people(store: Store) -> None:
    fill_queue(store, 1)
    assert new_slots.by_hand(store, "ab-x", {"t-000": None}, "lea", NOON, reviews=3) == 3
    assert new_slots.by_hand(store, "ab-x", {"t-000": None}, "lea", NOON, reviews=3) == 0
    assert [slots.claim(store, "ab-x", name, 3, NOON)[0].trace_id for name in ("ana", "ben", "eva")] == ["t-000"] * 3
    assert slots.claim(store, "ab-x", "ana", 3, NOON)[1:] == ()
