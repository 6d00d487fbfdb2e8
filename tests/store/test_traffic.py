"""Counts of a whole frame, made by the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from review_app.sampling.plan import Frame
from review_app.store import candidates, reviews, slots, traces, traffic, verdicts
from review_app.store.engine import Store
from review_app.store.prepared import prepare
from review_app.store.traffic import Panel, Scope, Traffic

from ..builders import NOON, a_trace, a_verdict, fill_queue, keep
from .test_slots import review

PANEL = Panel(
    criterion="good_enough", judges=(("judge-a", "1"), ("judge-b", "2")), labels=("pass", "fail"), bad=("fail",)
)
EVERYTHING = Scope()


@pytest.fixture
def full(store: Store) -> Store:
    """t-1 to t-4, a week apart, the last in German; a and b agree on t-1 and t-2, b is silent on t-4."""
    weekly = [replace(a_trace(f"t-{n}"), at=NOON + timedelta(weeks=n), prompt_version=f"p{n % 2}") for n in range(1, 4)]
    keep(store, [*weekly, a_trace("t-4", at=None, language="de")])
    said = {"judge-a": "fail pass pass fail", "judge-b": "fail pass fail"}
    versions = {"judge-a": "1", "judge-b": "2"}
    verdicts.save(
        store,
        [
            a_verdict(f"t-{n}", label, judge=judge, judge_version=versions[judge])
            for judge, labels in said.items()
            for n, label in enumerate(labels.split(), 1)
        ]
        + [a_verdict("t-4", None, judge="judge-b", judge_version="2", status="refused")],
    )
    return store


def test_size(full: Store) -> None:
    found = traffic.size(full, EVERYTHING)
    assert (found.traces, found.since, found.last) == (4, NOON + timedelta(weeks=1), NOON + timedelta(weeks=3))


def test_size_of_nothing(store: Store) -> None:
    found = traffic.size(store, EVERYTHING)
    assert (found.traces, found.since, found.last) == (0, None, None)
    assert Traffic(store, EVERYTHING).labels().empty
    assert Traffic(store, EVERYTHING).patterns(PANEL) == {}


@pytest.mark.parametrize(
    ("scope", "a_failed"),
    [
        pytest.param(EVERYTHING, 2, id="everything"),
        pytest.param(Scope(frame=Frame(language=("en",))), 1, id="language"),
        pytest.param(Scope(frame=Frame(language=("en", "de"), route=("returns",))), 2, id="two values and a route"),
        pytest.param(Scope(frame=Frame(since=NOON + timedelta(weeks=2))), 0, id="since: no time is not late"),
        pytest.param(Scope(frame=Frame(until=NOON + timedelta(weeks=2))), 1, id="until"),
        pytest.param(Scope(until=NOON - timedelta(seconds=1)), 0, id="stored before"),
    ],
)
def test_labels(full: Store, scope: Scope, a_failed: int) -> None:
    asked = "judge == 'judge-a' and label == 'fail'"
    assert Traffic(full, scope).labels().query(asked)["n"].sum() == a_failed
    assert candidates.said(full, scope.frame, scope.until).query(asked)["n"].sum() == a_failed


def test_labels_keep_what_is_no_answer_apart(full: Store) -> None:
    b = Traffic(full, EVERYTHING).labels().query("judge == 'judge-b'").groupby("status")["n"].sum()
    assert (b["ok"], b["refused"]) == (3, 1)


def test_a_week_begins_on_monday(store: Store) -> None:
    # 6 September 2026 is a Sunday.
    sunday = datetime(2026, 9, 6, 23, 59, tzinfo=UTC)
    keep(store, [a_trace("t-1", at=sunday), a_trace("t-2", at=sunday + timedelta(minutes=2))])
    verdicts.save(store, [a_verdict("t-1"), a_verdict("t-2")])
    weeks = sorted(Traffic(store, EVERYTHING).labels()["week"])
    assert weeks[1] - weeks[0] == 1


def test_reviewed(store: Store) -> None:
    fill_queue(store, 3)
    now = NOON
    held = slots.claim(store, "main", "ana", 2, now)
    assert traffic.reviewed(store, EVERYTHING).empty
    for one in held:
        reviews.submit(store, review(one, "ana"), one.token)
    found = traffic.reviewed(store, EVERYTHING)
    assert found["trace_id"].tolist() == ["t-000", "t-001"]
    assert found["at"].tolist() == [NOON, NOON]
    assert traffic.reviewed(store, Scope(frame=Frame(route=("other",)))).empty


def failed(store: Store) -> int:
    """How often judge-a failed something, as it is counted now."""
    found = Traffic(store, EVERYTHING).labels()
    return int(found.query("judge == 'judge-a' and label == 'fail'")["n"].sum())


def spoil(store: Store) -> None:
    """Make every kept count 100 too high, so that what is kept can be told from what is counted."""
    kept = store.frame("SELECT asked, body FROM traffic_count")
    with store.write() as write:
        for asked, body in kept.itertuples(index=False):
            told = orjson.loads(body)
            told["n"] = [n + 100 for n in told["n"]]
            write.run(
                "UPDATE traffic_count SET body = :body WHERE asked = :asked",
                body=orjson.dumps(told).decode(),
                asked=asked,
            )


LATER = NOON + timedelta(days=1)


def test_counts_are_kept_and_what_is_new_is_added(full: Store) -> None:
    assert failed(full) == 2
    spoil(full)
    # t-1 and t-4, in different weeks: two rows of the count, each 100 too high.
    assert failed(full) == 202
    traces.save(full, [prepare(a_trace("t-5"))], LATER)
    verdicts.save(full, [a_verdict("t-5", "fail")])
    assert failed(full) == 203
    assert failed(full) == 203


@pytest.mark.parametrize("what", ["a verdict on a known trace", "another version", "a trace of the same moment"])
def test_anything_else_that_is_new_makes_all_be_counted_again(full: Store, what: str) -> None:
    failed(full)
    spoil(full)
    if what == "a verdict on a known trace":
        verdicts.save(full, [a_verdict("t-2", criterion="other")])
    elif what == "another version":
        traces.save(full, [prepare(a_trace("t-4", at=NOON, language="fr"))], LATER)
    else:
        keep(full, [a_trace("t-5")])
        verdicts.save(full, [a_verdict("t-5", "pass")])
    assert failed(full) == 2


def test_a_panel_is_added_to(full: Store) -> None:
    assert Traffic(full, EVERYTHING).patterns(PANEL)[True, True] == 1
    traces.save(full, [prepare(a_trace("t-5"))], LATER)
    verdicts.save(full, [a_verdict("t-5", "fail"), a_verdict("t-5", "fail", judge="judge-b", judge_version="2")])
    spoil(full)
    assert Traffic(full, EVERYTHING).patterns(PANEL) == {(True, True): 102, (False, False): 101, (False, True): 101}


def test_patterns_of_a_panel(full: Store) -> None:
    assert Traffic(full, EVERYTHING).patterns(PANEL) == {(True, True): 1, (False, False): 1, (False, True): 1}
    german = Scope(frame=Frame(language=("de",)))
    assert Traffic(full, german).patterns(PANEL) == {}
