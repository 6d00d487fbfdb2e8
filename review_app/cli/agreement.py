"""agreement."""

from __future__ import annotations

import json
from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import plural, project_option, say


@click.command()
@click.option("--json", "style", flag_value="json", help="Print everything as JSON.")
@click.option("--markdown", "style", flag_value="markdown", help="Print tables for a document.")
@click.option(
    "--csv",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write one CSV file per table into this folder, unrounded.",
)
@click.option("--brief", is_flag=True, help="Print what can be read in a minute: a few lines per judge.")
@click.option("--explore", is_flag=True, help="List slices that may be blind spots, not only those that stand.")
@click.option("--topics", is_flag=True, help="Look for blind spots by what people asked as well (needs scikit-learn).")
@click.option("--reviewers", is_flag=True, help="Name the reviewers, with their flags: for them and their lead.")
@project_option
def agreement(  # noqa: PLR0913  its options
    style: str | None, folder: Path | None, brief: bool, explore: bool, topics: bool, reviewers: bool, project: Path
) -> None:
    """How far each judge can be trusted, measured against people; and how far people agree.

    \b
    Example: review-app agreement --brief --project my-project
             review-app agreement --json --project my-project > agreement.json
             review-app agreement --csv tables --project my-project
    """
    if brief and (style == "json" or folder):
        raise click.UsageError("--brief belongs to text and Markdown.")
    if style and folder:
        raise click.UsageError("--csv writes files and prints no report: leave out --json and --markdown.")
    report, not_looked_at = actions.agreement_with_topics(project, explore, audit=True, topics=topics)
    if not_looked_at:
        click.echo(f"Mind: {not_looked_at.rstrip('.')}.", err=True)
    if folder:
        written = actions.write_agreement(report, folder, reviewers)
        say(f"{plural(len(written), 'table')} in {folder}: {', '.join(path.name for path in written)}")
    elif style == "json":
        shown = report if reviewers else actions.agreement_without_reviewers(report)
        say(json.dumps(actions.agreement_as_dict(shown), indent=1, ensure_ascii=False))
    elif style == "markdown":
        say(actions.agreement_as_markdown(report, brief, reviewers))
    else:
        say(actions.agreement_as_text(report, brief, reviewers))
