"""A project's own check: a Python function.

    from review_app.grading.checks.finding import failed, not_applicable, PASSED

    def greets(trace, word="Hello"):
        return PASSED if (trace.output or "").startswith(word) else failed(f"begins without {word}")

It answers with a Finding, or with True (pass), False (fail) or None (does not apply). In checks.yaml its `type` is
where it is: `my_checks.greets`, in the project folder or installed, or the name of an entry point in
`review_app.checks`. Reading the settings does not run its module; the first trace does.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from review_app.grading.checks.finding import TASK, Finding
from review_app.traces.trace import Trace

ENTRY_POINTS = "review_app.checks"
_ANSWERS = {True: "pass", False: "fail", None: "not_applicable"}


@dataclass(frozen=True, kw_only=True)
class OwnCheck:
    """`function` of `module`, whose source is `file`, called with the trace and `params`. folder: of the project, where
    the module is of it; None for an installed one."""

    module: str
    function: str
    file: Path
    folder: Path | None = None
    layer: str = TASK
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def LAYER(self) -> str:  # noqa: N802
        """As checks.yaml says."""
        return self.layer

    @property
    def VERSION(self) -> str:  # noqa: N802
        """What the module states as `VERSION = …`, or a hash of its source."""
        return _stated(self.file, self.file.stat().st_mtime_ns)

    def run(self, trace: Trace) -> Finding:
        """What the function says. Whatever it raises goes up."""
        module = _imported(self.module, self.file, self.folder, self.file.stat().st_mtime_ns)
        if isinstance(module, Exception):
            raise module
        answer = _called(module, self.function)(trace, **self.params)
        if isinstance(answer, Finding):
            return answer
        if answer is None or isinstance(answer, bool):
            return Finding(_ANSWERS[answer])
        raise TypeError(f"{self.function} answers {answer!r:.80}, and not a Finding, True, False or None")


def found(name: str, folder: Path | None, layer: str, params: Mapping[str, Any]) -> OwnCheck | None:
    """The check that a `type` names; None where it can be none. Raises ValueError where the module is nowhere."""
    for point in entry_points(group=ENTRY_POINTS, name=name):
        return _at(point.module, point.attr, None, layer, params)
    module, _, function = name.replace(":", ".").rpartition(".")
    return _at(module, function, folder, layer, params) if module and function else None


def _at(module: str, function: str, folder: Path | None, layer: str, params: Mapping[str, Any]) -> OwnCheck:
    own = folder / (module.replace(".", "/") + ".py") if folder else None
    if own is not None and own.is_file():
        return OwnCheck(module=module, function=function, file=own, folder=folder, layer=layer, params=params)
    spec = None
    # Whatever a parent package raises when it is imported: it cannot be found.
    with suppress(ImportError, ValueError, AttributeError):
        spec = importlib.util.find_spec(module)
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        raise ValueError(f"there is no module {module!r}, neither in the project folder nor installed")
    return OwnCheck(module=module, function=function, file=Path(spec.origin), layer=layer, params=params)


@lru_cache(maxsize=64)
def _stated(file: Path, changed_ns: int) -> str:
    source = file.read_bytes()
    with suppress(SyntaxError, ValueError):
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and any(
                isinstance(to, ast.Name) and to.id == "VERSION" for to in node.targets
            ):
                return str(ast.literal_eval(node.value))
    return hashlib.sha256(source).hexdigest()[:12]


@lru_cache(maxsize=64)
def _imported(module: str, file: Path, folder: Path | None, changed_ns: int) -> ModuleType | Exception:
    """The module, run anew when its file has changed; or what it raised, so that it is not run for every trace."""
    try:
        return importlib.import_module(module) if folder is None else _run(module, file, folder)
    except Exception as fault:  # noqa: BLE001 - it is told once for each trace, as the check's result
        return ImportError(f"{module} cannot be imported: {type(fault).__name__}: {fault}")


def _run(module: str, file: Path, folder: Path) -> ModuleType:
    # Two projects may both have a module of that name. Its own neighbours are found while it is imported.
    name = f"review_app_own_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}_{module.replace('.', '_')}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} is no Python file")
    made = sys.modules[name] = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    try:
        spec.loader.exec_module(made)
    finally:
        sys.path.remove(str(folder))
    return made


def _called(module: ModuleType, function: str) -> Callable[..., Any]:
    there = getattr(module, function, None)
    if not callable(there):
        raise AttributeError(f"{module.__name__.split('_', 4)[-1]} has no function {function!r}")
    return there  # type: ignore[no-any-return]
