"""token add, token list, token revoke."""

from __future__ import annotations

from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import project_option, say


@click.group()
def token() -> None:
    """Tokens with which programs may send traces, or what users said of them.

    \b
    Example: review-app token add gateway --scope ingest
    """


@token.command()
@click.argument("name")
@click.option(
    "--scope", default="ingest", show_default=True, type=click.Choice(["ingest", "feedback"]), help="What for."
)
@project_option
def add(project: Path, name: str, scope: str) -> None:
    """Make a token and show it, this once.

    \b
    Example: review-app token add gateway --scope ingest
    """
    say(actions.add_token(project, name, scope))
    say("This is the only time it is shown. Programs send it as `Authorization: Bearer TOKEN`.")


@token.command("list")
@project_option
def list_(project: Path) -> None:
    """Show which tokens there are, never the tokens themselves.

    \b
    Example: review-app token list --project my-project
    """
    found = actions.list_tokens(project)
    for one in found:
        state = f"revoked {one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else "good"
        say(f"{one.name:<24} {one.scope:<8} made {one.made_at:%Y-%m-%d %H:%M} UTC  {state}")
    if not found:
        say("no tokens; make one with `review-app token add NAME --scope ingest`")


@token.command()
@click.argument("name")
@project_option
def revoke(project: Path, name: str) -> None:
    """Take a token back; the next request with it is refused.

    \b
    Example: review-app token revoke gateway
    """
    actions.revoke_token(project, name)
    say(f"{name}: revoked")
