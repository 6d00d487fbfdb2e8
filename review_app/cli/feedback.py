"""feedback."""

from __future__ import annotations

from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import project_option, say


@click.command()
@click.argument("trace_id")
@click.option("--rating", type=click.FloatRange(-1, 1), help="From -1 (bad) to 1 (good).")
@click.option("--comment", help="What the user said of the answer.")
@click.option("--correction", help="The answer the user wanted.")
@project_option
def feedback(trace_id: str, rating: float | None, comment: str | None, correction: str | None, project: Path) -> None:
    """Attach what a user said to a stored trace; what is not given stays as it was.

    \b
    Example: review-app feedback order-17 --rating -1 --comment "wrong city" --project my-project
    """
    done = actions.attach_feedback(project, trace_id, rating=rating, comment=comment, correction=correction)
    say(f"{done.trace_id}: " + (f"stored as version {done.version}" if done.changed else "nothing new"))
