"""The report as a project asks for it."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.errors import BadConfig
from review_app.traces.trace import encode

from ..builders import a_trace
from .loop import answer, filled_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """240 traces, every fifth of them bad, a judge, and all of the queue answered."""
    made = filled_project(tmp_path)
    answer(made, "ana", 500)
    return made


def test_the_minimum_of_evidence_is_the_projects(project: Path) -> None:
    assert actions.measure_agreement(project).judges[0].refusal == ""
    (project / "project.yaml").write_text("name: x\nevidence: {labels_per_verdict: 200, blind_spots: 500}\n")
    (judge,) = actions.measure_agreement(project).judges
    assert judge.refusal.endswith("labelled traces that the judge passed; 200 are needed")
    assert judge.blind_spots is not None
    assert judge.blind_spots.refusal == "Nothing could be tested: 500 bad answers people saw are needed."


@pytest.mark.parametrize("wrong", ["labels_per_verdict: 0", "double_rated: 1", "calibrations: 50"])
def test_a_minimum_that_makes_no_sense_is_refused(project: Path, wrong: str) -> None:
    (project / "project.yaml").write_text(f"name: x\nevidence: {{{wrong}}}\n")
    with pytest.raises(BadConfig, match="evidence"):
        actions.measure_agreement(project)


def test_without_the_audit_every_other_figure_is_the_same(project: Path) -> None:
    (whole,), (quick,) = (actions.measure_agreement(project, audit=audit).judges for audit in (True, False))
    assert (quick.blind_spots, quick.false_alarms, quick.biases) == (None, None, None)
    assert whole.blind_spots is not None
    assert replace(whole, blind_spots=None, false_alarms=None, biases=None) == quick


def test_tables_hold_no_formula(project: Path, tmp_path: Path) -> None:
    report = actions.measure_agreement(project)
    judge = replace(report.judges[0], judge="=HYPERLINK(1)")
    written = actions.write_agreement(replace(report, judges=(judge,)), tmp_path / "tables")
    rates = next(path for path in written if path.name == "rates.csv")
    with rates.open(newline="", encoding="utf-8") as file:
        assert {row["judge"] for row in csv.DictReader(file)} == {"'=HYPERLINK(1)"}


def test_no_count_is_kept_too_long(project: Path, tmp_path: Path) -> None:
    (before,) = actions.measure_agreement(project).judges
    assert before.verdicts is not None
    late = tmp_path / "late.jsonl"
    late.write_text('{"trace_id": "t-0001", "label": "fail", "confidence": 0.9}\n')
    other = (tmp_path / "verdicts.map.yaml").read_text().replace("judge-a", "judge-b")
    (tmp_path / "other.map.yaml").write_text(other)
    actions.import_verdicts(project, late, tmp_path / "other.map.yaml")
    found = {judge.judge: judge.verdicts for judge in actions.measure_agreement(project).judges}
    assert found["judge-a"] == before.verdicts
    assert found["judge-b"] is not None
    assert (found["judge-b"].n_flagged, found["judge-b"].n_without_verdict) == (1, 239)


def test_traffic_that_came_after_the_draw_stays_apart(project: Path, tmp_path: Path) -> None:
    (before,) = actions.measure_agreement(project).judges
    assert before.since_draw is None
    late = [encode(a_trace(f"late-{n:04d}", output=f"Answer {n}.")) for n in range(100)]
    (tmp_path / "late.jsonl").write_bytes(b"\n".join(late) + b"\n")
    actions.ingest(project, [tmp_path / "late.jsonl"])
    said = [{"trace_id": f"late-{n:04d}", "label": "fail" if n < 30 else "pass"} for n in range(100)]
    (tmp_path / "said.jsonl").write_bytes(b"\n".join(map(orjson.dumps, said)))
    actions.import_verdicts(project, tmp_path / "said.jsonl", tmp_path / "verdicts.map.yaml")
    report = actions.measure_agreement(project)
    (judge,) = report.judges
    # The figures of the frame stay what they were, and say so.
    assert (judge.metrics, judge.verdicts) == (before.metrics, before.verdicts)
    assert "100 traces came after the last draw" in report.frame.note
    assert judge.since_draw is not None
    assert judge.since_draw.flag_rate == pytest.approx(0.30)
    assert "since the last draw" in actions.agreement_as_text(report)

    # Drawn from, but none of it reviewed: still nothing is known of it.
    before_any = actions.sample(project)
    assert before_any.added > 0
    report = actions.measure_agreement(project)
    assert (report.judges[0].metrics, report.frame.size) == (before.metrics, 240)
    assert "nobody has reviewed anything of what main-2 added" in report.frame.note
