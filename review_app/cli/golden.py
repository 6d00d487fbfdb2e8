"""golden list, show, propose, approve, reject, retire, release, diff, coverage, verify, export."""

from __future__ import annotations

import json
from dataclasses import asdict
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
@click.option("--supersedes", help="An approved case that leaves the set once this one is approved.")
@_as_option
@project_option
def propose(trace_id: str, layer: str, reason: str, supersedes: str | None, person: str, project: Path) -> None:
    """Propose a trace you have reviewed, or, where you lead, one that a colleague has.

    \b
    Example: review-app golden propose t-1042 --layer known_failure --reason "quoted the old deadline" --as ana
    """
    name = actions.propose_golden(project, person, trace_id, layer, reason, supersedes)
    say(f"proposed as {name}")
    for finding in actions.golden_findings(project, person, [name])[name]:
        say(f"  {finding.kind.replace('_', ' ')}: {finding.says}")


@golden.command()
@click.argument("example_ids", nargs=-1, required=True)
@click.option("--despite", default="", help="Why cases with findings are approved nevertheless; it stays with them.")
@_as_option
@project_option
def approve(example_ids: tuple[str, ...], despite: str, person: str, project: Path) -> None:
    """Approve proposals somebody else made, or your own where two blind reviews agree.

    \b
    Example: review-app golden approve ex-3f2a91bc77aa --as ben --project my-project
    """
    say(f"{plural(actions.approve_golden(project, person, example_ids, despite), 'case')} approved")


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
    say(f"{plural(actions.reject_golden(project, person, example_ids, why), 'case')} rejected")


@golden.command()
@click.argument("example_ids", nargs=-1, required=True)
@click.option("--why", required=True, help="The reason.")
@_as_option
@project_option
def retire(example_ids: tuple[str, ...], why: str, person: str, project: Path) -> None:
    """Take approved cases out of the releases to come. To replace one, use `propose --supersedes`.

    \b
    Example: review-app golden retire ex-3f2a91bc77aa --why "the policy changed in May" --as ben
    """
    say(f"{plural(actions.retire_golden(project, person, example_ids, why), 'case')} retired")


@golden.command()
@click.argument("example_id")
@_as_option
@project_option
def show(example_id: str, person: str, project: Path) -> None:
    """Show a case: what was frozen, who said what, why it was drawn, and what happened to it since, as JSON.

    \b
    Example: review-app golden show ex-3f2a91bc77aa --as ben | less
    """
    found = asdict(actions.golden_case(project, person, example_id))
    say(json.dumps(found, indent=2, ensure_ascii=False, default=str))


@golden.command()
@click.argument("old", type=int)
@click.argument("new", type=int)
@project_option
def diff(old: int, new: int, project: Path) -> None:
    """Show what changed from release OLD to release NEW.

    \b
    Example: review-app golden diff 1 2 --project my-project
    """
    found = actions.diff_golden(project, old, new)
    for name in found.added:
        say(f"+ {name}")
    for gone in found.removed:
        say(f"- {gone.example_id}  {gone.why}" + (f"  replaced by {gone.successor}" if gone.successor else ""))
    for name, fields in found.changed.items():
        say(f"~ {name}  {', '.join(fields)}")
    say(
        f"{plural(len(found.added), 'case')} added, {len(found.removed)} removed, {len(found.changed)} changed, "
        f"{found.kept} the same"
    )


@golden.command()
@click.option("--release", "number", type=int, help="Of this release; of the cases approved now unless given.")
@project_option
def coverage(number: int | None, project: Path) -> None:
    """Show which layers, tasks and languages the cases cover, and whether the traffic changed since the last release.

    \b
    Example: review-app golden coverage --project my-project
    """
    say(f"{'':<10}{'':<28}{'cases':>6}{'dev':>6}{'test':>6}{'traffic':>9}{'share':>8}")
    for row in actions.golden_coverage(project, number):
        traffic = (
            "" if row.traffic is None else f"{row.traffic:>9,}" + ("" if row.share is None else f"{row.share:>8.1%}")
        )
        value = (row.value or "(none)")[:27]
        say(f"{row.by:<10}{value:<28}{row.cases:>6}{row.dev:>6}{row.test:>6}{traffic}")
    if drift := actions.golden_drift(project):
        from review_app.watch.text import said_of_drift  # loads scipy

        say(f"\nTraffic since release {drift.release}, beside before:")
        for column in drift.columns:
            say(f"{column.column:<16}{said_of_drift(column)}")


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
@click.argument("to", type=click.Path(path_type=Path))
@click.option("--format", "form", help="What for, where TO's ending does not say it; see docs/exports.md.")
@_release_option
@project_option
def export(to: Path, form: str | None, number: int | None, project: Path) -> None:
    """Write a release to TO: .jsonl, .csv, .parquet, or for another tool.

    Formats: csv, deepeval, huggingface (a folder), inspect, jsonl, langfuse, openai-evals, parquet, phoenix, promptfoo.

    \b
    Example: review-app golden export golden.csv --project my-project
    """
    say(f"{plural(actions.export_golden(project, to, number, form), 'case')} written to {to}")
