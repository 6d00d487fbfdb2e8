"""import verdicts, import reviews."""

from __future__ import annotations

from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import progress, progress_done, project_option, say

_map_option = click.option(
    "--map", "map_file", type=click.Path(path_type=Path), required=True, help="A yaml that declares columns and scale."
)


@click.group(name="import")
def import_() -> None:
    """Bring in verdicts of judges, or reviews by people, from files."""


@import_.command()
@click.argument("path", type=click.Path(path_type=Path))
@_map_option
@project_option
def verdicts(path: Path, map_file: Path, project: Path) -> None:
    """Store judges' verdicts from a table or JSON file.

    \b
    Example: review-app import verdicts judge.csv --map judge.map.yaml --project my-project
    """
    done = actions.import_verdicts(project, path, map_file, lambda file, rows: progress(f"{file}: {rows:,} rows"))
    progress_done()
    say(imported_text(done))


@import_.command()
@click.argument("path", type=click.Path(path_type=Path))
@_map_option
@project_option
def reviews(path: Path, map_file: Path, project: Path) -> None:
    """Store people's reviews from a table or JSON file; they answer the project's rubric.

    \b
    Example: review-app import reviews labels.csv --map labels.map.yaml --project my-project
    """
    done = actions.import_reviews(project, path, map_file, lambda file, rows: progress(f"{file}: {rows:,} rows"))
    progress_done()
    say(imported_text(done))


def imported_text(done: actions.Imported) -> str:
    """The counts of an import; what was missing by reason, and where the rejects are."""
    lines = [f"read {done.read:,}: {done.new:,} new, {done.same:,} same, {done.rejected:,} rejected"]
    lines += [f"  {count:,} without a label: {why}" for why, count in sorted(done.missing.items())]
    if done.rejects:
        lines.append(f"rejected rows are listed with line, field and reason in {done.rejects}")
    return "\n".join(lines)
