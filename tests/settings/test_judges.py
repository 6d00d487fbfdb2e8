"""judges/*.yaml against the rubric they answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from review_app import actions
from review_app.errors import BadConfig, WrongUsage
from review_app.settings import settings
from review_app.settings.judges import judge, judges

SOUND: dict[str, Any] = {
    "name": "j", "criterion": "good_enough", "prompt": "x", "labels": {"yes": "pass", "no": "fail"}, "bad": ["fail"],
    "models": [{"model": "openai/m", "api_base": "https://api.example.org/v1", "key": "K"}],
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path)
    (tmp_path / "judges").mkdir(exist_ok=True)
    return tmp_path


def put(project: Path, name: str = "j", **changes: Any) -> None:
    (project / "judges" / f"{name}.yaml").write_text(yaml.safe_dump({**SOUND, "name": name, **changes}))


def test_a_new_project_has_no_judge(project: Path) -> None:
    assert judges(settings(project)) == ()
    with pytest.raises(WrongUsage, match="there are: none"):
        judge(settings(project))


def test_the_only_one_needs_no_name(project: Path) -> None:
    put(project)
    assert judge(settings(project)).name == "j"
    put(project, "k")
    with pytest.raises(WrongUsage, match="j, k"):
        judge(settings(project))
    assert judge(settings(project), "k").name == "k"


def test_proposals_are_no_judges(project: Path) -> None:
    put(project)
    (project / "judges" / "proposals").mkdir()
    (project / "judges" / "proposals" / "k.yaml").write_text("nonsense: 1")
    assert [one.name for one in judges(settings(project))] == ["j"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"criterion": "nice"}, "no criterion 'nice'"),
        ({"labels": {"yes": "pass", "no": "awful"}, "bad": ["awful"]}, "no label 'awful'"),
        ({"bad": ["pass"]}, "says pass"),
        ({"name": "other"}, "is in j.yaml"),
        ({"modles": []}, "modles is not a setting"),
        ({"models": []}, "models"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_mistakes_are_named(project: Path, changes: dict[str, Any], message: str) -> None:
    put(project, "j")
    (project / "judges" / "j.yaml").write_text(yaml.safe_dump({**SOUND, **changes}))
    with pytest.raises(BadConfig, match=message) as raised:
        judges(settings(project))
    assert "j.yaml" in raised.value.where
