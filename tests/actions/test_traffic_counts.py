"""Weeks, and what only a draw knows of its frame."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from review_app import actions
from review_app.actions.traffic_counts import week_name
from review_app.actions.weighing import design_weights
from review_app.actions.workspace import opened
from review_app.store import reviews
from review_app.store.traffic import WEEK

from .loop import answer, filled_project


@pytest.mark.parametrize(
    ("at", "week"),
    [
        ("2026-03-01T12:00+00:00", "2026-W09"),
        ("2026-03-02T00:00+00:00", "2026-W10"),
        # 1 January 2027 is a Friday: still of the last week of 2026
        ("2027-01-01T00:00+00:00", "2026-W53"),
        # Sunday evening in New York is Monday in UTC
        ("2026-03-01T20:00-05:00", "2026-W10"),
    ],
)
def test_weeks(at: str, week: str) -> None:
    assert WEEK == "((t.at / 86400000000 + 3) / 7)"
    microseconds = round(datetime.fromisoformat(at).timestamp() * 1_000_000)
    assert week_name((microseconds // 86_400_000_000 + 3) // 7) == week


def test_labels_of_another_frame_are_refused_with_the_remedy(tmp_path: Path) -> None:
    project = filled_project(tmp_path)
    answer(project, "ana", 500)
    (project / "sampling.yaml").write_text("salt: s\nreviews: 80\nframe: {route: [billing, returns]}\n")
    report = actions.measure_agreement(project)
    (judge,) = report.judges
    assert judge.refusal.startswith("The labels were drawn from another frame than the one in sampling.yaml")
    assert "name a new `queue` with a new `salt` and draw again" in judge.refusal
    assert (judge.metrics, judge.by_week, judge.pass_rate) == ({}, (), None)
    # Nothing else is lost: what the labels say of themselves, and of the people who gave them.
    assert judge.naive is not None
    assert report.people


def test_traces_nothing_could_choose_block_what_is_said_of_the_frame(tmp_path: Path) -> None:
    project = filled_project(tmp_path)
    answer(project, "ana", 500)
    # `random` has 30 % by rule, so that only a store changed by hand, or an older one, has such traces.
    with opened(project).store.write() as write:
        write.run("UPDATE draw SET unreachable = 17")
    report = actions.measure_agreement(project)
    (judge,) = report.judges
    assert judge.refusal.startswith("17 of 240 traces could not be drawn by any strategy: give `random` a share")
    assert (judge.metrics, judge.by_week, judge.pass_rate, judge.since_draw) == ({}, (), None, None)
    assert judge.naive is not None
    assert "17 of 240 traces" in (actions.draw_history(project, "lea").refusal or "")


def test_labels_of_another_queue_are_counted_and_refused(tmp_path: Path) -> None:
    project = filled_project(tmp_path)
    answer(project, "ana", 500)
    (before,) = actions.measure_agreement(project).judges
    (project / "sampling.yaml").write_text("salt: t\nqueue: second\nreviews: 100\n")
    actions.sample(project)
    report = actions.measure_agreement(project)
    (told,) = [one for one in report.excluded if "another queue" in one.reason]
    # What both draws chose counts here, with the second's probability; the rest does not.
    (judge,) = report.judges
    assert (told.count + judge.n, told.unit) == (before.n, "reviews")
    assert 0 < judge.n < before.n
    assert "name it as `queue` in sampling.yaml" in told.reason
    some = design_weights(opened(project), reviewed(project))
    answer(project, "ben", 500)
    whole = design_weights(opened(project), reviewed(project))
    assert set(some["trace_id"]) < set(whole["trace_id"])
    # All that was drawn is done, by one queue or the other, so nothing is left of how far: pi is the draw's alone.
    first = whole.set_index("trace_id")["inclusion_probability"][some["trace_id"]]
    assert first.to_list() == pytest.approx(some["inclusion_probability"].to_list())
    (judge,) = actions.measure_agreement(project).judges
    assert judge.refusal == ""
    assert judge.n == len(whole)


def test_a_judge_that_saw_only_what_was_drawn_is_refused(tmp_path: Path) -> None:
    project = filled_project(tmp_path)
    answer(project, "ana", 500)
    asked = reviewed(project)
    said = [line for line in (tmp_path / "verdicts.jsonl").read_text().splitlines() if _read(line)["trace_id"] in asked]
    (tmp_path / "second.jsonl").write_text("\n".join(said))
    mapping = (tmp_path / "verdicts.map.yaml").read_text().replace('"1"', '"2"')
    (tmp_path / "second.map.yaml").write_text(mapping)
    actions.import_verdicts(project, tmp_path / "second.jsonl", tmp_path / "second.map.yaml")
    found = {judge.judge_version: judge for judge in actions.measure_agreement(project).judges}
    assert found["1"].refusal == ""
    assert "but 100.0 % of what the labelled traces stand for" in found["2"].refusal
    assert "Let it judge the whole frame, or a random part" in found["2"].refusal
    # A later version that judged everything is measured on the same labels: their probabilities know no judge.
    (tmp_path / "third.map.yaml").write_text(mapping.replace('"2"', '"3"'))
    actions.import_verdicts(project, tmp_path / "verdicts.jsonl", tmp_path / "third.map.yaml")
    found = {judge.judge_version: judge for judge in actions.measure_agreement(project).judges}
    assert found["3"].refusal == ""
    assert found["3"].metrics["tpr"].value == found["1"].metrics["tpr"].value


def reviewed(project: Path) -> set[str]:
    return set(reviews.frame(opened(project).store)["trace_id"])


def _read(line: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(line)
    return found
