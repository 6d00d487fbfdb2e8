"""Reviews: only ever added. A review from our queue has the id `slot:token`, so a retry finds itself already stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
import pandas as pd
from pydantic import TypeAdapter

from review_app import tables
from review_app.errors import LeaseLost, NotAllowed
from review_app.review.answer import Assertion
from review_app.review.blind import Draft
from review_app.review.spans import Span
from review_app.store import slots
from review_app.store.blindness import TO_COME
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, Write

_DRAFT = TypeAdapter(Draft)
_REVIEW = (
    "INSERT INTO review VALUES (:review_id, :slot_id, :trace_id, :trace_version, :reviewer, :rubric_version, :outcome, "
    ":note, :correction, :assisted, :repeat_of, :inclusion_probability, :source, :seconds, :at, :beside) "
    "ON CONFLICT (review_id) DO NOTHING RETURNING review_id"
)
_ANSWER = "INSERT INTO answer VALUES (:review_id, :criterion, :label, :score, :missing)"
_DETAIL = "INSERT INTO answer_detail VALUES (?, ?, ?, ?)"
_SPAN = "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ASSERTION = "INSERT INTO assertion VALUES (?, ?, ?, ?)"
# The answer that is somebody's own: blind, the first time they were asked under the latest rubric they answered.
_OWN = (
    "SELECT r.review_id, r.outcome, r.rubric_version FROM review r WHERE r.trace_id = :trace_id "
    "AND r.reviewer = :person AND r.assisted = 0 AND r.outcome <> 'skipped' "
)
_LATEST = "ORDER BY CASE WHEN r.repeat_of IS NULL THEN 0 ELSE 1 END, r.at DESC, r.review_id DESC LIMIT 1"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One label; None where it is missing, with the reason. shown: of a pair, what stood at A and at B."""

    label: str | None
    score: float | None = None
    missing: str | None = None
    shown: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnReview:
    """What somebody's own review of a trace came to. labels: criterion -> label."""

    review_id: str
    outcome: str
    rubric_version: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class StoredReview:
    """A review as it is kept. slot_id and inclusion_probability: one of them or none (imported, unknown design).

    notes: criterion -> a word on that answer. assisted: given after the verdicts were shown. beside: criterion -> what
    the tool it comes from recorded besides."""

    review_id: str
    trace_id: str
    reviewer: str
    rubric_version: str
    outcome: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    slot_id: str | None = None
    note: str = ""
    correction: str | None = None
    assisted: bool = False
    inclusion_probability: float | None = None
    source: str = "desk"
    seconds: float | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    at: datetime


def submit(store: Store, review: StoredReview, token: str) -> bool:
    """Store a review of a held slot; False when exactly this submission had been stored before.

    Where the slot is a hidden repeat, the review names the one it repeats. Raises LeaseLost when the slot is no longer
    theirs: nothing is stored then."""
    assert review.slot_id is not None, "a submission answers a slot"
    with store.write() as write:
        if slots.finish(write, review.slot_id, review.reviewer, token, review.outcome) is None:
            known = "SELECT reviewer FROM review WHERE review_id = :review_id"
            stored = write.run(known, review_id=review.review_id)
            if stored and stored[0]["reviewer"] == review.reviewer:
                return False
            raise LeaseLost(
                "The time for this trace ran out and it was given to somebody else.",
                do="Your text is kept: copy what you need and go on with the next one.",
            )
        slot = write.run("SELECT repeat_of FROM slot WHERE slot_id = :slot_id", slot_id=review.slot_id)
        _insert(write, review, slot[0]["repeat_of"])
        write.run(
            "DELETE FROM draft WHERE reviewer = :reviewer AND trace_id = :trace_id",
            reviewer=review.reviewer,
            trace_id=review.trace_id,
        )
    return True


def amend(store: Store, review: StoredReview, token: str) -> bool:
    """Store a second, assisted answer beside their own, which stays; False when exactly this one was stored before.

    Its id is made here, of their own review's and the browser's token. Raises NotAllowed where there is none."""
    with store.write() as write:
        own = write.run(f"{_OWN} {_LATEST}", trace_id=review.trace_id, person=review.reviewer)
        if not own:
            raise NotAllowed(
                f"{review.reviewer} has not reviewed {review.trace_id}.", do="Answer it first; then it can be changed."
            )
        return _insert(write, replace(review, slot_id=None, review_id=f"{own[0]['review_id']}:{token}", assisted=True))


