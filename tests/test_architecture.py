"""The manners of the code: arrows, single importers, sizes, names, exports, documented commands."""

from __future__ import annotations

import ast
import importlib
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import review_app
from review_app import actions
from review_app.cli import commands

PACKAGE = Path(review_app.__file__).parent
# From left to right; each may import itself and what stands to its right.
ORDER = (
    ("ui", "cli", "server"), ("receiver",), ("actions",), ("settings",), ("store",), ("gate",), ("watch",), ("golden",),
    ("agreement",), ("review",), ("sampling",), ("grading",), ("traces",), ("tables",), ("errors",), ("__init__",),
)  # fmt: skip
RANK = {room: place for place, rooms in enumerate(ORDER) for room in rooms}
# Heavy or dangerous, so one place each.
ONLY = {
    "streamlit": {"ui", "server"},
    "sqlite3": set(),
    "sqlite_utils": {"store"},
    "psycopg": {"store"},
    "litellm": {"grading", "traces"},
    "ibis": {"traces"},
    "duckdb": {"traces"},
    "pyspark": {"traces"},
    "click": {"cli"},
    "sklearn": {"traces"},
    "opentelemetry": {"traces"},
    "fcntl": {"store"},
}
BANNED = {"utils", "helpers", "common", "core", "manager", "service", "misc", "util", "helper"}


def modules() -> list[Path]:
    found = sorted(PACKAGE.rglob("*.py"))
    return [path for path in found if path.relative_to(PACKAGE).parts[0] not in ("tests", "data")]


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides an arrow"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", modules(), ids=name)
def test_arrows_point_one_way(path: Path) -> None:
    here = room(path)
    for imported in imports(path):
        top, *rest = imported.split(".")
        if top == "review_app" and rest[0] in RANK and rest[0] != here:
            assert RANK[rest[0]] > RANK[here], f"{here} may not import {imported}"
        assert here in ONLY.get(top, {here}), f"only {ONLY.get(top)} may import {top}, not {here}"


@pytest.mark.parametrize("path", modules(), ids=name)
def test_sizes(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{node.name} is longer than 40 lines"
            spec = node.args
            count = len(spec.posonlyargs + spec.args + spec.kwonlyargs)
            own = 1 if spec.args and spec.args[0].arg in ("self", "cls") else 0
            # A command's parameters are its options; click passes them all.
            limit = 8 if room(path) == "cli" else 6
            assert count - own <= limit, f"{node.name} takes {count} parameters"


@pytest.mark.parametrize("path", modules(), ids=name)
def test_names(path: Path) -> None:
    assert path.stem not in BANNED
    # `trace` is the first word of our glossary, and nobody here needs the standard library's.
    assert path.stem in ("__init__", "__main__", "trace") or path.stem not in sys.stdlib_module_names


@pytest.mark.parametrize("path", [path for path in modules() if path.name == "__init__.py"], ids=name)
def test_every_room_says_what_it_is_for(path: Path) -> None:
    assert len(ast.get_docstring(ast.parse(path.read_text())) or "") > 30


@pytest.mark.parametrize("path", modules(), ids=name)
def test_public_functions_have_docstrings(path: Path) -> None:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


@pytest.mark.parametrize("package", ["review_app", "review_app.actions"])
def test_exports_are_sorted_and_exist(package: str) -> None:
    module = importlib.import_module(package)
    assert list(module.__all__) == sorted(module.__all__)
    for exported in module.__all__:
        assert getattr(module, exported) is not None


@pytest.mark.parametrize("verb", actions.__all__)
def test_every_verb_loads(verb: str) -> None:
    assert getattr(actions, verb).__module__.startswith("review_app.")


def every_command(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for sub, child in command.commands.items():
            yield from every_command(child, (*path, sub))
    else:
        yield " ".join(path), command


COMMANDS = dict(every_command(commands))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_shows_an_example(path: str) -> None:
    assert f"Example: review-app {path} " in (COMMANDS[path].help or "")


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom review_app.cli import commands\n"
        "try: commands(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'pandas', 'numpy', 'scipy', 'streamlit', 'sqlite_utils', 'litellm', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    # Half a second is the promise, of processor time; by the clock a machine under test load gets four times that.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 0.5
    assert time.perf_counter() - started < 2
