"""checks.yaml: which checks are run on which traces."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from annotated_types import MinLen
from pydantic import ConfigDict, TypeAdapter, ValidationError

from review_app.errors import BadConfig
from review_app.grading.checks import own_check
from review_app.grading.checks.finding import Check
from review_app.grading.checks.kinds import KINDS
from review_app.grading.checks.names import Names
from review_app.traces.trace import Trace

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
_WORDED = {
    "unexpected_keyword_argument": "is not a parameter of this check",
    "missing_argument": "is missing",
    "missing": "is missing",
}


@dataclass(frozen=True, kw_only=True)
class Only:
    """Which traces a check is for: those whose field has one of the values, for each field given. `tags`: any of."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    route: Names = ()
    language: Names = ()
    model: Names = ()
    prompt_version: Names = ()
    retrieval_version: Names = ()
    tags: Names = ()

    @cached_property
    def _asked(self) -> dict[str, tuple[str, ...]]:
        return {name: wanted for name, wanted in asdict(self).items() if wanted}

    def misses(self, trace: Trace) -> str:
        """Why a trace is not meant: "only for route billing, not returns"; empty when it is."""
        for name, wanted in self._asked.items():
            has = getattr(trace, name)
            if not set(wanted) & set(has if name == "tags" else (has,)):
                return (
                    f"{name} is {', '.join(has) if name == 'tags' else has or 'unknown'}, only for {', '.join(wanted)}"
                )
        return ""


@dataclass(frozen=True, kw_only=True)
class CheckSpec:
    """One entry of checks.yaml. `check` is the type with its parameters, ready to run."""

    name: str
    type: str
    check: Check
    only: Only = field(default_factory=Only)
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def layer(self) -> str:
        """One of finding.LAYERS."""
        return self.check.LAYER

    @property
    def version(self) -> str:
        """Twelve hex digits of a hash of the parameters, of `only` and of the version of the type's code."""
        return _digest(self.type, self.check.VERSION, self._configured)

    @cached_property
    def _configured(self) -> bytes:
        return orjson.dumps([dict(self.params), asdict(self.only)], option=_OPTIONS, default=str)


@dataclass(frozen=True, kw_only=True)
class _Entry:
    name: Annotated[str, MinLen(1)]
    type: str
    only: Only = field(default_factory=Only)


@dataclass(frozen=True, kw_only=True)
class _OwnEntry(_Entry):
    layer: Literal["formatting", "task", "safety", "grounding"] = "task"


def specs_from(data: Sequence[Mapping[str, Any]], folder: Path | None = None) -> tuple[CheckSpec, ...]:
    """The checks of the list under `checks:`. folder: of the project, for its own functions. Raises BadConfig naming
    the check and the field."""
    specs = tuple(_spec(number, entry, folder) for number, entry in enumerate(data, start=1))
    names = [spec.name for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadConfig(f"Two checks are called {twice[0]!r}.", where=f"check {twice[0]!r}", do="Rename one.")
    return specs


@lru_cache(maxsize=1_000)
def _digest(kind: str, code: int | str, configured: bytes) -> str:
    params, only = orjson.loads(configured)
    said = orjson.dumps([kind, code, params, only], option=_OPTIONS)
    return hashlib.sha256(said).hexdigest()[:12]


def _spec(number: int, data: Mapping[str, Any], folder: Path | None) -> CheckSpec:
    if not isinstance(data, Mapping):
        raise BadConfig(f"A check is a mapping, not {data!r}.", where=f"check {number}", do="Give it name and type.")
    where = f"check {data.get('name') or number!r}"
    named = data.get("type")
    if isinstance(named, str) and named not in KINDS:
        return _own_spec(data, folder, where)
    entry = _validated(_Entry, {key: data[key] for key in ("name", "type", "only") if key in data}, where)
    params = {key: value for key, value in data.items() if key not in ("name", "type", "only")}
    return CheckSpec(
        name=entry.name,
        type=entry.type,
        check=_validated(KINDS[entry.type], params, where),
        only=entry.only,
        params=params,
    )


def _own_spec(data: Mapping[str, Any], folder: Path | None, where: str) -> CheckSpec:
    head = {key: data[key] for key in ("name", "type", "only", "layer") if key in data}
    entry = _validated(_OwnEntry, head, where)
    params = {key: value for key, value in data.items() if key not in head}
    try:
        own = own_check.found(entry.type, folder, entry.layer, params)
    except ValueError as fault:
        raise BadConfig(f"type: {fault}.", where=where, do="Put it beside checks.yaml, or install it.") from fault
    if own is None:
        raise BadConfig(
            f"type: there is no check of type {entry.type!r}.",
            where=where,
            do=f"Use one of: {', '.join(KINDS)}; or name a function of your own as module.function.",
        )
    return CheckSpec(name=entry.name, type=entry.type, check=own, only=entry.only, params=params)


def _validated(kind: type[Any], data: Mapping[str, Any], where: str) -> Any:
    # In a tuple, because only then the ban on unknown fields reaches a plain dataclass.
    adapter: TypeAdapter[Any] = TypeAdapter(tuple[kind], config=ConfigDict(extra="forbid"))  # type: ignore[valid-type]
    try:
        return adapter.validate_python((dict(data),))[0]
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"][1:])
        reason = _WORDED.get(first["type"], first["msg"].removeprefix("Value error, "))
        message = ": ".join(part for part in (place, reason) if part)
        raise BadConfig(f"{message}.", where=where, do="Correct it in checks.yaml.") from fault
