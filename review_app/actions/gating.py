"""Gate a candidate: two result files over one release, and a decision."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from review_app.actions import gate_looks
from review_app.actions.gating_runs import cases_of, check_latest, check_release, gated_cases
from review_app.actions.releasing import verify_golden
from review_app.actions.workspace import opened
from review_app.errors import BadInput, ReleaseChanged
from review_app.gate.compare import RESULTS, compare
from review_app.gate.decision import Decision
from review_app.store.looks import Pair

T = TypeVar("T", bound=BaseModel)


class _Header(BaseModel):
    """First line of a result file: which release it was made over, and what was run: two named systems that are gated
    again are looked at again."""

    model_config = ConfigDict(extra="forbid")
    release: int
    content_hash: str
    system: str = ""


class _Case(BaseModel):
    """Every other line: one golden example's metrics, each in [0, 1]; true and false are 1 and 0, null: does not apply.
    trial: where a case was run several times."""

    model_config = ConfigDict(extra="forbid")
    example_id: str
    metrics: dict[str, float | None] = Field(min_length=1)
    trial: int = 1


@dataclass(frozen=True, kw_only=True)
class _ResultFile:
    header: _Header
    frame: pd.DataFrame


def gate(project: Path, baseline: Path, candidate: Path) -> Decision:
    """May the candidate ship? Both files must be over one release whose bytes are what was released.

    Raises BadInput where a file, a case or a metric is wrong or missing, ReleaseChanged where the release is not the
    one the files were made over."""
    workspace = opened(project)
    old, new = _read(baseline), _read(candidate)
    release = verify_golden(project, new.header.release)
    for path, file in ((baseline, old), (candidate, new)):
        if (file.header.release, file.header.content_hash) != (release.number, release.content_hash):
            raise ReleaseChanged(
                f"It was made over release {file.header.release} ({file.header.content_hash}), "
                f"the gate compares over release {release.number} ({release.content_hash}).",
                where=f"{path}:1",
                do="Run both systems over the same release.",
            )
    policy = workspace.settings.gate
    check_latest(workspace, release, policy)
    check_release(workspace, release, policy)
    chosen = gated_cases(release, policy)
    left_out = set(release.example_ids()) - set(chosen.example_ids())
    frames = [file.frame[~file.frame["example_id"].isin(left_out)] for file in (old, new)]
    compared = compare(frames[0], frames[1], cases_of(chosen), policy)
    decision, look = gate_looks.decided(workspace, compared, _pair(old.header, new.header))
    gate_looks.record(workspace, decision, look)
    return decision


def _pair(old: _Header, new: _Header) -> Pair | None:
    """The two systems; None where a header does not say which it is."""
    names = old.system.strip(), new.system.strip()
    if not all(names):
        return None
    return Pair(release_hash=new.content_hash, baseline_series=names[0], candidate_series=names[1])


def _read(path: Path) -> _ResultFile:
    if not path.is_file():
        raise BadInput("There is no such file.", where=str(path), do="Name the two result files.")
    lines = [(number, line) for number, line in enumerate(path.read_bytes().splitlines(), 1) if line.strip()]
    if not lines:
        raise BadInput("The file is empty.", where=str(path), do="Write a header line and a line per golden example.")
    header = _line(_Header, path, *lines[0])
    cases = [_line(_Case, path, number, line) for number, line in lines[1:]]
    rows = [(case.example_id, name, value, case.trial) for case in cases for name, value in case.metrics.items()]
    return _ResultFile(header=header, frame=pd.DataFrame(rows, columns=[*RESULTS, "trial"]))


def _line(kind: type[T], path: Path, number: int, line: bytes) -> T:
    try:
        return kind.model_validate_json(line)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"]) or "line"
        raise BadInput(
            f"{field}: {first['msg']}.",
            where=f"{path}:{number}",
            do="docs/gate.md shows a result file: a header line, then one line per golden example.",
        ) from fault
