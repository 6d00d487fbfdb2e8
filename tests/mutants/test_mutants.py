"""Two thousand bent files and requests, and the bombs; benchmarks/mutants.py takes in ten times as many."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pytest

from review_app import actions
from review_app.traces import readers

from . import bombs
from .cases import Case, case, strangers, take
from .seeds import seeds

CASES, PARTS = 2_000, 8


def test_there_is_a_seed_of_every_format() -> None:
    assert set(seeds()) == set(readers.formats())


def test_a_case_is_made_by_its_number_alone() -> None:
    assert case(41) == case(41) != case(62)


def test_no_case_depends_on_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = range(300)  # gzip and zip write down when something was packed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        made = [case(number) for number in numbers]
        monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)
        seeds.cache_clear()
        assert [case(number) for number in numbers] == made


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_comes_in_is_kept_rejected_or_refused(tmp_path: Path, part: int) -> None:
    pytest.importorskip("opentelemetry.proto", reason="the extra otlp is not installed")
    project = tmp_path / "project"
    actions.init(project)
    kept = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two members of an archive with one name, while it is bent
        for number in range(part, CASES, PARTS):
            kept += take(case(number), project).kept
    assert kept > 0
    assert not strangers(project)


def test_records_are_counted_and_strange_files_seen(tmp_path: Path) -> None:
    project = tmp_path / "project"
    actions.init(project)
    sound = take(Case(number=0, form="jsonl", raw=seeds()["jsonl"][0], told=True), project)
    assert (sound.kept, sound.rejected, sound.records) == (3, 0, 3)
    (tmp_path / "escaped").touch()
    (project / "t-1.json").touch()
    assert strangers(project) == {"escaped", "t-1.json"}


def test_a_bomb_costs_less_than_twice_what_may_be_unpacked() -> None:
    for name, found in zip(bombs.names(), bombs.survived(*bombs.names()), strict=True):
        assert found.said, name
        assert found.grown < 2 * found.cap, f"{name}: {found.grown:,} bytes"
