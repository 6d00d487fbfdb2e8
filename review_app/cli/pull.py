"""pull."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import progress, progress_done, project_option, say
from review_app.cli.preview import preview_text
from review_app.cli.traces import ingested_text


@click.command()
@click.argument("tool", type=click.Choice(["langfuse", "phoenix", "mlflow"]))
@click.argument("url")
@click.option("--name", help="Phoenix' project (default) or MLflow's experiment (Default).")
@click.option("--since", type=click.DateTime(), help="From then on (UTC), whatever was pulled before.")
@click.option(
    "--overlap", type=click.FloatRange(0), default=1, show_default=True, help="Hours to look back for what came late."
)
@click.option(
    "--rate", type=click.FloatRange(0.01, 1000), default=5, show_default=True, help="Requests per second, at most."
)
@click.option("--dry-run", is_flag=True, help="Show what the first page holds; nothing is stored.")
@project_option
def pull(  # noqa: PLR0913  its options
    tool: str,
    url: str,
    name: str | None,
    since: datetime | None,
    overlap: float,
    rate: float,
    dry_run: bool,
    project: Path,
) -> None:
    """Store the traces, scores and annotations of TOOL at URL that are not here yet. Safe to repeat and to interrupt.

    Keys stand in the environment: LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY; PHOENIX_API_KEY; MLFLOW_TRACKING_TOKEN,
    or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.

    \b
    Example: review-app pull langfuse https://cloud.langfuse.com --project my-project
             review-app pull langfuse https://cloud.langfuse.com --dry-run
             review-app pull phoenix http://127.0.0.1:6006 --name desk
             review-app pull mlflow http://127.0.0.1:5000 --name desk --since 2026-09-01
    """
    wanted = actions.Wanted(
        name=name,
        since=since.replace(tzinfo=UTC) if since else None,
        overlap=timedelta(hours=overlap),
        rate=rate,
    )
    if dry_run:
        say(preview_text(actions.preview_pull(project, tool, url, wanted)))
        return
    done = actions.pull(project, tool, url, wanted, lambda read, through: progress(_so_far(read, through)))
    progress_done()
    say(ingested_text(done.ingested))
    if done.through:
        say(f"pulled up to {done.through:%Y-%m-%d %H:%M:%S} UTC, with {done.requests:,} requests")


def _so_far(read: int, through: datetime | None) -> str:
    return f"{read:,} traces read" + (f", up to {through:%Y-%m-%d %H:%M:%S} UTC" if through else "")
