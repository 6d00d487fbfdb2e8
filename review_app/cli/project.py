"""init, demo, serve, doctor."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from review_app import actions
from review_app.cli.checks import checked_text
from review_app.cli.console import progress, progress_done, project_option, say
from review_app.cli.opinions import imported_text
from review_app.cli.sampling import sampled_text
from review_app.cli.traces import ingested_line

_host_option = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_port_option = click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))


@click.command()
@click.argument("project", type=click.Path(path_type=Path, file_okay=False))
def init(project: Path) -> None:
    """Make a project folder with commented yaml files.

    \b
    Example: review-app init my-project
    """
    made = actions.init(project)
    say(f"{project}: {', '.join(path.name for path in made) or 'every file was there already'}")
    say(f"next: review-app ingest your-traces.jsonl --project {project}")


@click.command()
@click.argument("project", default="review-app-demo", type=click.Path(path_type=Path, file_okay=False))
@click.option("--no-serve", is_flag=True, help="Stop before serving the pages.")
@_host_option
@_port_option
def demo(project: Path, no_serve: bool, host: str, port: int) -> None:
    """Make a project of invented help-desk traces, show what can be learned from it, and open it for review.

    \b
    Example: review-app demo my-demo
    """
    done = actions.make_demo(project, lambda step: progress(f"demo: {step}"))
    progress_done()
    say(f"demo project in {project.resolve()}")
    say(f"\ntraces: {ingested_line(done.ingested)}")
    if done.ingested.rejects:
        say(f"  the broken records are listed in {done.ingested.rejects}")
    say(f"verdicts of judges: {imported_text(done.verdicts)}")
    say(f"checks: {checked_text(done.checked)}")
    say(f"earlier reviews: {imported_text(done.reviews)}")
    say(f"queue: {sampled_text(done.sampled)}")
    say("\n" + actions.agreement_as_text(done.report, brief=True))
    if no_serve:
        say(f"next: review-app serve --project {project}")
        return
    _serve(project, host, port)


@click.command()
@_host_option
@_port_option
@click.option("--store", help="A file or a postgresql:// address, in place of the one in project.yaml.")
@project_option
def serve(project: Path, host: str, port: int, store: str | None) -> None:
    """Serve the review, agreement and golden pages.

    \b
    Example: review-app serve --project my-project --port 8501
    """
    if store:
        # In the environment the server program finds it, and a list of processes shows no password of it.
        os.environ["REVIEW_APP_STORE"] = store if "://" in store else str(Path(store).resolve())
    actions.project_overview(project)  # a broken project is told here, not in a browser
    _serve(project, host, port)


@click.command()
@project_option
def doctor(project: Path) -> None:
    """Look whether this machine and this project are in good health.

    \b
    Example: review-app doctor --project my-project
    """
    findings = actions.doctor(project)
    for found in findings:
        say(f"{found.level:<8} {found.what}" + (f"\n         {found.do}" if found.level != "ok" else ""))
    sys.exit(1 if any(found.level == "failure" for found in findings) else 0)


def _serve(project: Path, host: str, port: int) -> None:
    # The server is a program of its own: nothing that a page needs is ever loaded by a command.
    command = [sys.executable, "-m", "review_app.server", str(project.resolve()), host, str(port)]
    sys.stdout.flush()
    os.execv(sys.executable, command)
