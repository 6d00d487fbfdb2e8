"""A project's own functions, by dotted path and by entry point."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from review_app.errors import BadConfig
from review_app.grading.checks.run import Result, run_checks
from review_app.grading.checks.spec import CheckSpec, specs_from

from .one import says

SOURCE = """
from review_app.grading.checks.finding import failed, PASSED
from words import GREETING

def greets(trace, word=GREETING):
    return PASSED if (trace.output or "").startswith(word) else failed(f"begins without {word}")

def answers(trace, what):
    return what

def breaks(trace):
    raise KeyError("no such order")

def hangs(trace):
    while True:
        try:
            sum(range(1000))
        except Exception:
            pass
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(SOURCE)
    (tmp_path / "words.py").write_text('GREETING = "Hello"\n')
    return tmp_path


@pytest.fixture(autouse=True)
def forgotten() -> Any:
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name == "words" or name.startswith("review_app_own_"):
            del sys.modules[name]


def spec(folder: Path, kind: str, **params: Any) -> CheckSpec:
    return specs_from([{"name": "own", "type": kind, **params}], folder)[0]


def ran(made: CheckSpec, output: str = "Hello you", limit_s: float = 5.0) -> Result:
    return run_checks([made], says(output), limit_s)[0]


def test_a_function_of_the_project_folder(folder: Path) -> None:
    greets = spec(folder, "mine.greets", layer="formatting")
    assert (ran(greets).status, ran(greets).layer) == ("pass", "formatting")
    found = ran(spec(folder, "mine:greets", word="Hi"))
    assert (found.status, found.detail, found.layer) == ("fail", "begins without Hi", "task")
    assert ran(spec(folder, "mine.greets", only={"route": "x"})).status == "not_applicable"


@pytest.mark.parametrize(
    ("what", "status"),
    [
        pytest.param(True, "pass", id="true"),
        pytest.param(False, "fail", id="false"),
        pytest.param(None, "not_applicable", id="none"),
        pytest.param("yes", "error", id="a text says nothing"),
        pytest.param(1, "error", id="nor does a number"),
    ],
)
def test_what_it_may_answer(folder: Path, what: Any, status: str) -> None:
    assert ran(spec(folder, "mine.answers", what=what)).status == status


@pytest.mark.parametrize(
    ("kind", "params", "says_why"),
    [
        pytest.param("mine.breaks", {}, "KeyError: 'no such order'", id="it raises"),
        pytest.param("mine.nothing", {}, "mine has no function 'nothing'", id="no such function"),
        pytest.param("mine.greets", {"wrod": "x"}, "unexpected keyword argument 'wrod'", id="no such parameter"),
        pytest.param("wrong.greets", {}, "wrong cannot be imported: SyntaxError", id="no Python"),
    ],
)
def test_what_breaks_is_a_row_with_the_reason(folder: Path, kind: str, params: dict[str, Any], says_why: str) -> None:
    (folder / "wrong.py").write_text("def greets(")
    found = ran(spec(folder, kind, **params))
    assert found.status == "error"
    assert says_why in found.detail


def test_one_that_never_ends_is_stopped(folder: Path) -> None:
    found = ran(spec(folder, "mine.hangs"), limit_s=0.1)
    assert (found.status, found.detail) == ("error", "took longer than 0.1 s")
    assert ran(spec(folder, "mine.greets")).status == "pass"


def test_its_version_is_its_source_or_what_it_states(folder: Path) -> None:
    greets = spec(folder, "mine.greets")
    first = greets.version
    assert first != spec(folder, "mine.greets", word="Hi").version
    rewritten(folder / "mine.py", SOURCE + "\n# another source\n", second=1)
    assert greets.version != first
    rewritten(folder / "mine.py", SOURCE + "\nVERSION = 3\n", second=2)
    stated = greets.version
    rewritten(folder / "mine.py", SOURCE + "\n# no matter\nVERSION = 3\n", second=3)
    assert greets.version == stated
    rewritten(folder / "mine.py", SOURCE + "\nVERSION = 4\n", second=4)
    assert greets.version != stated


def test_the_new_source_runs(folder: Path) -> None:
    greets = spec(folder, "mine.greets")
    assert ran(greets).status == "pass"
    rewritten(folder / "mine.py", "def greets(trace): return False\n", second=1)
    assert ran(greets).status == "fail"


def test_two_projects_may_have_a_module_of_one_name(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "mine.py").write_text("def greets(trace): return None\n")
    one, two = spec(folder, "mine.greets"), spec(other, "mine.greets")
    assert [ran(one).status, ran(two).status, ran(one).status] == ["pass", "not_applicable", "pass"]


def test_an_entry_point_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, about = tmp_path / "acme_tone", tmp_path / "acme_tone-1.0.dist-info"
    package.mkdir()
    about.mkdir()
    (package / "__init__.py").write_text("def polite(trace, word='please'): return word in trace.output\n")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-tone\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[review_app.checks]\nacme_polite = acme_tone:polite\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    polite = specs_from([{"name": "polite", "type": "acme_polite", "layer": "safety"}])[0]
    assert [ran(polite, "yes, please").status, ran(polite, "no").status] == ["pass", "fail"]
    assert polite.layer == "safety"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        pytest.param("nowhere.greets", "no module 'nowhere'", id="no module"),
        pytest.param("spelling", "no check of type 'spelling'", id="no such type"),
        pytest.param("mine.", "no check of type 'mine.'", id="no function"),
    ],
)
def test_what_is_nowhere_is_told_when_the_file_is_read(folder: Path, kind: str, message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        spec(folder, kind)
    with pytest.raises(BadConfig, match="layer"):
        spec(folder, "mine.greets", layer="other")


def rewritten(path: Path, source: str, second: int) -> None:
    path.write_text(source)
    os.utime(path, (2_000_000_000 + second,) * 2)
