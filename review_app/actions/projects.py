"""Make a project folder, and look whether one is in good health."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from review_app.actions.releasing import verify_golden
from review_app.actions.workspace import Workspace, opened
from review_app.errors import ReviewAppError, WrongUsage
from review_app.settings import FILES
from review_app.store import golden as golden_table
from review_app.store.sqlite import sqlite_version

_INSIDE, _BESIDE = Path(__file__).parents[1] / "data", Path(__file__).parents[2] / "data"
DATA = _INSIDE if _INSIDE.is_dir() else _BESIDE
"""The templates and the demo: inside the package once installed, beside it in a checkout."""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What a project holds. counts: noun -> how many."""

    name: str
    counts: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing the doctor looked at. A warning can wait, a failure cannot: `do` says what to do about either."""

    what: str
    level: Literal["ok", "warning", "failure"] = "ok"
    do: str = ""


def init(project: Path, template: Path | None = None) -> list[Path]:
    """Write the commented yaml files of a new project, and a .gitignore for what must not be committed; the new files.

    Files that are there already are left alone."""
    source = template or DATA
    project.mkdir(parents=True, exist_ok=True)
    made = []
    for name in FILES:
        if not (project / name).exists():
            shutil.copyfile(source / name, project / name)
            made.append(project / name)
    ignore = project / ".gitignore"
    if not ignore.exists():
        ignore.write_text("review.db*\nrejects/\n", encoding="utf-8")
    return made


def project_overview(project: Path) -> Overview:
    """How much of everything there is."""
    workspace = opened(project)
    counts = {
        "traces": "SELECT CAST(coalesce(sum(traces), 0) AS BIGINT) AS n FROM trace_kind WHERE outside = 0",
        "verdicts": "SELECT n FROM row_count WHERE name = 'verdict'",
        "reviews": "SELECT count(*) AS n FROM review",
        "drawn": "SELECT count(DISTINCT trace_id) AS n FROM drawn",
        "open slots": "SELECT count(*) AS n FROM slot WHERE state <> 'done'",
        "golden cases": "SELECT count(*) AS n FROM golden WHERE status = 'approved'",
    }
    found = {noun: int(workspace.store.rows(sql)[0]["n"]) for noun, sql in counts.items()}
    return Overview(name=workspace.settings.project.name, counts=found)


def doctor(project: Path) -> list[Finding]:
    """Look at the project's files, its store, the SQLite library where that is in use, and every golden release."""
    try:
        workspace = opened(project)
    except ReviewAppError as fault:
        return [_sqlite_finding(), Finding(what=f"{fault.where}: {fault.message}", level="failure", do=fault.do)]
    return [
        *([_sqlite_finding()] if workspace.store.kind == "sqlite" else []),
        Finding(what=f"project {workspace.settings.project.name!r}: all yaml files can be read"),
        _store_finding(workspace),
        *(_release_finding(project, row["number"]) for row in golden_table.releases(workspace.store)),
    ]


def _store_finding(workspace: Workspace) -> Finding:
    found = workspace.store.health()
    level: Literal["ok", "failure"] = "ok" if found.sound else "failure"
    return Finding(what=f"store {workspace.store.where}: {found.said}", level=level, do=found.do)


def _release_finding(project: Path, number: int) -> Finding:
    try:
        found = verify_golden(project, number)
    except WrongUsage as fault:
        return Finding(what=f"golden release {number}: {fault.message}", level="failure", do=fault.do)
    return Finding(what=f"golden release {number}: {len(found.examples)} cases, unaltered")


def _sqlite_finding() -> Finding:
    # From 3.7.0 to 3.51.2 a WAL reset can be lost when two connections write or checkpoint at one instant.
    version = tuple(int(part) for part in sqlite_version().split("."))
    mended = version >= (3, 51, 3) or (version[:2] in ((3, 50), (3, 44)) and version[2] >= {50: 7, 44: 6}[version[1]])
    return Finding(
        what=f"SQLite {sqlite_version()}",
        level="ok" if mended else "warning",
        do="A rare fault of this version can damage a file when programs other than review-app write to it at the same "
        "time. `pip install pysqlite3` brings a newer one, which is then used.",
    )
