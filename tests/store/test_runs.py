"""Candidate runs, baselines and looks, asked of both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app.errors import StoreBusy, WrongUsage
from review_app.golden.release import Release
from review_app.store import golden, looks, runs
from review_app.store.engine import Store
from review_app.store.looks import Look, Pair
from review_app.store.runs import Baseline, Output, Run

from ..builders import NOON, after


def a_run(run_id: str = "run-1", series: str = "p8", hours: int = 0, trials: int = 2) -> Run:
    return Run(
        run_id=run_id, series=series, target={"kind": "python"}, release=1, release_hash="v1:a", trials=trials,
        at=after(hours=hours), started_by="ana",
    )  # fmt: skip


@pytest.fixture
def released(store: Store) -> Store:
    made = Release(
        number=1, content_hash="v1:a", examples=2, released_by="ben", at=NOON, path=Path("release-0001.jsonl")
    )
    golden.record_release(store, made.number, lambda: made)
    return store


def test_a_run_is_found_by_its_id_and_its_newest_by_its_series(released: Store) -> None:
    for run in (a_run("run-1", hours=1), a_run("run-2", hours=2), a_run("run-3", "other", hours=3)):
        runs.start(released, run)
    assert runs.find(released, "run-1").run_id == "run-1"
    assert runs.find(released, "p8").run_id == "run-2"
    assert [run.run_id for run in runs.every(released)] == ["run-1", "run-2", "run-3"]
    assert runs.find(released, "run-1") == a_run("run-1", hours=1)
    with pytest.raises(WrongUsage, match="no run 'nobody'"):
        runs.find(released, "nobody")


def test_a_run_started_again_only_gains_trials(released: Store) -> None:
    for trials in (2, 5, 3):
        runs.start(released, a_run(trials=trials))
    assert runs.find(released, "run-1").trials == 5


def test_a_good_answer_stays_and_a_failed_one_is_replaced(released: Store) -> None:
    runs.start(released, a_run())
    failed = Output(run_id="run-1", example_id="e1", trial=1, error="HTTP 500")
    good = Output(run_id="run-1", example_id="e1", trial=2, answer={"output": "yes"}, scores={"r": 0.5}, cost_usd=0.1)
    runs.save(released, [failed, good], NOON)
    assert runs.done(released, "run-1") == {("e1", 2)}
    row = {"run_id": "run-1", "example_id": "e1", "metric": "m", "source": "check", "version": "1", "value": None,
           "status": "pass", "detail": ""}  # fmt: skip
    runs.save_metrics(released, [row | {"trial": 1, "value": 0.0}, row | {"trial": 2}])
    again = Output(run_id="run-1", example_id="e1", trial=1, answer={"output": "no"}, latency_s=2.0)
    other = Output(run_id="run-1", example_id="e1", trial=2, answer={"output": "changed"})
    runs.save(released, [again, other], NOON)
    assert runs.outputs(released, "run-1") == (again, good)
    # What was measured of the failed answer is forgotten; the other's metric stays, and is NA where it does not apply.
    found = runs.metrics(released, "run-1")
    assert found["trial"].tolist() == [2]
    assert found["value"].isna().all()


def test_a_metric_of_another_version_takes_the_place_of_the_old(released: Store) -> None:
    runs.start(released, a_run())
    runs.save(released, [Output(run_id="run-1", example_id="e1", trial=1)], NOON)
    row = {"run_id": "run-1", "example_id": "e1", "trial": 1, "metric": "m", "source": "check", "status": "pass",
           "detail": ""}  # fmt: skip
    runs.save_metrics(released, [row | {"version": "1", "value": 1.0}])
    runs.save_metrics(released, [row | {"version": "2", "value": 0.0}])
    assert runs.metrics(released, "run-1")[["version", "value"]].to_numpy().tolist() == [["2", 0.0]]


def test_a_stamp_moves_with_answers_and_metrics(released: Store) -> None:
    for name in ("run-1", "run-2"):
        runs.start(released, a_run(name))
    output = Output(run_id="run-1", example_id="e1", trial=1, answer={"output": "Yes."})
    key = {"run_id": "run-1", "example_id": "e1", "trial": 1, "metric": "good", "source": "check", "detail": ""}
    seen = [runs.stamps(released)]
    runs.save(released, [output], NOON)
    seen.append(runs.stamps(released))
    for version, value in (("1", 1.0), ("2", 1.0), ("2", 0.0), ("2", None)):
        runs.save_metrics(released, [key | {"version": version, "value": value, "status": "pass"}])
        seen.append(runs.stamps(released))
    assert len({one.get("run-1") for one in seen}) == len(seen)
    assert {one.get("run-2") for one in seen} == {None}


def test_baselines_are_kept_in_order(released: Store) -> None:
    runs.start(released, a_run())
    made = [
        Baseline(
            baseline_id=f"b{n}", run_id="run-1", release_hash="v1:a", judges={"j": "1"}, note="", approved_by="ana",
            at=after(hours=n),
        )
        for n in (1, 2)
    ]  # fmt: skip
    for one in reversed(made):
        runs.approve(released, one)
    assert runs.baselines(released) == tuple(made)


def test_the_baseline_in_force_is_the_last_one_over_a_release(released: Store) -> None:
    for name in ("run-1", "run-2"):
        runs.start(released, a_run(name))
    for n, (name, release) in enumerate([("run-1", "v1:a"), ("run-2", "v1:a"), ("run-1", "v1:b")]):
        one = Baseline(baseline_id=f"b{n}", run_id=name, release_hash=release, judges={}, note="", approved_by="ana",
                       at=after(hours=n))  # fmt: skip
        runs.approve(released, one)
        assert runs.in_force(released) == [{"run-1"}, {"run-2"}, {"run-1", "run-2"}][n]


def test_looks_are_counted_and_two_at_once_are_told(released: Store) -> None:
    pair = Pair(release_hash="v1:a", baseline_series="p7", candidate_series="p8")
    for number in (1, 2):
        golden.record_gate(released, f"g{number}", 1, "pass", "{}", after(hours=number))
        looks.record(
            released, Look(gate_id=f"g{number}", pair=pair, number=number, evidence=f"x{number}", wealth={"m": [0.5]})
        )
    assert [look.number for look in looks.of_pair(released, pair)] == [1, 2]
    assert looks.of_pair(released, pair)[0].wealth == {"m": [0.5]}
    golden.record_gate(released, "g3", 1, "block", '{"look": 1}', after(hours=3))
    with pytest.raises(StoreBusy, match="same moment"):
        looks.record(released, Look(gate_id="g3", pair=pair, number=2, evidence="x", wealth={}))
    history = looks.history(released)
    assert history["gate_id"].tolist() == ["g3", "g2", "g1"]
    assert history["number"].isna().tolist() == [True, False, False]
    assert history["candidate_series"].isna().tolist() == [True, False, False]
    # The same results again are a decision and no look; its report says which systems it was about.
    golden.record_gate(released, "g4", 1, "pass", '{"systems": ["p7", "p8"], "look": 2}', after(hours=4))
    latest = looks.history(released).iloc[0]
    assert (latest["baseline_series"], latest["candidate_series"], latest["number"]) == ("p7", "p8", 2)
    golden.record_gate(released, "g5", 1, "pass", '{"baseline": "r1", "candidate": "r2", "look": 1}', after(hours=5))
    assert looks.history(released)["candidate_series"].iloc[0] == "r2"
    assert looks.report(released, "g1") == "{}"
    assert looks.report(released, "none") is None
