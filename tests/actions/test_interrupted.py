"""Twenty ingests killed at a random moment; benchmarks/interrupted_ingest.py kills two hundred."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from .interrupted import Clean, clean_run, killed_run, project, state, written

ROUNDS, PARTS = 20, 4


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of several batches."""
    return written(tmp_path_factory.mktemp("source"), 3_000)


@pytest.fixture(scope="module")
def clean(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """What an undisturbed run ends in."""
    return clean_run(source, project(tmp_path_factory.mktemp("clean"), "clean"), None)


def test_the_clean_run_has_something_of_everything(clean: Clean) -> None:
    assert clean.traces == 3_000 + 375
    # 3,000 traces, 100 of them in two versions, and 375 runs with a judge's and a person's answer each.
    counted = {table: int(digest.split()[0]) for table, digest in clean.state.items() if table != "sound"}
    assert (counted["trace_body"], counted["verdict"], counted["review"]) == (3_475, 375, 375)
    assert counted["rejects"] == 150 + 375  # lines that are no trace, and answers on runs nobody knows


@pytest.mark.parametrize("part", range(PARTS))
def test_a_run_after_a_kill_ends_as_a_clean_one(tmp_path: Path, source: Path, clean: Clean, part: int) -> None:
    chance = Random(part)
    found = [
        killed_run(source, project(tmp_path, f"p{number}"), None, clean, chance) for number in range(ROUNDS // PARTS)
    ]
    assert all(one.same for one in found)
    assert any(one.killed for one in found)


def test_a_lost_row_would_be_seen(tmp_path: Path, source: Path, clean: Clean) -> None:
    (tmp_path / "source").mkdir()
    lines = (source / "a.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "source" / "a.jsonl").write_bytes(b"".join(lines[:-1]))
    (tmp_path / "source" / "b.jsonl").write_bytes((source / "b.jsonl").read_bytes())
    at = project(tmp_path, "project")
    clean_run(tmp_path / "source", at, None)
    different = {name for name, digest in state(at, None).items() if digest != clean.state[name]}
    assert {"trace", "trace_body"} <= different
