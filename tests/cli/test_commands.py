"""The command line as a person uses it: what it prints, and what it exits with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from review_app import actions

from ..actions.loop import answer, filled_project, result_file, with_release
from .running import run, run_apart


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return filled_project(tmp_path)


@pytest.fixture
def released(project: Path) -> Path:
    return with_release(project)


def test_the_loop_by_hand(tmp_path: Path) -> None:
    project = tmp_path / "mine"
    assert "next: review-app ingest" in run_apart("init", project).stdout
    lines = [json.dumps({"trace_id": f"t{n}", "output": "ok" if n % 2 else ""}) for n in range(40)]
    (tmp_path / "t.jsonl").write_text("\n".join([*lines, "broken"]))
    ingested = run_apart("ingest", tmp_path / "t.jsonl", "--project", project).stdout
    assert "read 41: 40 new, 0 same, 0 changed, 1 rejected" in ingested
    assert "rejects/ingest-" in ingested
    checked = run_apart("check", "--project", project).stdout
    # 20 / 40; Wilson: (.5 + 3.8415 / 80) / (1 + 3.8415 / 40) is .5, and .148 to either side
    assert re.search(r"has_answer +formatting +20 +20 +0 +0  50\.00% \(35\.20% to 64\.80%\)", checked)
    assert "0 new results on 0 traces" in run_apart("check", "--project", project).stdout
    listed = run_apart("check", "--check", "has_answer", "--failures", "--project", project).stdout.splitlines()
    assert listed == [f"t{n}\t0 characters, fewer than 1" for n in sorted(range(0, 40, 2), key=str)]
    sampled = run_apart("sample", "--reviews", 10, "--project", project).stdout
    assert "of 40 eligible" in sampled
    assert "0 traces added" in run_apart("sample", "--reviews", 10, "--project", project).stdout
    assert "0.1.0" in run_apart("--version").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("check",), "no project here", id="no project"),
        pytest.param(("nonsense",), "No such command", id="unknown command"),
        pytest.param(("ingest",), "Missing argument", id="no file"),
        pytest.param(("ingest", "nowhere.jsonl"), "nowhere.jsonl", id="no such file"),
    ],
)
def test_wrong_usage_exits_2_and_says_why(
    project: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    where = tmp_path if arguments == ("check",) else project
    extra = ("--project", where) if arguments[0] != "nonsense" else ()
    done = run(*arguments, *extra)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_control_sequence_in_a_trace_id_does_not_reach_the_terminal(project: Path) -> None:
    done = run(
        "golden", "propose", "\x1b[2Jt-9", "--layer", "edge_case", "--reason", "x", "--as", "ana", "--project", project
    )
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def test_agreement_in_three_styles(project: Path) -> None:
    answer(project, "ana", 500)
    plain = run("agreement", "--project", project).stdout
    assert "judge-a" in plain
    assert "naive" in plain
    report = json.loads(run("agreement", "--json", "--project", project).stdout)
    assert report["judges"][0]["metrics"]["tpr"]["n"] > 0
    assert run("agreement", "--markdown", "--project", project).stdout.startswith("# Agreement")
    brief = run("agreement", "--brief", "--project", project).stdout
    assert "naive" not in brief
    assert "judge says " in brief
    tables = run("agreement", "--csv", project / "tables", "--project", project).stdout
    assert "rates.csv" in tables
    assert (project / "tables/rates.csv").read_text().startswith('"judge","judge_version","criterion"')
    assert "ana" not in json.dumps(report["people"])
    assert '"rater": "ana"' in run("agreement", "--json", "--reviewers", "--project", project).stdout
    assert "Benjamini-Hochberg" in run("agreement", "--explore", "--project", project).stdout
    by_topic = run("agreement", "--topics", "--project", project)
    assert by_topic.stderr.startswith("Mind: text clusters were not looked at: ")
    assert "text clusters were not looked at: " in " ".join(by_topic.stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--brief", "--json"), id="brief JSON"),
        pytest.param(("--brief", "--csv", "x"), id="brief CSV"),
        pytest.param(("--csv", "x", "--markdown"), id="files and a report"),
    ],
)
def test_styles_of_agreement_that_exclude_each_other(project: Path, arguments: tuple[str, ...]) -> None:
    done = run("agreement", *arguments, "--project", project)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    ("worse", "code"),
    [pytest.param(0.0, 0, id="pass"), pytest.param(0.5, 3, id="block"), pytest.param(0.02, 4, id="?")],
)
def test_the_gate_exits_as_it_decides(released: Path, tmp_path: Path, worse: float, code: int) -> None:
    release = actions.verify_golden(released)
    header: dict[str, object] = {"release": release.number, "content_hash": release.content_hash}
    ids = release.example_ids()
    lost = ids[: round(worse * len(ids))]
    baseline = result_file(tmp_path / "old.jsonl", header, dict.fromkeys(ids, 1.0))
    candidate = result_file(tmp_path / "new.jsonl", header, dict.fromkeys(ids, 1.0) | dict.fromkeys(lost, 0.0))
    done = run("gate", baseline, candidate, "--json", "--project", released)
    assert done.returncode == code, done.stdout + done.stderr
    assert json.loads(done.stdout)["n_examples"] == len(ids)


def test_golden_verify_exits_2_on_a_flipped_byte(released: Path) -> None:
    assert run("golden", "verify", "--project", released).returncode == 0
    path = next((released / "golden").glob("*.jsonl"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"kettle", b"kettl3", 1))
    done = run("golden", "verify", "--project", released)
    assert (done.returncode, "altered" in done.stderr) == (2, True)
    assert run("doctor", "--project", released).returncode == 1


def test_serve_refuses_an_address_that_others_can_reach(project: Path) -> None:
    done = run_apart("serve", "--host", "0.0.0.0", "--project", project)
    assert done.returncode == 2
    assert "proves nothing" in done.stderr


def test_a_draw_is_planned_before_it_is_made(project: Path) -> None:
    planned = run("sample", "--plan", "--reviews", 160, "--project", project).stdout
    assert "Nothing is drawn yet" in planned
    assert "standard errors: TPR 0." in planned
    forecast = json.loads(run("sample", "--plan", "--json", "--reviews", 160, "--project", project).stdout)
    assert forecast["frame_size"] == 240
    assert forecast["judges"][0]["standard_errors"]["tpr"] > 0
    assert forecast["added"] > 0


def test_a_slice_is_sent_to_the_queue(project: Path) -> None:
    sent = run("sample", "--slice", "route=returns", "--reviews", 12, "--as", "lea", "--project", project).stdout
    assert "traces added; queue 'main' holds" in sent
    assert "fresh traces with route=returns" in sent


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--slice", "route"), "COLUMN=VALUE", id="no value"),
        pytest.param(("--slice", "route=a", "--slice", "route=b"), "another column", id="a column twice"),
        pytest.param(("--slice", "route=a", "--plan"), "exclude each other", id="plan and slice"),
        pytest.param(("--json",), "belongs to --plan", id="json alone"),
    ],
)
def test_a_sample_that_makes_no_sense(project: Path, arguments: tuple[str, ...], message: str) -> None:
    refused = run("sample", *arguments, "--project", project)
    assert refused.returncode == 2
    assert message in refused.stderr