def add(store: Store, reviews: Sequence[StoredReview]) -> int:
    """Store reviews given elsewhere, in one transaction; how many were new. Each uses up an open slot of its trace."""
    new = 0
    with store.write() as write:
        for review in reviews:
            if _insert(write, review):
                slots.settle_from_elsewhere(write, review.trace_id, review.reviewer)
                new += 1
    return new


def frame(store: Store) -> pd.DataFrame:
    """The reviews frame (tables.REVIEWS) plus `missing`, `correction`, `inclusion_probability`, `source` and `known`,
    the settled case of a known answer, else NA.

    `repeat_of` names the review this one repeats, or the settled case whose known answer it was held against: neither
    counts as a further opinion. A review without any answer (it could not be judged) has one row, its criterion NA."""
    found = store.frame(
        "SELECT r.review_id, r.trace_id, r.reviewer, r.rubric_version, a.criterion, a.label, a.score, r.note, "
        "r.outcome, r.assisted, coalesce(r.repeat_of, s.known) AS repeat_of, r.at, r.seconds, a.missing, r.correction, "
        "r.inclusion_probability, r.source, s.known "
        "FROM review r LEFT JOIN answer a ON a.review_id = r.review_id "
        "LEFT JOIN slot s ON s.slot_id = r.slot_id ORDER BY r.at, r.review_id, a.criterion"
    )
    tables.require(found, tables.REVIEWS, "reviews")
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True), assisted=found["assisted"] == 1)


def of_trace(store: Store, trace_id: str) -> list[Row]:
    """One row per answer ever given on one trace, oldest review first: review_id, reviewer, rubric_version, outcome,
    note, correction, assisted (0 or 1), repeat_of, criterion, label. Skipped reviews are not in it."""
    return store.rows(
        "SELECT r.review_id, r.reviewer, r.rubric_version, r.outcome, r.note, r.correction, r.assisted, "
        "coalesce(r.repeat_of, s.known) AS repeat_of, a.criterion, a.label FROM review r "
        "LEFT JOIN answer a ON a.review_id = r.review_id LEFT JOIN slot s ON s.slot_id = r.slot_id "
        "WHERE r.trace_id = :trace_id AND r.outcome <> 'skipped' ORDER BY r.at, r.review_id, a.criterion",
        trace_id=trace_id,
    )


def own(store: Store, reviewer: str, trace_id: str) -> OwnReview | None:
    """This person's own review of a trace: blind, no repeat, and the latest of those given under several rubrics. None
    if there is none, or they skipped it, and while the trace is to be answered by them once more."""
    found = store.rows(
        f"{_OWN} AND NOT EXISTS (SELECT 1 FROM slot s WHERE s.trace_id = r.trace_id AND {TO_COME}) {_LATEST}",
        trace_id=trace_id,
        person=reviewer,
    )
    if not found:
        return None
    return OwnReview(labels=labels_of(store, found[0]["review_id"]), **found[0])


def labels_of(store: Store, review_id: str) -> dict[str, str]:
    """criterion -> label of one review, in the order of their names."""
    rows = store.rows(
        "SELECT criterion, label FROM answer WHERE review_id = :review_id AND label IS NOT NULL ORDER BY criterion",
        review_id=review_id,
    )
    return {row["criterion"]: row["label"] for row in rows}


def of_others(store: Store, reviewer: str, trace_id: str, rubric_version: str) -> list[Row]:
    """What colleagues answered on a trace under one rubric, blind and for themselves, by name and each one's latest:
    review_id, reviewer, outcome, note, correction."""
    rows = store.rows(
        "SELECT r.review_id, r.reviewer, r.outcome, r.note, r.correction FROM review r "
        "LEFT JOIN slot s ON s.slot_id = r.slot_id WHERE r.trace_id = :trace_id AND r.reviewer <> :reviewer "
        "AND r.rubric_version = :version AND r.assisted = 0 AND r.outcome <> 'skipped' AND r.repeat_of IS NULL "
        "AND s.known IS NULL ORDER BY r.reviewer, r.at, r.review_id",
        trace_id=trace_id,
        reviewer=reviewer,
        version=rubric_version,
    )
    return list({row["reviewer"]: row for row in rows}.values())


