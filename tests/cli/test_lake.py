"""`lake columns` and `sample --lake` as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from review_app.cli import commands
from review_app.errors import ReviewAppError

from ..lakes import PLAN, as_jsonl, as_parquet, lake_project, rows

pytest.importorskip("ibis", reason="the extra [lake] is not installed")
pytest.importorskip("duckdb", reason="the extra [lake] is not installed")


def said(*words: object) -> str:
    ran = CliRunner().invoke(commands, [str(word) for word in words], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_from_a_lake_to_a_queue(tmp_path: Path) -> None:
    project, lake = tmp_path / "project", as_parquet(tmp_path / "lake" / "a.parquet", rows(500))
    said("init", project)
    told = said("lake", "columns", lake.parent, "--project", project)
    assert str(project / "lake.yaml") in told
    told = said("sample", "--lake", lake.parent, "--reviews", 40, "--project", project)
    assert "of 500 eligible" in told
    assert "random        each of 500 with probability 0.0800" in told
    assert "mind: flagged is not decided in the lake, and its share goes to random" in told
    assert "0 traces added" in said("sample", "--lake", lake.parent, "--reviews", 40, "--project", project)


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    given = [one | ({"id": None} if n < 3 else {"rating": 9.0} if n == 3 else {}) for n, one in enumerate(rows(60))]
    given += [given[10]]
    project = lake_project(tmp_path / "project", PLAN.replace("reviews: 60", "reviews: 999"))
    told = said("sample", "--lake", as_jsonl(tmp_path / "a.jsonl", given), "--project", project)
    assert "mind: 3 of 61 rows have no trace_id" in told
    assert "mind: rows that repeat an id: 1;" in told
    assert "57 records fetched: 56 new, 0 same, 0 changed, 1 rejected" in told


@pytest.mark.parametrize("words", [["--plan"], ["--slice", "route=x"]], ids=["a plan", "a slice"])
def test_what_does_not_go_together(tmp_path: Path, words: list[str]) -> None:
    ran = CliRunner().invoke(commands, ["sample", "--lake", "x", "--project", str(tmp_path), *words])
    assert ran.exit_code == 2
    assert "--lake goes with neither" in ran.output


def test_an_unknown_scheme_shows_no_login(tmp_path: Path) -> None:
    project = lake_project(tmp_path / "project")
    with pytest.raises(ReviewAppError, match="cannot be at a mysql:// address") as raised:
        said("sample", "--lake", "mysql://u:hunter2@h/db/t", "--project", project)
    assert "hunter2" not in str(raised.value)
