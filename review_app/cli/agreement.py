"""agreement."""

from __future__ import annotations

import json
from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import project_option, say


@click.command()
@click.option("--json", "style", flag_value="json", help="Print everything as JSON.")
@click.option("--markdown", "style", flag_value="markdown", help="Print tables for a document.")
@project_option
def agreement(style: str | None, project: Path) -> None:
    """How far each judge can be trusted, measured against people.

    \b
    Example: review-app agreement --project my-project
             review-app agreement --json --project my-project > agreement.json
    """
    report = actions.measure_agreement(project)
    if style == "json":
        say(json.dumps(actions.agreement_as_dict(report), indent=1, ensure_ascii=False))
    elif style == "markdown":
        say(actions.agreement_as_markdown(report))
    else:
        say(actions.agreement_as_text(report))
