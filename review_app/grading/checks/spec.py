"""checks.yaml: which checks are run on which traces."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any

import orjson
from annotated_types import MinLen
from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from review_app.errors import BadConfig
from review_app.grading.checks.citations import CitedDocuments
from review_app.grading.checks.finding import Check
from review_app.grading.checks.json_answer import MatchesSchema, ValidJson
from review_app.grading.checks.lengths import Length
from review_app.grading.checks.patterns import ForbiddenPattern, RequiredPattern
from review_app.grading.checks.tool_arguments import ToolArguments
from review_app.traces.trace import Trace

_TYPES: dict[str, type[Any]] = {
    "cited_documents": CitedDocuments,
    "forbidden_pattern": ForbiddenPattern,
    "json_schema": MatchesSchema,
    "length": Length,
    "required_pattern": RequiredPattern,
    "tool_arguments": ToolArguments,
    "valid_json": ValidJson,
}

Names = Annotated[tuple[str, ...], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]


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

    def misses(self, trace: Trace) -> str:
        """Why a trace is not meant: "only for route billing, not returns"; empty when it is."""
        for name, wanted in asdict(self).items():
            has = getattr(trace, name)
            if wanted and not set(wanted) & set(has if name == "tags" else (has,)):
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
    def version(self) -> str:
        """Twelve hex digits of a hash of the parameters, of `only` and of the version of the type's code."""
        said = [self.type, self.check.VERSION, dict(self.params), asdict(self.only)]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)).hexdigest()[
            :12
        ]


@dataclass(frozen=True, kw_only=True)
class _Entry:
    name: Annotated[str, MinLen(1)]
    type: str
    only: Only = field(default_factory=Only)


def specs_from(data: Sequence[Mapping[str, Any]]) -> tuple[CheckSpec, ...]:
    """The checks of the list under `checks:`. Raises BadConfig naming the check and the field."""
    specs = tuple(_spec(number, entry) for number, entry in enumerate(data, start=1))
    names = [spec.name for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadConfig(f"Two checks are called {twice[0]!r}.", where=f"check {twice[0]!r}", do="Rename one.")
    return specs


def _spec(number: int, data: Mapping[str, Any]) -> CheckSpec:
    if not isinstance(data, Mapping):
        raise BadConfig(f"A check is a mapping, not {data!r}.", where=f"check {number}", do="Give it name and type.")
    where = f"check {data.get('name') or number!r}"
    head = {key: data[key] for key in ("name", "type", "only") if key in data}
    entry = _validated(_Entry, head, where)
    if entry.type not in _TYPES:
        raise BadConfig(
            f"type: there is no check of type {entry.type!r}.", where=where, do=f"Use one of: {', '.join(_TYPES)}."
        )
    params = {key: value for key, value in data.items() if key not in head}
    check = _validated(_TYPES[entry.type], params, where)
    return CheckSpec(name=entry.name, type=entry.type, check=check, only=entry.only, params=params)


def _validated(kind: type[Any], data: Mapping[str, Any], where: str) -> Any:
    # In a tuple, because only then the ban on unknown fields reaches a plain dataclass.
    adapter: TypeAdapter[Any] = TypeAdapter(tuple[kind], config=ConfigDict(extra="forbid"))  # type: ignore[valid-type]
    try:
        return adapter.validate_python((dict(data),))[0]
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"][1:])
        reason = {
            "unexpected_keyword_argument": "is not a parameter of this check",
            "missing_argument": "is missing",
            "missing": "is missing",
        }.get(first["type"], first["msg"].removeprefix("Value error, "))
        message = ": ".join(part for part in (place, reason) if part)
        raise BadConfig(f"{message}.", where=where, do="Correct it in checks.yaml.") from fault
