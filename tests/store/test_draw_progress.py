"""How far what each draw added is reviewed. On both engines."""

from __future__ import annotations

from review_app.store import draws, reviews, slots
from review_app.store.draw_progress import DrawProgress, draw_progress, unanswered
from review_app.store.engine import Store
from review_app.store.reviews import StoredReview

from ..builders import NOON, RUBRIC, fill_queue


def test_traces_and_reviews_are_counted_apart(store: Store) -> None:
    fill_queue(store, 3, reviews_per_trace=2)
    said = [("t-000", "ana"), ("t-000", "ben"), ("t-001", "ana")]
    reviews.add(
        store,
        [
            StoredReview(
                review_id=f"{trace_id}/{name}", trace_id=trace_id, reviewer=name, rubric_version=RUBRIC.version,
                outcome="judged", at=NOON,
            )
            for trace_id, name in said
        ],
    )  # fmt: skip
    assert draw_progress(store, "main") == {"main-1": DrawProgress(traces=3, reviewed=2, needed=6, done=3)}


def test_another_queue_is_not_counted(store: Store) -> None:
    fill_queue(store, 2)
    assert draw_progress(store, "other") == {}


def test_a_draw_nobody_answered(store: Store) -> None:
    fill_queue(store, 2)
    assert draws.send_urgent(store, "main", {"t-001"}, NOON) == 1
    assert unanswered(store, "main") == {"main-1"}
    for answered, left in (("t-001", {"main-1"}), ("t-000", set())):
        claim = slots.claim(store, "main", "ana", 1, NOON)[0]
        given = StoredReview(
            review_id=f"{claim.slot_id}:{claim.token}", slot_id=claim.slot_id, trace_id=answered, reviewer="ana",
            rubric_version=RUBRIC.version, outcome="judged", at=NOON,
        )  # fmt: skip
        reviews.submit(store, given, claim.token)
        # What was urgent says nothing of the draw.
        assert unanswered(store, "main") == left
    assert unanswered(store, "other") == set()
