"""A project folder read into Settings; mistakes are named by file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions
from review_app.errors import BadConfig, WrongUsage
from review_app.settings import FILES, settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path)
    return tmp_path


def test_the_templates_are_sound(project: Path) -> None:
    found = settings(project)
    assert found.rubric.criterion("good_enough").bad == ("fail",)
    assert [spec.name for spec in found.checks] == [
        "has_answer", "no_machine_talk", "no_secrets", "keeps_its_instructions", "cites_what_was_retrieved",
        "quotes_are_verbatim",
    ]  # fmt: skip
    assert found.plan.traces() == 60
    assert found.gate.metrics[0].margin == 0.05
    assert found.project.owner_mode is False


def test_init_leaves_edited_files_alone(project: Path) -> None:
    (project / "gate.yaml").write_text("metrics: [{name: mine, margin: 0.1}]")
    assert actions.init(project) == []
    assert settings(project).gate.metrics[0].name == "mine"


def test_a_folder_that_is_no_project_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="review-app init"):
        settings(tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "where", "message"),
    [
        pytest.param("sampling.yaml", "salt: a\nreviews: many", ":2", "reviews", id="wrong type"),
        pytest.param("sampling.yaml", "salt: a\nreviews: 5\nbudget: 3", ":3", "budget is not a setting", id="unknown"),
        pytest.param("sampling.yaml", "reviews: 5", ":1", "salt is missing", id="missing"),
        pytest.param("sampling.yaml", "salt: a\nsalt: b", ":2", "twice", id="a key twice"),
        pytest.param("gate.yaml", "metrics: [", ":1", "not yaml", id="no yaml"),
        pytest.param("gate.yaml", "metrics:\n  - {name: a, margin: 2}", ":2", "margin", id="out of range"),
        pytest.param("rubric.yaml", "name: x\ncriteria:\n  - name: a\n    quesion: b", ":4", "quesion", id="misspelt"),
        pytest.param(
            "checks.yaml", "checks:\n  - {name: a, type: lenght}", "checks.yaml", "lenght", id="no such check"
        ),
        pytest.param("checks.yaml", "nothing: 1", "checks.yaml", "no list", id="no checks"),
    ],
)
def test_mistakes_are_named(project: Path, file: str, text: str, where: str, message: str) -> None:
    (project / file).write_text(text)
    with pytest.raises(BadConfig, match=message) as raised:
        settings(project)
    assert file in raised.value.where
    assert where in raised.value.where
    assert raised.value.do


def test_labels_stay_as_they_are_written(project: Path) -> None:
    (project / "rubric.yaml").write_text(
        "name: x\ncriteria:\n  - {name: a, question: b, kind: ordinal, labels: [{value: 1}, {value: no}, {value: 3.0}]}"
    )
    assert settings(project).rubric.criterion("a").values() == ("1", "no", "3.0")


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(project: Path, file: str) -> None:
    (project / file).unlink()
    with pytest.raises(WrongUsage, match=file):
        settings(project)
