from __future__ import annotations

import json
from pathlib import Path

import pytest

from review_app.actions.workspace import opened
from review_app.store import traces

from ..api_server import api_server
from .running import run


def test_a_dry_run_shows_what_would_happen_and_stores_nothing(tmp_path: Path) -> None:
    project = tmp_path / "mine"
    run("init", project)
    lines = [
        json.dumps({"trace_id": "t\u001b[31m", "output": "x\u001b]0;pwned\u0007", "metadata": {"shop": "de"}}),
        "{",
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    done = run("ingest", tmp_path / "t.jsonl", "--dry-run", "--project", project)
    assert done.returncode == 0, done.stderr
    assert "t.jsonl: jsonl; 1 trace, 0 verdicts" in done.stdout
    assert "1 rejected" in done.stdout
    assert "line 2, record: " in done.stdout
    assert "shop" in done.stdout
    assert "-- sample 1" in done.stdout
    assert not {"\x1b", "\x07"} & set(done.stdout)
    assert not (project / "rejects").exists()
    assert "read 2: 1 new" in run("ingest", tmp_path / "t.jsonl", "--project", project).stdout


def test_a_dry_run_of_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    run("init", tmp_path / "mine")
    done = run("ingest", tmp_path / "gone", "--dry-run", "--project", tmp_path / "mine")
    assert (done.returncode, "no such file" in done.stderr) == (2, True)


def test_a_dry_run_shows_nothing_that_would_not_be_stored(tmp_path: Path) -> None:
    project = tmp_path / "mine"
    run("init", project)
    key = "sk-" + "proj-" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9b"
    lines = [
        json.dumps({"trace_id": "t", "output": f"the key is {key}", "metadata": {key: "x"}}),
        json.dumps({"trace_id": 5, "odd": key}),
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    done = run("ingest", tmp_path / "t.jsonl", "--dry-run", "--project", project)
    assert (done.returncode, key[:14] in done.stdout) == (0, False)
    assert "the key is <API_KEY_" in done.stdout


def test_a_dry_run_of_a_pull_says_where_it_looked_and_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("httpx", reason="the extra `pull` is not installed")
    for name in ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"):
        monkeypatch.setenv(name, "a-key")
    for name in ("LANGFUSE_HOST", "LANGFUSE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    trace = {"id": "t-1", "timestamp": "2026-03-01T00:00:00Z", "input": "Is it late?", "output": "No.", "scores": [],
             "observations": [], "public": True}  # fmt: skip
    project = tmp_path / "mine"
    run("init", project)
    with api_server(lambda asked: (200, trace if asked.path.endswith("t-1") else {"data": [trace]})) as server:
        done = run("pull", "langfuse", server.address, "--dry-run", "--project", project)
    assert done.returncode == 0, done.stderr
    assert "nothing is stored" in done.stdout
    assert "the first page: langfuse; 1 trace, 0 verdicts" in done.stdout
    assert "ANSWER    No." in done.stdout
    assert stored(project) == 0


def stored(project: Path) -> int:
    """How many traces are stored."""
    return len(traces.frame(opened(project).store))
