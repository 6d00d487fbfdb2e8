"""The judge commands, as a person runs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from review_app.cli import commands
from review_app.errors import WrongUsage

from ..actions.judge_projects import KEY, SECRET, judge_yaml, labelled, number, with_judge, write_judge
from ..actions.loop import is_bad
from ..openai_server import Json, OpenAIServer, completion


def perfect(request: Json) -> Json:
    return completion(request, {"reason": "So.", "label": "bad" if is_bad(number(request)) else "good"})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv(KEY, SECRET)
    with OpenAIServer(reply=perfect) as found:
        yield found


def run(project: Path, *words: str, said: str = "") -> Result:
    return CliRunner().invoke(commands, ["judge", *words, "--project", str(project)], input=said)


def test_a_judge_from_first_run_to_certificate(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=100)
    labelled(project, 100)
    (project / "project.yaml").write_text("name: p\njudging: {floor: 0.5}\n")
    assert "verdicts: 100 ok; 100 requests, 0 known before" in run(project, "run").output
    assert "100 new; the test part was opened 0 times" in run(project, "split", "good_enough").output
    certified = run(project, "certify").output
    assert "opened 1 time\n" in certified
    assert "sendable " in certified
    assert ": certified" in certified
    assert "turned by any plea 0.000" in run(project, "canaries", "sendable", "--traces", "5", "--yes").output
    known = run(project, "show").output
    assert f"sendable {version(certified)} (as its file is now): 100 ok" in known
    assert re.search(
        r", opening 1: certified\n    failures flagged     1\.000 .*\n    good answers passed  1\.000 ", known
    )
    assert "turned by any plea     0.000" in known
    assert re.search(r"test part of good_enough was opened 1 time\n  20.* UTC, \d+ labels: sendable ", known)
    write_judge(project, judge_yaml(server, prompt="Again."))
    shown = run(project, "show")
    known = shown.output
    assert f"sendable {version(certified)}: 100 ok" in known, repr(shown.exception)
    assert re.search(r"sendable \w+ \(as its file is now\): no verdicts\n  no certificate\n", known)
    assert run(project, "run", "--labels", "dev").exit_code == 0
    compared = run(project, "compare", f"sendable@{version(certified)}", "sendable").output
    assert "right                +0.000" in compared
    assert SECRET not in certified


def version(certified: str) -> str:
    line = next(line for line in certified.splitlines() if line.startswith("sendable "))
    return line.split()[1].rstrip(":")


def test_the_price_is_asked_for_and_a_no_sends_nothing(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=4)
    (project / "project.yaml").write_text("name: p\njudging: {ask_above_usd: 0}\n")
    refused = run(project, "run", said="n\n")
    assert "4 questions to m-1, up to 0.03 USD. Go on?" in refused.output
    assert refused.exit_code != 0
    assert server.requests == []
    nobody = run(project, "run").exception
    assert isinstance(nobody, WrongUsage)
    assert "Say --yes" in str(nobody)
    assert "4 ok" in run(project, "run", said="y\n").output


def test_batches(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=4)
    assert "4 questions" in run(project, "batch", "submit").output
    assert "nothing waits" in run(project, "batch", "submit").output
    assert "completed, 4 of 4 done, 0 failed" in run(project, "batch", "poll").output
    assert "4 answers kept; 0 not answered; batches still at work: 0" in run(project, "batch", "collect").output
    assert "no batch is open" in run(project, "batch", "poll").output


def test_a_new_file_is_written(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=0)
    assert "judge run faithful" in run(project, "new", "faithful").output
    assert (project / "judges" / "faithful.yaml").is_file()
