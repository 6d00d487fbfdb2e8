"""What every command shares: the --project option, and saying things in a terminal."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

# Ids and reasons come from traces: a control sequence in one must not reach the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

project_option = click.option(
    "--project",
    "project",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the current folder",
    help="The project folder.",
)


def say(text: str = "") -> None:
    """Print to standard output."""
    click.echo(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text))


def warn(text: str) -> None:
    """Print to standard error."""
    click.echo(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), err=True)


def progress(text: str) -> None:
    """One line on standard error that the next one overwrites; nothing where nobody watches."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[2K{_CONTROL.sub('', text)}", err=True, nl=False)


def progress_done() -> None:
    """Clear the progress line."""
    progress("")


def plural(count: int, noun: str) -> str:
    """ "1 trace", "1,200 traces"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
