"""gate."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import project_option, say

EXIT_CODES = {"pass": 0, "block": 3, "inconclusive": 4}


@click.command()
@click.argument("baseline", type=click.Path(path_type=Path))
@click.argument("candidate", type=click.Path(path_type=Path))
@click.option("--json", "style", flag_value="json", help="Print the decision as JSON.")
@click.option("--markdown", "style", flag_value="markdown", help="Print it for a pull request.")
@project_option
def gate(baseline: Path, candidate: Path, style: str | None, project: Path) -> None:
    """May the candidate ship? Compares two result files over one golden release by the rules of gate.yaml.

    Exits 0 on pass, 3 on block, 4 where the cases cannot tell.

    \b
    Example: review-app gate baseline.jsonl candidate.jsonl --project my-project
    """
    decision = actions.gate(project, baseline, candidate)
    if style == "json":
        say(json.dumps(actions.decision_as_dict(decision), indent=1))
    elif style == "markdown":
        say(actions.decision_as_markdown(decision))
    else:
        say(actions.decision_as_text(decision))
    sys.exit(EXIT_CODES[decision.outcome])
