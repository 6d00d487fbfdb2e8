"""Where a project keeps its store: project.yaml says, the environment overrules; both engines tell the same story."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.errors import WrongUsage

if TYPE_CHECKING:
    from ..postgres_server import Server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path / "project")
    return tmp_path / "project"


def choose(project: Path, store: str) -> None:
    with (project / "project.yaml").open("a") as file:
        file.write(f"\nstore: {store}\n")


def test_without_a_word_the_store_is_beside_the_settings(project: Path) -> None:
    assert opened(project).store.where == str(project / "review.db")


def test_a_file_is_found_from_the_project_folder(project: Path) -> None:
    choose(project, "../kept.db")
    assert Path(opened(project).store.where).resolve() == project.parent / "kept.db"


def test_the_environment_goes_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(project, "postgresql://nobody@127.0.0.1:1/nowhere")
    monkeypatch.setenv("REVIEW_APP_STORE", str(project / "other.db"))
    assert opened(project).store.where == str(project / "other.db")


def test_an_address_with_a_password_is_never_shown(project: Path) -> None:
    choose(project, "mysql://ana:hush@db/reviews")
    with pytest.raises(WrongUsage) as raised:
        opened(project)
    assert "hush" not in str(raised.value)


def test_the_doctor_looks_at_the_server(project: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_APP_STORE", postgres.new_database())
    said = "\n".join(found.what for found in actions.doctor(project))
    assert "PostgreSQL 1" in said
    assert "SQLite" not in said
    assert postgres.password not in said
    opened(project).store.close()


def test_the_demo_comes_to_the_same_figures_on_both_engines(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = actions.make_demo(tmp_path / "embedded", lambda _: None)
    monkeypatch.setenv("REVIEW_APP_STORE", postgres.new_database())
    served = actions.make_demo(tmp_path / "served", lambda _: None)
    assert served.ingested.saved == embedded.ingested.saved
    on_postgres = replace(served.report, generated_at=embedded.report.generated_at)
    assert actions.agreement_as_text(on_postgres) == actions.agreement_as_text(embedded.report)
    counts = actions.project_overview(tmp_path / "served").counts
    opened(tmp_path / "served").store.close()
    monkeypatch.delenv("REVIEW_APP_STORE")
    assert actions.project_overview(tmp_path / "embedded").counts == counts
