"""Runs and the gate over real trials: 50 tasks of tau-bench, four trials each, from the command line."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from review_app import actions
from review_app.review.answer import Promotion, Submission

from ..shared_data import shared
from .running import run

Runs = list[dict[str, Any]]


def trials(folder: Path) -> Runs:
    (path,) = (folder / "historical_trajectories").glob("*.json")
    found: Runs = json.loads(path.read_text())
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A golden release of the 50 tasks, made from the first trial of each."""
    given = trials(shared("tau-bench"))
    folder = tmp_path_factory.mktemp("tau")
    made = folder / "project"
    actions.init(made)
    (made / "sampling.yaml").write_text("salt: s\nreviews: 50\n")
    (made / "gate.yaml").write_text("metrics: [{name: reward, margin: 0.03}]\n")
    (folder / "first.json").write_text(json.dumps([one for one in given if one["trial"] == 0]))
    actions.ingest(made, [folder / "first.json"])
    actions.sample(made)
    promote = Promotion(layer="high_volume_task", reason="a task of the benchmark")
    while items := actions.desk(made, "ana", want=1).items:
        answered = Submission(
            slot_id=items[0].slot_id, token=items[0].token, answers={"good_enough": "pass"}, promote=promote, seconds=3
        )
        actions.submit_review(made, "ana", answered)
    cases = list(actions.golden_board(made).proposals["example_id"])
    assert actions.approve_golden(made, "ben", cases, "the tasks of one benchmark") == 50
    actions.release_golden(made, "ben")
    return made


def ran(project: Path, series: str, given: Runs) -> str:
    path = project.parent / f"{series}.json"
    path.write_text(json.dumps(given))
    done = run("run", "--name", series, "--from-file", path, "--set", "take=reward", "--project", project)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pass_k_as_published(project: Path) -> None:
    """The benchmark's own figures for gpt-4o, airline, tool calling: .420, .273, .220, .200."""
    expected = json.loads((shared("tau-bench") / "expected.json").read_text())["pass_hat_k"]
    assert "200 answers now, 0 were there, 0 failed" in ran(project, "gpt-4o", trials(shared("tau-bench")))
    done = run("runs", "report", "gpt-4o", "--json", "--project", project)
    report = json.loads(done.stdout)
    reward = next(metric for metric in report["metrics"] if metric["name"] == "reward")
    found = {str(row["k"]): row["all_of_k"]["value"] for row in reward["passes"]}
    assert found == pytest.approx(expected, abs=1e-6)
    assert [round(found[k], 3) for k in "1234"] == [0.42, 0.273, 0.22, 0.2]
    assert "pass^4 0.200" in run("runs", "report", "gpt-4o", "--project", project).stdout
    assert "gpt-4o" in run("runs", "list", "--project", project).stdout


def test_two_halves_of_one_system_are_never_a_block(project: Path) -> None:
    given = trials(shared("tau-bench"))
    ran(project, "first half", [one for one in given if one["trial"] < 2])
    ran(project, "second half", [one for one in given if one["trial"] >= 2])
    for pair in (("first half", "second half"), ("second half", "first half")):
        assert run("gate", *pair, "--project", project).returncode in (0, 4)


def flipped(given: Runs, seed: int) -> Runs:
    """The same runs, a fifth of the successes lost."""
    good = [place for place, one in enumerate(given) if one["reward"] == 1]
    lost = set(random.Random(seed).sample(good, round(len(good) / 5)))
    return [one | {"reward": 0.0} if place in lost else one for place, one in enumerate(given)]


def test_a_fifth_of_the_successes_lost_is_a_block(project: Path, tmp_path: Path) -> None:
    given = trials(shared("tau-bench"))
    ran(project, "gpt-4o", given)
    ran(project, "worse", flipped(given, 1))
    files = {"--junit": tmp_path / "gate.xml", "--html": tmp_path / "gate.html"}
    options = [part for pair in files.items() for part in pair]
    done = run("gate", "gpt-4o", "worse", "--markdown", *options, "--project", project)
    assert done.returncode == 3, done.stdout
    assert "### BLOCK" in done.stdout
    assert 'failures="1"' in files["--junit"].read_text()
    assert "<details>" in files["--html"].read_text()
    assert run("runs", "approve", "gpt-4o", "--as", "ana", "--project", project).returncode == 0
    assert run("gate", "worse", "--project", project).returncode == 3
    assert "gpt-4o / worse, look 1" in run("gate", "history", "--project", project).stdout


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_whichever_fifth_it_is(project: Path, tmp_path: Path, seed: int) -> None:
    given = trials(shared("tau-bench"))
    for series, runs in (("whole", given), (f"fifth {seed}", flipped(given, seed))):
        path = tmp_path / f"{series}.json"
        path.write_text(json.dumps(runs))
        actions.run_file(project, path, actions.Asked(series=series), ("reward",))
    assert actions.gate_runs(project, f"fifth {seed}", "whole").outcome == "block"


def test_a_gate_over_the_test_side_of_the_release(project: Path, tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    path.write_text(json.dumps(trials(shared("tau-bench"))))
    actions.run_file(project, path, actions.Asked(series="one"), ("reward",))
    sides = [example["split"] for example in actions.verify_golden(project).examples]
    assert 0 < sides.count("test") < 50
    rules = (project / "gate.yaml").read_text()
    (project / "gate.yaml").write_text(rules + "cases: test\n")
    try:
        assert actions.gate_runs(project, "one", "one").n_examples == sides.count("test")
        assert actions.gate_plan(project).n == sides.count("test")
    finally:
        (project / "gate.yaml").write_text(rules)


def test_the_plan_says_what_50_tasks_can_show(project: Path) -> None:
    ran(project, "gpt-4o", trials(shared("tau-bench")))
    said = run("gate", "plan", "--project", project).stdout
    assert said.startswith("50 cases, alpha 0.05")
    assert "reward" in said
    assert "assumed" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("run", "--name", "x"), "either --target or --from-file", id="no target"),
        pytest.param(("run", "--name", "x", "--from-file", "y", "--k", "2"), "Leave --k out", id="runs of a file"),
        pytest.param(("run", "--name", "x", "--target", "y", "--set", "release"), "has no value", id="half an option"),
        pytest.param(
            ("run", "--name", "x", "--target", "y", "--set", "workers=0"), "no number above 0", id="no worker"
        ),
        pytest.param(("gate", "nobody", "noone"), "There is no run 'noone'", id="unknown run"),
        pytest.param(("gate", "a", "b", "c"), "a candidate alone", id="three of them"),
        pytest.param(("gate", "a.jsonl", "b.jsonl"), "There is no such file", id="no such files"),
    ],
)
def test_wrong_usage_exits_2_and_says_why(project: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments, "--project", project)
    assert done.returncode == 2
    assert message in done.stderr
