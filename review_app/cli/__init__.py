"""The command line: one command per verb, each opening a project, calling one action and printing what it did.

Exit codes: 0 fine or pass, 1 our error, 2 wrong usage, 3 the gate blocks, 4 the gate cannot tell.
"""

from __future__ import annotations

import os
import sys
import traceback

import click

from review_app import __version__
from review_app.cli import (
    agreement,
    checks,
    feedback,
    gate,
    golden,
    judge,
    lake,
    opinions,
    project,
    pull,
    run,
    sampling,
    tokens,
    traces,
)
from review_app.cli.console import warn
from review_app.errors import ReviewAppError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="review-app")
def commands() -> None:
    """Grade what your LLM product really did, and learn how far your LLM judges can be trusted.

    \b
    Start here:   review-app demo my-demo
    Your own:     review-app init my-project
                  review-app ingest traces.jsonl --project my-project
    """


for _command in (
    project.init,
    project.demo,
    traces.ingest,
    pull.pull,
    opinions.import_,
    feedback.feedback,
    checks.check,
    sampling.sample,
    lake.lake,
    project.serve,
    tokens.token,
    agreement.agreement,
    judge.judge,
    golden.golden,
    run.run,
    run.runs,
    gate.gate,
    sampling.export,
    project.doctor,
):
    commands.add_command(_command)


def main() -> None:
    """Run a command; every error becomes a message and an exit code here."""
    try:
        commands(standalone_mode=False)
    except ReviewAppError as error:
        warn(f"error: {error}")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        warn("\nstopped; what was done is kept, and the same command goes on from there")
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  the last place where it can be told to a person
        if os.environ.get("REVIEW_APP_DEBUG"):
            traceback.print_exc()
        warn(f"error: this is a fault of ours: {type(error).__name__}: {error}")
        warn("  what to do: run it again with REVIEW_APP_DEBUG=1 and report what it prints")
        sys.exit(1)