def details(store: Store) -> pd.DataFrame:
    """One row per answer that has a word on it or was about a pair: review_id, criterion, note, shown."""
    return store.frame("SELECT review_id, criterion, note, shown FROM answer_detail ORDER BY review_id, criterion")


def spans(store: Store) -> pd.DataFrame:
    """One row per marked passage: review_id, number, criterion, place, start, stop, quote, label."""
    found = store.frame(
        "SELECT review_id, number, criterion, place, start_at, stop_at, quote, label FROM span "
        "ORDER BY review_id, number"
    )
    return found.rename(columns={"start_at": "start", "stop_at": "stop"})


def assertions(store: Store, review_id: str) -> list[Row]:
    """What a review asks of every acceptable answer, as {kind, text}."""
    rows = store.rows(
        "SELECT kind, body FROM assertion WHERE review_id = :review_id ORDER BY number", review_id=review_id
    )
    return [{"kind": row["kind"], "text": row["body"]} for row in rows]


def claims(store: Store) -> pd.DataFrame:
    """One row per claim on every acceptable answer, in the order given: review_id, kind (must, must_not), body."""
    return store.frame("SELECT review_id, kind, body FROM assertion ORDER BY review_id, number")


def save_draft(store: Store, reviewer: str, trace_id: str, draft: Draft, now: datetime) -> None:
    """Keep what a reviewer has typed so far; the newest replaces the one before."""
    with store.write() as write:
        write.run(
            "INSERT INTO draft VALUES (:reviewer, :trace_id, :body, :at) "
            "ON CONFLICT (reviewer, trace_id) DO UPDATE SET body = excluded.body, at = excluded.at",
            reviewer=reviewer,
            trace_id=trace_id,
            body=orjson.dumps(draft).decode(),
            at=microseconds(now),
        )


def drafts(store: Store, reviewer: str) -> dict[str, Draft]:
    """trace_id -> what this person has typed and not sent."""
    rows = store.rows("SELECT trace_id, body FROM draft WHERE reviewer = :reviewer", reviewer=reviewer)
    return {row["trace_id"]: _DRAFT.validate_json(row["body"]) for row in rows}


def _insert(write: Write, review: StoredReview, repeat_of: str | None = None) -> bool:
    row: Row = {
        "review_id": review.review_id,
        "slot_id": review.slot_id,
        "trace_id": review.trace_id,
        "trace_version": _current_version(write, review.trace_id),
        "reviewer": review.reviewer,
        "rubric_version": review.rubric_version,
        "outcome": review.outcome,
        "note": review.note,
        "correction": review.correction,
        "assisted": int(review.assisted),
        "repeat_of": repeat_of,
        "inclusion_probability": review.inclusion_probability,
        "source": review.source,
        "seconds": review.seconds,
        "at": microseconds(review.at),
        "beside": orjson.dumps(review.beside).decode() if review.beside else None,
    }
    if not write.run(_REVIEW, **row):
        return False
    write.many(
        _ANSWER,
        [
            {"review_id": review.review_id, "criterion": name, "label": a.label, "score": a.score, "missing": a.missing}
            for name, a in review.answers.items()
        ],
    )
    _insert_details(write, review)
    return True


def _insert_details(write: Write, review: StoredReview) -> None:
    own = review.review_id
    shown = {name: answer.shown for name, answer in review.answers.items() if answer.shown}
    names = [*shown, *(name for name in review.notes if name not in shown)]
    write.many(_DETAIL, [(own, name, review.notes.get(name, ""), shown.get(name, "")) for name in names])
    marked = enumerate(review.spans, 1)
    write.many(_SPAN, [(own, n, s.criterion, s.place, s.start, s.stop, s.quote, s.label) for n, s in marked])
    write.many(_ASSERTION, [(own, n, one.kind, one.text) for n, one in enumerate(review.assertions, 1)])


def _current_version(write: Write, trace_id: str) -> int:
    rows = write.run("SELECT version FROM trace WHERE trace_id = :trace_id", trace_id=trace_id)
    return int(rows[0]["version"])
