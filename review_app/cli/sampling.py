"""sample, export reviews."""

from __future__ import annotations

from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import plural, project_option, say


@click.command()
@click.option("--reviews", type=click.IntRange(min=1), help="Another budget than the one in sampling.yaml.")
@project_option
def sample(reviews: int | None, project: Path) -> None:
    """Draw the review queue of sampling.yaml. The same draw adds nothing; a larger budget only adds.

    \b
    Example: review-app sample --project my-project
             review-app sample --reviews 200 --project my-project
    """
    say(sampled_text(actions.sample(project, reviews)))


@click.group()
def export() -> None:
    """Write what people said to files that stand alone."""


@export.command()
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--wide", is_flag=True, help="A row per trace and criterion, a column per reviewer.")
@project_option
def reviews(to: Path, wide: bool, project: Path) -> None:
    """Write all reviews to TO (.csv, .jsonl or .parquet), a row per review and criterion.

    \b
    Example: review-app export reviews reviews.csv --project my-project
             review-app export reviews wide.csv --wide --project my-project
    """
    say(f"{plural(actions.export_reviews(project, to, wide), 'row')} written to {to}")


@export.command()
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False))
@project_option
def notes(to: Path, project: Path) -> None:
    """Write reviewers' notes to TO (.csv, .jsonl or .parquet), a row per note and code, with the failing step.

    \b
    Example: review-app export notes notes.csv --project my-project
    """
    say(f"{plural(actions.export_notes(project, to), 'row')} written to {to}")


def sampled_text(done: actions.Sampled) -> str:
    """What was drawn, from what, and with which probabilities."""
    draw = done.draw
    lines = [
        f"{plural(done.added, 'trace')} added; queue {draw.queue!r} holds {done.held:,} of {draw.frame_size:,} eligible"
    ]
    if done.topped_up:
        lines.append(f"  {plural(done.topped_up, 'more review')} of traces drawn before")
    for name, rate in draw.rates.items():
        lines.append(f"  {name:<10} each of {draw.eligible[name]:,} with probability {float(rate):.4f}")
    for judge in draw.verdict_counts["judges"]:
        told = f"{judge['n_flagged']:,} flagged, {judge['n_passed']:,} passed"
        told += f", {judge['n_without_verdict']:,} without a verdict"
        lines.append(f"  {judge['judge']} on {judge['criterion']}: {told}")
    return "\n".join(lines)
