"""A yaml file read into one of our dataclasses, with the line of whatever is wrong in it.

Here, because mappings of foreign files are read far to the right; the settings of a project are read with it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from review_app.errors import BadConfig

T = TypeVar("T")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Yaml:
    """What a file holds. text: the same, but every scalar as it was written: `yes`, `1` and `2026` are labels there.
    lines: the path to each value -> the line it stands on, from 1."""

    value: Any
    text: Any
    lines: dict[Place, int]


def read(path: Path) -> Yaml:
    """Read a yaml file. Raises BadConfig where it is missing, is no yaml, or says a key twice."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        if node is None:
            return Yaml({}, {}, lines)
        _note_lines(node, (), lines, path)
        return Yaml(loader.construct_document(node), _as_written(node), lines)
    except FileNotFoundError as fault:
        raise BadConfig(
            "This file is missing.", where=str(path), do="Check the path, or copy it from a fresh `review-app init`."
        ) from fault
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        mark = getattr(fault, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(fault, "problem", None) or str(fault)
        raise BadConfig(
            f"This is not yaml: {problem}.", where=place, do="Mend the line; indentation counts."
        ) from fault


def load(path: Path, kind: type[T]) -> T:
    """A file as a frozen dataclass. Raises BadConfig with file, line and field, and what is wrong with it."""
    content = read(path)
    # In a tuple, because only then the ban on unknown fields reaches a plain dataclass and all inside it.
    adapter = TypeAdapter(tuple[kind], config=ConfigDict(extra="forbid"))  # type: ignore[valid-type]
    try:
        return adapter.validate_python((content.text,))[0]
    except ValidationError as fault:
        raise _bad_config(fault, path, content.lines) from fault
    except BadConfig as fault:
        raise BadConfig(fault.message, where=str(path), do=fault.do) from fault


def _bad_config(fault: ValidationError, path: Path, lines: dict[Place, int]) -> BadConfig:
    found = fault.errors(include_url=False)
    # A misspelt field is reported as unknown and as missing; only the first says where the mistake stands.
    first = next((one for one in found if one["type"] == "unexpected_keyword_argument"), found[0])
    where = first["loc"][1:]
    field = ".".join(str(step) for step in where) or "the file"
    if first["type"] == "unexpected_keyword_argument":
        message, do = f"{field} is not a setting of this file", "Remove it, or look for a spelling mistake."
    elif first["type"] in ("missing_argument", "missing"):
        message, do = f"{field} is missing", "Add it; `review-app init` writes a commented example."
    elif first["type"] == "value_error":
        message, do = f"{field} {first['msg'].removeprefix('Value error, ')}", "Correct it."
    else:
        message, do = f"{field}: {first['msg']}, got {str(first['input'])[:80]!r}", "Correct the value."
    return BadConfig(f"{message}.", where=f"{path}:{_line(where, lines)}", do=do)


def _line(where: Place, lines: dict[Place, int]) -> int:
    # The deepest place on the way that the file really holds: a missing field is reported at its parent.
    known = [lines[where[:length]] for length in range(len(where) + 1) if where[:length] in lines]
    return known[-1] if known else 1


def _note_lines(node: yaml.Node, at: Place, lines: dict[Place, int], path: Path) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*at, str(key.value))
            if place in lines:
                again = key.start_mark.line + 1
                raise BadConfig(f"{key.value} stands here twice.", where=f"{path}:{again}", do="Keep one of the two.")
            lines[place] = key.start_mark.line + 1
            _note_lines(value, place, lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _note_lines(value, (*at, number), lines, path)


def _as_written(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _as_written(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_as_written(value) for value in node.value]
    return None if node.tag == "tag:yaml.org,2002:null" else node.value
