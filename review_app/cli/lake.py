"""lake columns; what a draw in a lake did, in words."""

from __future__ import annotations

from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import plural, project_option, say


@click.group()
def lake() -> None:
    """Traces that stay where they are: Parquet or JSON lines, or a table of your own engine."""


@lake.command()
@click.argument("url")
@project_option
def columns(url: str, project: Path) -> None:
    """Look at the lake at URL and draft lake.yaml: which column of it is which field of a trace.

    URL is a folder, a file or a pattern (also s3://…), or an address like postgres://…/DATABASE/TABLE,
    pyspark:///FOLDER?master=local[2] or pyspark://SCHEMA.TABLE. Read the draft and correct it; it is written once.

    \b
    Example: review-app lake columns exports/ --project my-project
             review-app sample --lake exports/ --project my-project
    """
    say(f"{actions.draft_lake(project, url)} written: read it, correct it, then draw with `review-app sample --lake`")


def lake_text(done: actions.LakeSampled) -> str:
    """What was fetched, and what was left out or not decided."""
    fetched = done.fetched
    saved = fetched.saved
    line = f"  {plural(fetched.read, 'record')} fetched: {saved.new:,} new, {saved.same:,} same"
    lines = [f"{line}, {saved.changed:,} changed, {fetched.rejected:,} rejected"]
    if fetched.verdicts:
        lines.append(f"  {plural(fetched.verdicts, 'verdict')} of judges beside them")
    if fetched.redacted:
        told = ", ".join(f"{n:,} {name}" for name, n in sorted(fetched.redacted.items()))
        lines.append(f"  redacted before storing: {told}")
    lines += [f"  mind: {note}" for note in done.notes]
    if fetched.rejects:
        lines.append(f"  what was rejected is listed with field and reason in {fetched.rejects}")
    return "\n".join(lines)
