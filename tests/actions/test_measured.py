"""A report is measured once while nothing changed, for everybody, and shown to each as they may see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions

from .loop import answer
from .test_auditing import spotted_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return spotted_project(tmp_path, 150)


def test_it_is_measured_again_after_a_review_and_after_an_edit(project: Path) -> None:
    first = actions.measured_agreement(project, audit=False)
    assert actions.measured_agreement(project, audit=False) is first
    answer(project, "ben", 1)
    second = actions.measured_agreement(project, audit=False)
    assert second.judges[0].n == first.judges[0].n + 1
    with (project / "project.yaml").open("a") as file:
        file.write("evidence: {labels_per_verdict: 400}\n")
    assert "are needed" in actions.measured_agreement(project, audit=False).judges[0].refusal


def test_what_was_asked_is_kept_apart(project: Path) -> None:
    plain = actions.measured_agreement(project, audit=False)
    assert plain.judges[0].blind_spots is None
    assert actions.measured_agreement(project).judges[0].blind_spots is not None
    assert actions.measured_agreement(project, audit=False) is plain


def test_two_projects_keep_their_own(project: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = spotted_project(tmp_path / "other", 60)
    found = [actions.measured_agreement(folder, audit=False).judges[0].n for folder in (project, other, project)]
    assert found == [150, 60, 150]


def test_the_kept_report_never_leaks_from_one_person_to_another(project: Path) -> None:
    spots = actions.audit(project, "ana").judges[0].blind_spots
    assert spots
    example = spots.found[0].examples[0]
    actions.send_to_queue(project, "lea", [example])
    for person, may in (("ana", True), ("ben", False), ("ana", True), ("ben", False)):
        shown = actions.audit(project, person).judges[0].blind_spots
        assert shown
        assert (example in shown.found[0].examples) is may
        told = actions.agreement_seen_by(project, person)
        assert (example in {one.trace_id for one in told.judges[0].disagreements}) is may
    names = [one.rater for one in actions.agreement_seen_by(project, "lea").people[0].reviewers.reviewers]
    assert names == ["ana"]
    assert actions.agreement_seen_by(project, "ben").people[0].reviewers.reviewers == ()
