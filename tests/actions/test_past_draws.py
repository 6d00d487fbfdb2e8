"""What was drawn and how far it is reviewed; and forecasts of several budgets at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions
from review_app.review.answer import Submission

from .loop import answer, filled_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return filled_project(tmp_path, traces=240, budget=60)


def test_every_draw_and_wave_with_how_far_it_is(project: Path) -> None:
    held = actions.sample(project).held
    answer(project, "ana", 7)
    more = actions.sample(project, 120)
    actions.top_up_slice(project, "lea", {"route": "returns"}, 20)
    found = actions.draw_history(project, "lea")
    first, second, wave = found.draws
    assert (found.queue, found.budget, found.shares) == ("main", 60, {"random": 0.4, "flagged": 0.6})
    assert (first.progress.traces, first.progress.reviewed, first.progress.done) == (held, 7, 7)
    assert (second.progress.traces, second.progress.done) == (more.added, 0)
    assert (wave.draw.kind, wave.draw.slice) == ("reacting", {"route": "returns"})
    assert wave.progress.traces == wave.progress.needed > 0
    assert found.refusal is None


def test_a_skipped_review_is_replaced_and_not_counted_twice(project: Path) -> None:
    item = actions.desk(project, "ana", want=1).items[0]
    skipped = Submission(slot_id=item.slot_id, token=item.token, answers={}, outcome="skipped", note="Not mine.")
    assert actions.submit_review(project, "ana", skipped).status == "saved"
    progress = actions.draw_history(project, "lea").draws[0].progress
    assert (progress.needed, progress.done, progress.reviewed) == (progress.traces, 0, 0)


def test_what_another_queue_had_answered_is_reviewed(project: Path) -> None:
    answer(project, "ana", 500)
    (project / "sampling.yaml").write_text("queue: other\nsalt: o\nreviews: 120\n")
    actions.sample(project)
    progress = actions.draw_history(project, "lea").draws[0].progress
    assert progress.done == 0
    # No slot was made for those: they are what needs none.
    assert progress.reviewed == progress.traces - progress.needed > 0


def test_a_budget_in_minutes_is_shown_in_reviews(project: Path) -> None:
    (project / "sampling.yaml").write_text("salt: s\nreviewer_minutes: 100\nminutes_per_review: 1.5\n")
    # 100 / 1.5 = 66.7
    assert actions.draw_history(project, "lea").budget == 66


def test_several_budgets_are_what_each_of_them_is_alone(project: Path) -> None:
    report = actions.measure_agreement(project, audit=False)
    budgets = (None, 30, 90, 200)
    together = actions.plan_budgets(project, budgets, report)
    assert together == tuple(actions.plan_sample(project, one, report) for one in budgets)
    errors = [one.judges[0].standard_errors.tpr or 0.0 for one in together]
    # No budget takes back what was drawn, and more of it never makes a figure worse.
    assert errors[0] == errors[1]
    assert errors[1] > errors[2] > errors[3] > 0
