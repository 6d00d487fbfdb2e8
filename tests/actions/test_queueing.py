"""The queue between people, from the files of a project to the figures."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from review_app import actions
from review_app.agreement.report import AgreementReport
from review_app.errors import BadInput, NotAllowed, WrongUsage
from review_app.review.answer import Submission
from review_app.review.blind import BlindItem
from review_app.store import reviews, slots
from review_app.store.engine import Store

from .loop import answer, filled_project

PEOPLE = "people: {lea: lead, ana: reviewer, ben: {skills: [legal]}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return filled_project(tmp_path, traces=120, budget=40)


def plan(project: Path, extra: str, budget: int = 40) -> None:
    (project / "sampling.yaml").write_text(f"salt: s\nreviews: {budget}\n{extra}\n")


def people(project: Path) -> None:
    with (project / "project.yaml").open("a") as file:
        file.write(PEOPLE)


def opened(project: Path) -> Store:
    return Store(project / "review.db")


def states(project: Path) -> pd.DataFrame:
    return slots.states(opened(project), "main")


def wrongly(project: Path, reviewer: str) -> int:
    """Fail everything that is offered; how much that was."""
    n = 0
    while items := actions.desk(project, reviewer, want=1).items:
        answers = {"good_enough": "fail", "reason": "tone"}
        given = Submission(slot_id=items[0].slot_id, token=items[0].token, answers=answers, note="Rude.")
        assert actions.submit_review(project, reviewer, given).status == "saved"
        n += 1
    return n


def weighted(report: AgreementReport) -> list[dict[str, object]]:
    """Everything in a report that has to do with weights."""
    names = ("n", "counts", "cells", "metrics", "expected_missed", "blind_spots")
    return [{name: getattr(judge, name) for name in names} for judge in report.judges]


# ---- by hand


def test_hand_picked_reviews_change_no_estimate_and_are_counted(project: Path) -> None:
    answer(project, "ana", 20)
    before = actions.measure_agreement(project)
    known = states(project)
    # Five that were drawn and reviewed, five that no draw chose; what still waits is kept from ben.
    done = known.loc[known["state"] == "done", "trace_id"].tolist()[:5]
    others = [f"t-{n:04d}" for n in range(120) if f"t-{n:04d}" not in set(known["trace_id"])][:5]
    waiting = known.loc[known["state"] == "open", "trace_id"].tolist()
    actions.assign(project, "lea", waiting, "ana")
    assert actions.send_to_queue(project, "lea", done + others + waiting[:3]) == 10
    assert wrongly(project, "ben") == 10
    after = actions.measure_agreement(project)
    assert weighted(after) == weighted(before)
    by_hand = [one for one in after.excluded if "hand-picked" in one.reason]
    assert [(one.count, one.unit) for one in by_hand] == [(5, "reviews")]
    naive_only = [one for judge in after.judges for one in judge.excluded if "not from a draw" in one.reason]
    assert [(one.count, one.unit) for one in naive_only] == [(5, "traces")]


def test_an_unknown_trace_sends_nothing(project: Path) -> None:
    with pytest.raises(BadInput, match="1 of 2 traces are not stored: t-none"):
        actions.send_to_queue(project, "lea", ["t-0001", "t-none"])


def test_a_skipped_trace_is_not_reached(project: Path) -> None:
    answer(project, "ana", 10)
    before = weighted(actions.measure_agreement(project))
    item = actions.desk(project, "ana", want=1).items[0]
    skip = Submission(slot_id=item.slot_id, token=item.token, answers={}, outcome="skipped", note="Not my field.")
    assert actions.submit_review(project, "ana", skip).status == "saved"
    assert weighted(actions.measure_agreement(project)) == before
    assert (states(project)["state"] == "skipped").sum() == 1
    assert actions.desk(project, "ben", want=1).items[0].trace.trace_id == item.trace.trace_id


# ---- overlap


def test_more_overlap_adds_reviews_to_what_was_drawn(project: Path) -> None:
    plan(project, "overlap: {first: 10, share: 0}")
    drawn = len(states(project))
    done = actions.sample(project)
    assert (done.added, done.topped_up) == (0, 10)
    assert actions.sample(project).topped_up == 0
    per_trace = states(project).groupby("trace_id").size()
    assert per_trace.value_counts().to_dict() == {2: 10, 1: drawn - 10}
    # In the order of the queue: the first twenty slots belong to ten traces.
    assert states(project)["trace_id"].head(20).nunique() == 10
    plan(project, "")
    assert actions.sample(project).topped_up == 0
    assert len(states(project)) == drawn + 10


def test_the_overlap_starts_again_with_a_new_rubric(project: Path) -> None:
    plan(project, "overlap: {first: 6, share: 0}")
    actions.sample(project)
    answer(project, "ana", 4)
    rubric = (project / "rubric.yaml").read_text()
    (project / "rubric.yaml").write_text(rubric.replace("Good enough to send?", "Would you have sent it?"))
    # Of the six, four were judged by the old rubric and two wait with two slots: four more traces get a second one.
    assert actions.sample(project).topped_up == 4
    assert actions.sample(project).topped_up == 0


def test_two_people_and_agreement_still_counts_traces(project: Path) -> None:
    plan(project, "overlap: {first: 0, share: 1}")
    answer(project, "ana", 20)
    before = weighted(actions.measure_agreement(project))
    assert actions.sample(project).topped_up > 20
    answer(project, "ben", 10)  # truthfully, on traces that ana had, and so says the same
    assert weighted(actions.measure_agreement(project)) == before


def test_a_stratum_and_a_skill(project: Path) -> None:
    people(project)
    plan(project, "overlap: {first: 0, share: 0, strata: {returns: 2}}\nskills: {returns: legal}")
    assert actions.sample(project).topped_up == len(set(states(project)["trace_id"]))
    assert actions.desk(project, "ana").items == ()
    assert actions.desk(project, "ben", want=2).total == states(project)["trace_id"].nunique()
    with pytest.raises(NotAllowed, match="ana lacks legal"):
        actions.assign(project, "lea", [states(project)["trace_id"][0]], "ana")
    # Somebody's hand makes no exception.
    chosen = next(f"t-{n:04d}" for n in range(120) if f"t-{n:04d}" not in set(states(project)["trace_id"]))
    assert actions.send_to_queue(project, "lea", [chosen, chosen]) == 1
    assert actions.desk(project, "ana").items == ()


def test_a_slow_expert_queue_does_not_bend_the_weights(project: Path) -> None:
    """Half of the traces need an expert who has not begun: what the others did stands for the others, fully."""
    store = opened(project)
    expert = sorted(set(states(project)["trace_id"]))[::2]
    with store.write() as write:
        for trace_id in expert:
            write.run("UPDATE slot SET skill = 'legal' WHERE trace_id = :trace_id", trace_id=trace_id)
    people(project)
    rest = set(states(project)["trace_id"]) - set(expert)
    assert len(answer(project, "ana", 999)) == len(rest)
    report = actions.measure_agreement(project)
    drawn = {judge.n for judge in report.judges}
    assert drawn == {len(rest)}


# ---- roles at work


def test_what_is_assigned_released_and_put_off(project: Path) -> None:
    people(project)
    first = actions.desk(project, "ana", want=1).items[0]
    actions.defer(project, "ana", first.slot_id, first.token)
    actions.heartbeat(project, "ana")
    assert actions.desk(project, "ana", want=1).items[0].slot_id != first.slot_id
    actions.release_lease(project, "lea", first.slot_id)
    with pytest.raises(WrongUsage, match="Nobody holds"):
        actions.release_lease(project, "lea", first.slot_id)
    assert actions.assign(project, "lea", [first.trace.trace_id], "ben") == 1
    assert actions.desk(project, "ben", want=1).items[0].slot_id == first.slot_id
    with pytest.raises(NotAllowed, match="mallory"):
        actions.assign(project, "lea", [first.trace.trace_id], "mallory")


# ---- the team


def shape(item: BlindItem) -> dict[str, object]:
    """What reaches the page, without what differs between any two items."""
    return {name: type(value) for name, value in asdict(item).items() if name != "trace"}


def test_a_repeat_is_served_unseen_and_measured(project: Path) -> None:
    plan(project, "repeats: {share: 0.5, after_days: 0}")
    first = actions.desk(project, "ana", want=1).items[0]
    answer(project, "ana", 2)
    again = next(
        item for item in actions.desk(project, "ana", want=3).items if item.trace.trace_id == first.trace.trace_id
    )
    assert shape(again) == shape(first)
    assert asdict(again.trace) == asdict(first.trace)
    with pytest.raises(NotAllowed):
        actions.reveal(project, "ana", first.trace.trace_id)
    before = weighted(actions.measure_agreement(project))
    answer(project, "ana", 1)
    stored = reviews.frame(opened(project)).dropna(subset=["repeat_of"])
    assert stored["trace_id"].unique().tolist() == [first.trace.trace_id]
    assert weighted(actions.measure_agreement(project)) == before
    row = actions.team(project, "lea").people.set_index("reviewer").loc["ana"]
    # One pair, and the same label: 1 of 1, whose Wilson interval starts at 1 / (1 + 1.96^2) = .2065
    assert (row["repeats"], row["self_consistency"], row["self_high"]) == (1, 1.0, 1.0)
    assert row["self_low"] == pytest.approx(0.2065, abs=1e-4)


def test_the_team_adds_up(project: Path) -> None:
    people(project)
    plan(project, "due: 2026-12-01")
    answer(project, "ana", 3)
    held = actions.desk(project, "ana", want=2).items
    actions.defer(project, "ana", held[0].slot_id, held[0].token)
    waiting = states(project).query("state == 'open'")["trace_id"].tolist()
    actions.assign(project, "lea", waiting[-2:], "ben")
    found = actions.team(project, "lea")
    queue = found.queues.iloc[0]
    held_states = queue[["done", "open", "leased", "deferred", "assigned"]]
    assert held_states.tolist()[0] == 3
    assert held_states.tolist()[2:] == [1, 1, 2]
    assert queue["total"] == held_states.sum() == len(states(project))
    assert queue["due"] == pd.Timestamp("2026-12-01", tz="UTC")
    assert found.leases[["slot_id", "reviewer", "stale"]].values.tolist() == [[held[1].slot_id, "ana", False]]
    ana = found.people.set_index("reviewer").loc["ana"]
    # three reviews of 12 s: .6 minutes, 300 an hour
    assert (ana["done"], ana["minutes"], ana["per_hour"]) == (3, pytest.approx(0.6), pytest.approx(300))
    assert found.people["reviewer"].tolist() == ["ana", "ben", "lea"]
    for row in found.people.itertuples():
        desk = actions.desk(project, row.reviewer, want=0)
        assert (row.done, row.done + row.left) == (desk.done, desk.total)


def test_a_team_that_has_not_begun(project: Path) -> None:
    found = actions.team(project, "anyone")
    assert found.people.empty
    assert found.leases.empty
    assert found.queues["due"].isna().all()
    assert list(found.people.columns) == [
        "reviewer", "done", "left", "minutes", "per_hour", "last_at", "repeats", "self_consistency", "self_low",
        "self_high",
    ]  # fmt: skip
