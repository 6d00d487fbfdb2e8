"""gate (decide), gate plan, gate history."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review_app import actions
from review_app.cli.console import project_option, say

if TYPE_CHECKING:
    from review_app.gate.decision import Decision

EXIT_CODES = {"pass": 0, "block": 3, "inconclusive": 4}


class _DecideUnlessNamed(click.Group):
    """`gate a.jsonl b.jsonl` is `gate decide a.jsonl b.jsonl`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        asks_help = args[:1] in (["--help"], ["-h"])
        return super().parse_args(ctx, args if not args or asks_help or args[0] in self.commands else ["decide", *args])


@click.group(cls=_DecideUnlessNamed)
def gate() -> None:
    """May the candidate ship? Decide, plan ahead, or look back. `gate A B` is `gate decide A B`."""


@gate.command()
@click.argument("given", nargs=-1, required=True, metavar="[BASELINE] CANDIDATE")
@click.option("--json", "style", flag_value="json", help="Print the decision as JSON.")
@click.option("--markdown", "style", flag_value="markdown", help="Print it for a pull request.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Also write it as JUnit XML.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Also write it as one HTML file.")
@click.option("--as", "person", help="Who is doing this; makes the review queue that a judge's metric needs.")
@project_option
def decide(
    given: tuple[str, ...],
    style: str | None,
    junit: Path | None,
    html: Path | None,
    person: str | None,
    project: Path,
) -> None:
    """Hold a candidate against a baseline by the rules of gate.yaml.

    Two result files over one golden release, or two runs (ids, or names of systems), or one run: it is held against the
    approved baseline. Exits 0 on pass, 3 on block, 4 where the cases cannot tell.

    \b
    Example: review-app gate decide prompt-p8 --project my-project
    """
    if len(given) > 2:
        raise click.UsageError("Give a baseline and a candidate, or a candidate alone.")
    files = [Path(name) for name in given]
    if len(given) == 2 and all(path.suffix == ".jsonl" or path.is_file() for path in files):
        decision = actions.gate(project, files[0], files[1])
    else:
        decision = actions.gate_runs(project, given[-1], given[0] if len(given) == 2 else None, person)
    if junit is not None:
        junit.write_text(actions.decision_as_junit(decision), encoding="utf-8")
    if html is not None:
        links, texts = actions.case_links(project, decision), actions.changed_texts(project, decision)
        html.write_text(actions.decision_as_html(decision, texts, links), encoding="utf-8")
    say(_printed(project, decision, style))
    sys.exit(EXIT_CODES[decision.outcome])


@gate.command()
@click.option("--release", type=int, help="Which release; the latest unless given.")
@project_option
def plan(release: int | None, project: Path) -> None:
    """Before anything is run: which loss this golden release can show, and how often an equal candidate passes.

    \b
    Example: review-app gate plan --project my-project
    """
    say(actions.plan_as_text(actions.gate_plan(project, release)).rstrip())


@gate.command()
@project_option
def history(project: Path) -> None:
    """List the decisions of the gate, the newest first.

    \b
    Example: review-app gate history --project my-project
    """
    found = actions.gate_history(project)
    for row in found.to_dict("records"):
        pair = "two files, their systems not named"
        if isinstance(row["baseline_series"], str):
            pair = f"{row['baseline_series']} / {row['candidate_series']}, look {row['number']:.0f}"
        when = row["at"].strftime("%Y-%m-%d %H:%M")
        say(f"{row['gate_id']}  {when}  release {row['release']}  {row['outcome']:<12} {pair}")
    if found.empty:
        say("the gate has decided nothing yet")


def _printed(project: Path, decision: Decision, style: str | None) -> str:
    if style == "json":
        return json.dumps(actions.decision_as_dict(decision), indent=1)
    if style == "markdown":
        return actions.decision_as_markdown(decision, actions.case_links(project, decision))
    return actions.decision_as_text(decision)
