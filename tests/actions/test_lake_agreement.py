"""What people say of traces drawn in a lake stands for the whole lake, as its draw counted it."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions
from review_app.actions.weighing import design_weights, frame_facts
from review_app.actions.workspace import opened
from review_app.review.answer import Submission

from ..lakes import as_jsonl, lake_project, rows, store_project

pytest.importorskip("ibis", reason="the extra [lake] is not installed")
pytest.importorskip("duckdb", reason="the extra [lake] is not installed")

N = 2_000
PLAN = "salt: s\nreviews: 80\nshares: {random: 0.4, judge_flagged: 0.6}\n"


def answer_all(project: Path) -> None:
    """Every sixth kettle's answer is bad, whoever asks."""
    while items := actions.desk(project, "ana", want=1).items:
        (item,) = items
        bad = int(item.trace.output.split("kettle ")[1].split()[0]) % 6 == 0 if item.trace.output else False
        failed = {"good_enough": "fail", "reason": "wrong_fact"}
        given = Submission(
            slot_id=item.slot_id,
            token=item.token,
            answers=failed if bad else {"good_enough": "pass"},
            note="It is wrong." if bad else "",
            correction="No." if bad else None,
            seconds=12.0,
        )
        assert actions.submit_review(project, "ana", given).status == "saved"


def test_the_same_figures_as_over_everything_stored(tmp_path: Path) -> None:
    jsonl = as_jsonl(tmp_path / "traces.jsonl", rows(N))
    ours, lake = store_project(tmp_path / "ours", jsonl, PLAN), lake_project(tmp_path / "lake", PLAN)
    actions.sample(ours)
    actions.sample_lake(lake, str(jsonl))
    for project in (ours, lake):
        answer_all(project)
    facts = frame_facts(opened(lake))
    assert facts is not None
    assert (facts.size, facts.refuses_whole_frame()) == (N, None)
    drawn = set(design_weights(opened(lake), [])["trace_id"])
    assert drawn == set(design_weights(opened(ours), [])["trace_id"])
    there, here = (actions.measure_agreement(project) for project in (lake, ours))
    assert there.frame.size == here.frame.size == N
    assert [(one.judge, one.refusal) for one in there.judges] == [("a", ""), ("b", "")]
    for one, other in zip(there.judges, here.judges, strict=True):
        assert one.metrics == other.metrics
        assert one.verdicts == other.verdicts
