from __future__ import annotations

import json
from pathlib import Path

from .test_commands import run


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
