"""What is stored for people to look at and is no production traffic enters no figure of production."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from review_app import actions
from review_app.actions.judges.labels import human_labels
from review_app.actions.judging import frame_part
from review_app.actions.traffic_counts import known_frame
from review_app.actions.workspace import opened
from review_app.review.answer import Submission
from review_app.sampling.plan import Frame
from review_app.store import candidates, clusters, traces, verdicts
from review_app.store.prepared import prepare

from ..builders import a_trace, a_verdict, after
from .loop import answer, filled_project

N, OUTSIDE = 60, 25


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One project twice; the second stored candidates' answers before its second draw, had them judged and reviewed."""
    plain = filled_project(tmp_path_factory.mktemp("plain"), traces=N, budget=30)
    mixed = shutil.copytree(plain, tmp_path_factory.mktemp("mixed") / "project")
    store = opened(mixed).store
    names = [f"c-{n:03d}" for n in range(OUTSIDE)]
    made = [a_trace(name, route="only-here", tags=("candidate",), at=after(days=3)) for name in names]
    traces.save(store, [prepare(trace) for trace in made], after(minutes=1), outside=True)
    verdicts.save(store, [a_verdict(name, "fail") for name in names])
    for project in (plain, mixed):
        answer(project, "ana", 12)
    actions.send_to_queue(mixed, "ana", names[:10])
    for project in (plain, mixed):
        (project / "sampling.yaml").write_text("salt: s\nreviews: 40\n")
        actions.sample(project)
        answer(project, "ben", 5)
    _review(mixed, names[:10])
    for project in (plain, mixed):
        actions.run_checks(project)
    return plain, mixed


def _review(project: Path, names: list[str]) -> None:
    """eva answers what the hand sent, and nothing else."""
    seen = 0
    while seen < len(names):
        (item,) = actions.desk(project, "eva", want=1).items
        if item.trace.trace_id in names:
            given = Submission(slot_id=item.slot_id, token=item.token, answers={"good_enough": "pass"})
            assert actions.submit_review(project, "eva", given).status == "saved"
            seen += 1
        else:
            actions.defer(project, "eva", item.slot_id, item.token)


def plain_report(project: Path) -> dict[str, Any]:
    found = actions.agreement_as_dict(actions.measure_agreement(project))
    return {name: value for name, value in found.items() if name != "generated_at"}


def test_the_frame_and_what_is_in_it(both: tuple[Path, Path]) -> None:
    stores = [opened(project).store for project in both]
    for frame in (Frame(), Frame(route=("returns", "only-here"))):
        assert [candidates.size(store, frame) for store in stores] == [N, N]
        assert [len(candidates.candidates(store, frame)) for store in stores] == [N, N]
        said = [candidates.said(store, frame).sort_values("label").to_dict("records") for store in stores]
        assert said[0] == said[1]
        assert sum(row["n"] for row in said[0]) == N
        assert candidates.rare_values(stores[1], frame, ("route",), 0.5) == {"route": []}
    assert [frame_part(opened(project), None).frame_size for project in both] == [N, N]
    assert [clusters.fill(store, Frame(), "m", lambda texts: ["x"] * len(texts)) for store in stores] == [N, N]
    assert actions.golden_coverage(both[0]) == actions.golden_coverage(both[1])
    assert actions.project_overview(both[1]).counts["traces"] == N


def test_the_draw_is_the_same(both: tuple[Path, Path]) -> None:
    drawn = [
        sorted(row["trace_id"] for row in opened(project).store.rows("SELECT trace_id FROM drawn")) for project in both
    ]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) > 12


def test_the_counts_and_the_report_are_the_same(both: tuple[Path, Path]) -> None:
    known = [known_frame(opened(project)) for project in both]
    assert known[0].size == known[1].size
    assert [one.labels["n"].sum() for one in known] == [N, N]
    assert known[0].facts == known[1].facts
    assert plain_report(both[0]) == plain_report(both[1])


def test_labels_of_candidates_measure_no_judge(both: tuple[Path, Path]) -> None:
    found = [sorted(human_labels(opened(project), "good_enough")["trace_id"]) for project in both]
    assert found[0] == found[1]
    assert len(found[0]) > 12


def test_checks_leave_them_alone(both: tuple[Path, Path]) -> None:
    counted = [opened(project).store.rows("SELECT DISTINCT trace_id FROM result") for project in both]
    assert [len(rows) for rows in counted] == [N, N]


def test_it_stays_what_it_was_stored_as(both: tuple[Path, Path]) -> None:
    store = opened(both[1]).store
    assert traces.outside(store) == {f"c-{n:03d}" for n in range(OUTSIDE)}
    traces.save(store, [prepare(a_trace("c-000", output="Another."))], after(days=1))
    assert "c-000" in traces.outside(store)
