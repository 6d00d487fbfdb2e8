"""golden list, propose, approve, reject, release, verify, export."""

from __future__ import annotations

from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import plural, project_option, say

_as_option = click.option("--as", "person", required=True, help="Who is doing this: your name.")
_release_option = click.option("--release", "number", type=int, help="Which release; the latest unless given.")


@click.group()
def golden() -> None:
    """The benchmark of settled cases: proposed, approved, frozen in releases."""


@golden.command(name="list")
@project_option
def list_(project: Path) -> None:
    """List proposals and releases.

    \b
    Example: review-app golden list --project my-project
    """
    board = actions.golden_board(project)
    for row in board.proposals.to_dict("records"):
        say(f"{row['example_id']}  {row['status']:<9} {row['layer']:<17} by {row['proposer']}: {row['reason']}")
    for row in board.releases.to_dict("records"):
        say(f"release {row['number']}  {plural(row['examples'], 'case')}  {row['content_hash']}  by {row['by']}")
    if board.proposals.empty:
        say("nothing is proposed yet: promote a case on the review page, or with `review-app golden propose`")


@golden.command()
@click.argument("trace_id")
@click.option("--layer", required=True, help="high_volume_task, expensive_mistake, known_failure or edge_case.")
@click.option("--reason", required=True, help="Why this case must be kept.")
@_as_option
@project_option
def propose(trace_id: str, layer: str, reason: str, person: str, project: Path) -> None:
    """Propose a trace you have reviewed.

    \b
    Example: review-app golden propose t-1042 --layer known_failure --reason "quoted the old deadline" --as ana
    """
    say(f"proposed as {actions.propose_golden(project, person, trace_id, layer, reason)}")


@golden.command()
@click.argument("example_ids", nargs=-1, required=True)
@_as_option
@project_option
def approve(example_ids: tuple[str, ...], person: str, project: Path) -> None:
    """Approve proposals somebody else made.

    \b
    Example: review-app golden approve ex-3f2a91bc77aa --as ben --project my-project
    """
    say(f"{plural(actions.approve_golden(project, person, list(example_ids)), 'case')} approved")


@golden.command()
@click.argument("example_ids", nargs=-1, required=True)
@click.option("--why", required=True, help="The reason.")
@_as_option
@project_option
def reject(example_ids: tuple[str, ...], why: str, person: str, project: Path) -> None:
    """Reject proposals, with a reason.

    \b
    Example: review-app golden reject ex-3f2a91bc77aa --why "duplicate of ex-90ab" --as ben
    """
    say(f"{plural(actions.reject_golden(project, person, list(example_ids), why), 'case')} rejected")


@golden.command()
@click.option("--notes", default="", help="What changed, for whoever reads the list of releases.")
@_as_option
@project_option
def release(notes: str, person: str, project: Path) -> None:
    """Freeze all approved cases into the next numbered release.

    \b
    Example: review-app golden release --as ben --notes "adds the German deadlines"
    """
    made = actions.release_golden(project, person, notes)
    say(f"release {made.number}: {plural(made.examples, 'case')}, {made.content_hash}, in {made.path}")


@golden.command()
@_release_option
@project_option
def verify(number: int | None, project: Path) -> None:
    """Check that a release still has the bytes that were released.

    \b
    Example: review-app golden verify --release 2 --project my-project
    """
    found = actions.verify_golden(project, number)
    say(f"release {found.number}: {plural(len(found.examples), 'case')}, unaltered, {found.content_hash}")


@golden.command()
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False))
@_release_option
@project_option
def export(to: Path, number: int | None, project: Path) -> None:
    """Write a release to TO (.jsonl or .csv), complete in itself.

    \b
    Example: review-app golden export golden.csv --project my-project
    """
    say(f"{plural(actions.export_golden(project, to, number), 'case')} written to {to}")
