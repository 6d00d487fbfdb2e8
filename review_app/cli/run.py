"""run, runs list, runs report, runs judge, runs approve."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from review_app import actions
from review_app.cli.console import plural, progress, progress_done, project_option, say, warn
from review_app.cli.spending import terms
from review_app.errors import WrongUsage

_SHOWN = 5


@click.command()
@click.option("--name", "series", required=True, help="What you call the system; its runs are versions of it.")
@click.option("--target", help="python:module:function, http(s)://..., or model:FILE.yaml (a model and its prompt).")
@click.option(
    "--from-file", "file", type=click.Path(path_type=Path, dir_okay=False), help="A file of outputs, or of traces."
)
@click.option("--k", "trials", type=click.IntRange(1, 1000), show_default="1", help="Runs of each case by a target.")
@click.option("--set", "options", multiple=True, metavar="KEY=VALUE", help="version, release, workers, output, ...")
@project_option
def run(
    series: str,
    target: str | None,
    file: Path | None,
    trials: int | None,
    options: tuple[str, ...],
    project: Path,
) -> None:
    """Replay the latest golden release through a candidate and measure its answers.

    \b
    --set version=TEXT   which state of the system this is, where its address stays the same
    --set release=N      another release than the latest
    --set workers=N      cases asked at once
    --set max_usd=USD    ask nothing more once the answers cost that much
    --set output=NAME    where an endpoint's JSON has the answer (dotted); also tool_calls, documents, cost_usd, model
    --set timeout=S      seconds an endpoint may take
    --set take=NAME      of a file of traces: an opinion in it, by criterion, that is a measurement; several by comma
    --set as=NAME        who is doing this

    The same command goes on where it was interrupted, and asks again what failed. What proves who you are to an
    endpoint is read from REVIEW_APP_TARGET_TOKEN.

    \b
    Example: review-app run --name prompt-p8 --target http://127.0.0.1:8000/answer --k 3
    """
    _check_source(target, file, trials)
    known = _options(options)
    asked = _asked(series, trials or 1, known)
    if file is not None:
        take = tuple(filter(None, known.pop("take", "").split(",")))
        _nothing_left(known)
        ran = actions.run_file(project, file, asked, take, progress=_shown)
    else:
        ran = actions.run_target(project, actions.target_named(str(target), project, known), asked, progress=_shown)
    progress_done()
    _told(ran)
    say(actions.run_as_text(actions.run_report(project, ran.run_id)).rstrip())


@click.group()
def runs() -> None:
    """Runs of candidates: list them, look at one, approve one as the baseline."""


@runs.command(name="list")
@project_option
def list_(project: Path) -> None:
    """List runs, the newest first.

    \b
    Example: review-app runs list --project my-project
    """
    found = actions.list_runs(project)
    for row in found.to_dict("records"):
        mark = "  baseline" if row["in_force"] else "  was baseline" if row["approved"] else ""
        when = row["at"].strftime("%Y-%m-%d %H:%M")
        say(f"{row['run_id']}  {when}  release {row['release']}  k {row['trials']}  {row['series']}{mark}")
    if found.empty:
        say("no run yet: review-app run --name NAME --target ...")


@runs.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@project_option
def report(name: str, as_json: bool, project: Path) -> None:
    """How good a run is by itself: metrics, pass^k and pass@k, cost, latency. NAME: its id, or its system's name.

    \b
    Example: review-app runs report prompt-p8 --project my-project
    """
    found = actions.run_report(project, name)
    say(json.dumps(actions.run_as_dict(found), indent=1) if as_json else actions.run_as_text(found).rstrip())


@runs.command()
@click.argument("name")
@click.option("--judge", help="Which judge; the only one there is unless given.")
@click.option("--yes", is_flag=True, help="Do not ask before spending.")
@project_option
def judge(name: str, judge: str | None, yes: bool, project: Path) -> None:
    """Let a judge judge a run's answers; its verdicts become a metric. What was judged before is not paid again.

    \b
    Example: review-app runs judge prompt-p8 --judge good_enough --project my-project
    """
    made = actions.judge_outputs(project, name, judge, terms(None, yes))
    progress_done()
    say(f"{plural(made, 'verdict')}")


@runs.command()
@click.argument("name")
@click.option("--as", "person", required=True, help="Who is doing this: your name.")
@click.option("--note", default="", help="Why this run, for whoever asks later.")
@project_option
def approve(name: str, person: str, note: str, project: Path) -> None:
    """Approve a run as the baseline that candidates are held against; for leads.

    \b
    Example: review-app runs approve prompt-p7 --as ana --note "in production since May"
    """
    made = actions.approve_baseline(project, person, name, note)
    say(f"{made.run_id} is the baseline over {made.release_hash}")


def _check_source(target: str | None, file: Path | None, trials: int | None) -> None:
    if (target is None) == (file is None):
        raise WrongUsage("A run needs either --target or --from-file.", do="Give one of the two.")
    if file is not None and trials is not None:
        raise WrongUsage("--k is for a --target; a file holds as many runs of a case as it has.", do="Leave --k out.")


def _asked(series: str, trials: int, known: dict[str, str]) -> actions.Asked:
    """What is asked for; what it is made of leaves `known`."""
    return actions.Asked(
        series=series,
        trials=trials,
        version=known.pop("version", ""),
        release=_whole(known.pop("release", None), "release"),
        workers=_whole(known.pop("workers", None), "workers"),
        person=known.pop("as", None),
        max_usd=_usd(known.pop("max_usd", None)),
    )


def _options(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    wrong = [key for key, sign, _ in pairs if not sign]
    if wrong:
        raise WrongUsage(f"--set {wrong[0]} has no value.", do="Write --set KEY=VALUE.")
    return {key: value for key, _, value in pairs}


def _nothing_left(known: dict[str, str]) -> None:
    if known:
        raise WrongUsage(f"--set {', '.join(known)} means nothing for a file.", do="Leave it out.")


def _whole(text: str | None, name: str) -> int | None:
    if text is None:
        return None
    if not text.isdigit() or int(text) < 1:
        raise WrongUsage(f"--set {name}={text} is no number above 0.", do="Write for instance --set release=3.")
    return int(text)


def _usd(text: str | None) -> float | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not float(text):
        raise WrongUsage(f"--set max_usd={text} is no number above 0.", do="Write for instance --set max_usd=2.50.")
    return float(text)


def _shown(state: Any) -> None:
    spent = f", ${state.cost_usd:.4f}" if state.cost_usd else ""
    progress(f"{state.done:,} of {state.wanted:,} answers, {state.failed:,} failed{spent}")


def _told(ran: actions.Ran) -> None:
    say(f"{plural(ran.asked, 'answer')} now, {ran.kept:,} were there, {ran.failed:,} failed")
    if ran.left:
        warn(f"  {plural(ran.left, 'answer')} not asked for: max_usd is spent; the same command with more goes on")
    if ran.failed:
        warn("  what to do: run the same command again; it asks only those that failed")
    if ran.strangers:
        warn(f"  {plural(ran.strangers, 'record')} of the file belong to no case of this release")
    for reject in ran.rejects[:_SHOWN]:
        warn(f"  {reject.file}:{reject.line}: {reject.field}: {reject.reason}")
    if len(ran.rejects) > _SHOWN:
        warn(f"  and {len(ran.rejects) - _SHOWN} more lines that cannot be read")
