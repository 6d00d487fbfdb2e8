"""Whether the output is the answer that somebody settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from annotated_types import Ge

from review_app.grading.checks.comparison import Comparison, How, normal
from review_app.grading.checks.expected import CORRECTION, Places, expected
from review_app.grading.checks.finding import NO_OUTPUT, PASSED, TASK, Finding, failed, listed, passed, shown
from review_app.grading.checks.json_answer import parse
from review_app.grading.checks.json_path import MISSING, leaves, reached, steps
from review_app.grading.checks.names import Names
from review_app.traces.trace import Json, Trace


@dataclass(frozen=True, kw_only=True)
class MatchesExpected:
    """The output, or the field `path` of its JSON, is what is `expected`; see Comparison for `how`, `tolerance` and
    `relative`."""

    LAYER: ClassVar[str] = TASK
    VERSION: ClassVar[int] = 1
    how: How = "normalised"
    tolerance: Annotated[float, Ge(0)] = 0.0
    relative: Annotated[float, Ge(0)] = 0.0
    path: str = ""
    expected: Places = CORRECTION

    def run(self, trace: Trace) -> Finding:
        """Fails with both: "expected 'Thursday', got 'Friday'". Where a path is given, what is expected may be the
        field's value or a JSON object that has the field."""
        if trace.output is None:
            return NO_OUTPUT
        wanted = _field_of(expected(trace, self.expected), self.path)
        try:
            said = _picked(trace.output, self.path)
        except ValueError as fault:
            return failed(str(fault))
        comparison = Comparison(how=self.how, tolerance=self.tolerance, relative=self.relative)
        different = comparison.difference(said, wanted)
        return failed(different) if different else PASSED


@dataclass(frozen=True, kw_only=True)
class ExpectedFields:
    """The output is JSON, and each field of the expected JSON has the expected value.

    fields: path -> how to compare, for these fields alone; without it every field is compared exactly, numbers within
    `tolerance`. extra: whether the output may have fields that nobody expects."""

    LAYER: ClassVar[str] = TASK
    VERSION: ClassVar[int] = 1
    fields: Mapping[str, How] = field(default_factory=dict)
    tolerance: Annotated[float, Ge(0)] = 0.0
    extra: bool = True
    expected: Places = CORRECTION

    def run(self, trace: Trace) -> Finding:
        """Fails field by field: "2 of 6 fields: total: expected 12.5, got 12; date: missing"."""
        if trace.output is None:
            return NO_OUTPUT
        wanted = expected(trace, self.expected)
        try:
            wanted = parse(wanted) if isinstance(wanted, str) else wanted
        except ValueError as fault:
            return Finding("error", f"what is expected is not JSON: {fault}")
        try:
            said = parse(trace.output)
        except ValueError as fault:
            return failed(f"not JSON: {fault}")
        asked = [(steps(path), how) for path, how in self.fields.items()]
        asked = asked or [(path, self._how(value)) for path, value in leaves(wanted)]
        faults = list(filter(None, (self._fault(said, wanted, path, how) for path, how in asked)))
        faults += [] if self.extra or self.fields else _unexpected(said, wanted)
        return (
            failed(f"{len(faults)} of {len(asked)} fields: {listed(faults)}")
            if faults
            else passed(f"{len(asked)} fields")
        )

    def _how(self, value: Json) -> How:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return "numeric" if is_number and self.tolerance else "exact"

    def _fault(self, said: Json, wanted: Json, path: tuple[str, ...], how: How) -> str:
        name = ".".join(path) or "the value"
        goal, found = reached(wanted, path), reached(said, path)
        if goal is MISSING:
            return ""
        if found is MISSING:
            return f"{name}: missing"
        different = Comparison(how=how, tolerance=self.tolerance).difference(found, goal)
        return f"{name}: {different}" if different else ""


@dataclass(frozen=True, kw_only=True)
class RoutingLabel:
    """The output, or the field `path` of its JSON, is the expected label. labels: all there are, for a detail that
    tells a wrong label from none. Case, spaces, typography and punctuation at the ends do not matter."""

    LAYER: ClassVar[str] = TASK
    VERSION: ClassVar[int] = 1
    path: str = ""
    labels: Names = ()
    expected: Places = CORRECTION

    def run(self, trace: Trace) -> Finding:
        """Fails with both labels, or with what is no label at all. With `labels`, that needs nothing expected."""
        if trace.output is None:
            return NO_OUTPUT
        try:
            said = _picked(trace.output, self.path)
        except ValueError as fault:
            return failed(str(fault))
        if self.labels and normal(said) not in {normal(label) for label in self.labels}:
            return failed(f"{shown(str(said))} is none of {', '.join(self.labels)}")
        wanted = _field_of(expected(trace, self.expected), self.path)
        return PASSED if normal(said) == normal(wanted) else failed(f"expected {wanted!r}, got {shown(str(said))}")


def _picked(output: str, path: str) -> Json:
    """The output, or a field of its JSON. Raises ValueError where that is not there."""
    if not path:
        return output
    try:
        value = reached(parse(output), steps(path))
    except ValueError as fault:
        raise ValueError(f"not JSON: {fault}") from fault
    if value is MISSING:
        raise ValueError(f"{path} is missing")
    return value


def _field_of(wanted: Json, path: str) -> Json:
    """The field of what is expected, where that is an object or the text of one; else what is expected itself."""
    if not path:
        return wanted
    whole = wanted
    if isinstance(wanted, str) and wanted.lstrip().startswith("{"):
        try:
            whole = parse(wanted)
        except ValueError:
            return wanted
    found = reached(whole, steps(path))
    return wanted if found is MISSING else found


def _unexpected(said: Json, wanted: Json) -> list[str]:
    known = {path for path, _ in leaves(wanted)}
    return [f"{'.'.join(path)}: not expected" for path, _ in leaves(said) if path not in known]
