"""check."""

from __future__ import annotations

from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import plural, progress, progress_done, project_option, say


@click.command()
@click.option("--check", "name", help="Only this check of checks.yaml.")
@click.option("--failures", is_flag=True, help="List the traces that fail --check, as it was last run: id, tab, where.")
@click.option("--errors", is_flag=True, help="List those on which it broke down, and why.")
@click.option("--retry-errors", is_flag=True, help="Run checks again where they broke down.")
@project_option
def check(name: str | None, failures: bool, errors: bool, retry_errors: bool, project: Path) -> None:
    """Run the checks of checks.yaml on every trace they have not seen. Safe to repeat and to interrupt.

    Per check: how many traces pass, fail, broke it (error) or are none of its business (n.a.), and the share of fails
    among passes and fails with a 95 % interval (Wilson).

    \b
    Example: review-app check --project my-project
             review-app check --check no_leaks --failures --project my-project
    """
    if failures or errors:
        if name is None:
            raise click.UsageError("--failures and --errors list the traces of one check: name it with --check NAME.")
        for found in actions.check_findings(project, name, "fail" if failures else "error"):
            say(f"{found.trace_id}\t{' '.join(found.detail.split())}")
        return
    done = actions.run_checks(
        project,
        check=name,
        retry_errors=retry_errors,
        progress=lambda seen, total: progress(f"{seen:,} of {total:,} traces checked"),
    )
    progress_done()
    say(checked_text(done))


def checked_text(done: actions.Checked) -> str:
    """How many results are new, then a row per check, under its layer."""
    lines = [f"{plural(done.ran, 'new result')} on {plural(done.traces, 'trace')}"]
    if not done.counts:
        return lines[0]
    width = max(len(one.check) for one in done.counts)
    lines.append(f"  {'check':<{width}}  {'layer':<10} {'pass':>9} {'fail':>9} {'error':>7} {'n.a.':>9}  fail share")
    return "\n".join(lines + [_row(one, width) for one in done.counts])


def _row(one: actions.CheckCount, width: int) -> str:
    share = one.failed_share
    told = share.reason
    if share.value is not None and share.low is not None and share.high is not None:
        told = f"{share.value:.2%} ({share.low:.2%} to {share.high:.2%})"
    return (
        f"  {one.check:<{width}}  {one.layer:<10} {one.passed:>9,} {one.failed:>9,} {one.errors:>7,} "
        f"{one.not_applicable:>9,}  {told}"
    )
