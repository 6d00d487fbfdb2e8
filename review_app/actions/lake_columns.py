"""Draft lake.yaml by looking at a lake: once, for a person to read and correct."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from review_app.actions.lake_drawing import FILE
from review_app.actions.workspace import opened
from review_app.errors import BadInput, WrongUsage
from review_app.review.rubric import Rubric
from review_app.traces import guess, lake
from review_app.traces.columns import text_of
from review_app.traces.trace import Json

_LOOK_AT = 50


def draft_lake(project: Path, url: str) -> Path:
    """Write the project's lake.yaml, drafted from a few records of the lake; its path.

    Raises WrongUsage where there is one already: a person's corrections are never written over. Raises BadInput where
    the lake cannot be read, is empty, or nothing in it looks like a question or an answer."""
    workspace = opened(project)
    path = workspace.settings.folder / FILE
    if path.exists():
        raise WrongUsage(
            "There is a lake.yaml already.", where=str(path), do="Edit it, or move it away to have another one drafted."
        )
    with lake.opened(url) as found:
        records, types = found.first(_LOOK_AT), found.types()
    if not records:
        raise BadInput("The lake is empty.", where=url.partition("?")[0], do="Check the table or the pattern.")
    lines = [
        f"# Drafted from {len(records)} records of a lake. Read it, correct it, keep it: a queue's draws all use it.",
        "# Columns there: " + ", ".join(f"{name} {dtype}" for name, dtype in types.items()),
        "trace:",
        *(f"  {line}" for line in _traces_part(records)),
        *_judges_part(records, types, workspace.settings.rubric),
        "# check_failed: COLUMN   # true where a check of yours failed",
        "# unique: true           # trace_id is known to be unique there: nobody then counts different ids",
    ]
    path.write_text("\n".join(map(_one_line, lines)) + "\n", encoding="utf-8")
    return path


def _traces_part(records: Sequence[Mapping[str, Json]]) -> list[str]:
    # The guesser reads files. This one is readable by nobody else, and gone at once.
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "lake.jsonl"
        sample.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
        return guess.guess(sample).splitlines()[1:]


def _judges_part(records: Sequence[Mapping[str, Json]], types: Mapping[str, str], rubric: Rubric) -> list[str]:
    """What may be judges' columns. Whether a judge or a person said it, no column tells: hence as comments."""
    found = []
    for column in types:
        said = {text for record in records if (text := text_of(record.get(column)))}
        for criterion in rubric.criteria:
            if said and said <= set(criterion.values()):
                judge = orjson.dumps({"judge": column, "criterion": criterion.name, "label": column}).decode()
                found.append(f"#   - {judge}  # says {', '.join(sorted(said))}")
    return ["# judges:   # only what a judge said, never a person", *found] if found else []


def _one_line(line: str) -> str:
    # A column may be called anything, and a comment ends with its line.
    return "".join(letter if letter.isprintable() else " " for letter in line)
