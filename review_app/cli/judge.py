"""judge new, run, show, split, compare, certify, improve, canaries, change, batch."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from review_app import actions
from review_app.cli.console import plural, progress_done, project_option, say, warn
from review_app.cli.spending import terms

if TYPE_CHECKING:
    from review_app.actions.judge_drift import SinceCertified
    from review_app.actions.judging import Judged
    from review_app.agreement.estimate import Estimate

_yes = click.option("--yes", is_flag=True, help="Approve the price without being asked.")
_budget = click.option(
    "--budget", type=click.FloatRange(min=0), help="USD this run may cost; stands for project.yaml's."
)
_sample = click.option("--sample", help="Judge only this share of the frame, as 0.1: every trace has this probability.")


@click.group()
def judge() -> None:
    """Let models judge traces, and measure them before they are trusted. See docs/judges.md.

    \b
    Example: review-app judge run my_judge --sample 0.1
    """


@judge.command()
@click.argument("name")
@project_option
def new(project: Path, name: str) -> None:
    """Write a commented judge file to start from.

    \b
    Example: review-app judge new faithful
    """
    say(f"{actions.new_judge(project, name)}: edit it, then `review-app judge run {name}`")


@judge.command()
@click.argument("name", required=False)
@_sample
@click.option("--labels", "part", type=click.Choice(["train", "dev"]), help="Judge this part of the human labels only.")
@_budget
@_yes
@project_option
def run(name: str | None, sample: str | None, part: str | None, budget: float | None, yes: bool, project: Path) -> None:
    """Ask a judge about every trace it has not answered for. Interrupted and run again, it pays for nothing twice.

    \b
    Example: review-app judge run my_judge --sample 0.1 --yes
    """
    found = actions.judge_run(project, name, sample, part, terms(budget, yes))
    progress_done()
    _tell(found)


@judge.command()
@click.argument("name", required=False)
@project_option
def show(name: str | None, project: Path) -> None:
    """What is known of a judge: its versions, certificates and canaries, and each opening of the test part.

    \b
    Example: review-app judge show my_judge
    """
    found = actions.judge_record(project, name)
    for one in found.standings:
        statuses = ", ".join(f"{count:,} {status}" for status, count in sorted(one.statuses.items()))
        now = " (as its file is now)" if one.current else ""
        say(f"{one.judge} {one.judge_version}{now}: {statuses or 'no verdicts'}")
        if (proof := one.certificate) is not None:
            outcome = "certified" if proof.passed else f"not certified: {proof.reason}"
            say(f"  {proof.at:%Y-%m-%d}, opening {proof.openings}: {outcome}")
            say(f"    failures flagged     {_shown(proof.tpr)}")
            say(f"    good answers passed  {_shown(proof.tnr)}")
            _since(one.since)
        elif one.current:
            say("  no certificate")
        if one.canaries is not None:
            say(f"  turned by any plea     {_shown(one.canaries.steered)}")
            say(f"  by an idle sentence    {_shown(one.canaries.control)}")
    say(f"the test part of {found.criterion} was opened {plural(len(found.openings), 'time')}")
    for opening in found.openings:
        at = f"{opening.at:%Y-%m-%d %H:%M} UTC"
        say(f"  {at}, {plural(opening.labels, 'label')}: {opening.judge} {opening.judge_version}")


def _since(found: SinceCertified | None) -> None:
    if found is None or not (found.tpr.n or found.tnr.n):
        return
    say("    on what it judged since, and people labelled:")
    say(f"      failures flagged     {_shown(found.tpr)}")
    say(f"      good answers passed  {_shown(found.tnr)}")
    for line in found.fallen:
        say(f"      DRIFTED: {line}")


@judge.command()
@click.argument("criterion")
@project_option
def split(criterion: str, project: Path) -> None:
    """Part the human labels of a criterion into train, dev and test, by session and near-duplicate; once and for all.

    \b
    Example: review-app judge split good_enough
    """
    found = actions.split_labels(project, criterion)
    parts = ", ".join(f"{part} {found.traces.get(part, 0)}" for part in ("train", "dev", "test"))
    say(f"{criterion}: {parts}; {found.new} new; the test part was opened {plural(found.opened, 'time')}")
    if found.traces.get("none"):
        say(f"{plural(found.traces['none'], 'trace')} left out: their sessions or questions grew together across parts")


@judge.command()
@click.argument("first")
@click.argument("second")
@project_option
def compare(first: str, second: str, project: Path) -> None:
    """Two judges, or two versions of one (NAME@VERSION), beside people on the dev part.

    \b
    Example: review-app judge compare my_judge@1f2e3d4c5b6a my_judge
    """
    found = actions.compare_judges(project, first, second).found
    say(f"{second} minus {first}, on labelled traces of dev:")
    for what, rate in (("right", found.accuracy), ("failures flagged", found.tpr), ("good answers passed", found.tnr)):
        say(f"  {what:<20} {_shown(rate, signed=True)}")
    say(f"  only the second was right on {found.won}, only the first on {found.lost}; people tied on {found.ties}")


@judge.command()
@click.argument("name", required=False)
@_budget
@_yes
@project_option
def certify(name: str | None, budget: float | None, yes: bool, project: Path) -> None:
    """Open the test part once, and record whether the judge may be trusted. Each opening is counted and shown.

    \b
    Example: review-app judge certify my_judge
    """
    found = actions.certify_judge(project, name, terms(budget, yes))
    progress_done()
    say(f"the test part has now been opened {plural(found[0].openings, 'time')}")
    for one in found:
        say(f"{one.judge} {one.judge_version}: {'certified' if one.passed else 'not certified: ' + one.reason}")
        say(f"  failures flagged     {_shown(one.tpr)}")
        say(f"  good answers passed  {_shown(one.tnr)}")


@judge.command()
@click.argument("name", required=False)
@click.option("--with-model", is_flag=True, help="Let the judge's first model write new instructions.")
@_yes
@project_option
def improve(name: str | None, with_model: bool, yes: bool, project: Path) -> None:
    """Draft examples, and with a model new instructions, from where judge and people differ in train. Nothing uses the
    draft until you move it over the judge's file.

    \b
    Example: review-app judge improve my_judge --with-model
    """
    found = actions.improve_judge(project, name, with_model=with_model, terms=terms(None, yes))
    say(f"train: {found.missed} missed failures, {found.false_alarms} false alarms; {found.examples} examples drafted")
    say(f"instructions: {'new: ' + found.why if found.revised else 'as they were: ' + found.reason}")
    say(f"read {found.path}, and move it over the judge's file to accept it")


@judge.command()
@click.argument("name", required=False)
@click.option(
    "--traces", default=20, show_default=True, type=click.IntRange(min=5), help="Flagged traces to try it on."
)
@_budget
@_yes
@project_option
def canaries(name: str | None, traces: int, budget: float | None, yes: bool, project: Path) -> None:
    """Let flagged answers plead to be passed, and count how often the judge gives way.

    \b
    Example: review-app judge canaries my_judge --traces 20
    """
    for found in actions.run_canaries(project, name, traces, terms(budget, yes)):
        progress_done()
        say(f"{found.judge} {found.judge_version}: turned by any plea {_shown(found.steered)}")
        say(f"  an idle sentence turns {_shown(found.control)}")
        for kind, rate in found.by_kind.items():
            say(f"  {kind:<22} {_shown(rate)}")


@judge.command()
@click.argument("old")
@click.argument("new_one", metavar="NEW")
@click.option("--since", required=True, type=click.DateTime(), help="Where the later traffic begins (UTC).")
@project_option
def change(old: str, new_one: str, since: datetime, project: Path) -> None:
    """Part a change of the flagged share in the system's and the judge's, by earlier traces that both judged.

    \b
    Example: review-app judge change my_judge@1f2e3d4c5b6a my_judge --since 2026-09-01
    """
    found = actions.explain_change(project, old, new_one, since.replace(tzinfo=UTC))
    for what, rate in (
        ("flagged share", found.total),
        ("the system's part", found.system),
        ("the judge's", found.judge),
    ):
        say(f"  {what:<20} {_shown(rate, signed=True)}")


@judge.group()
def batch() -> None:
    """Ask by a provider's batch: cheaper, within a day.

    \b
    Example: review-app judge batch submit my_judge
    """


@batch.command()
@click.argument("name", required=False)
@_sample
@_budget
@_yes
@project_option
def submit(name: str | None, sample: str | None, budget: float | None, yes: bool, project: Path) -> None:
    """Send what waits as batches.

    \b
    Example: review-app judge batch submit my_judge --yes
    """
    found = actions.submit_batch(project, name, sample, terms(budget, yes))
    for batch_id, count in found.batches.items():
        say(f"{batch_id}: {plural(count, 'question')}")
    if not found.batches:
        say("nothing waits")
    if found.capped:
        say(f"{plural(found.capped, 'question')} left out: the spend cap is reached")


@batch.command()
@click.argument("name", required=False)
@project_option
def poll(name: str | None, project: Path) -> None:
    """Show how far each batch is.

    \b
    Example: review-app judge batch poll my_judge
    """
    found = actions.poll_batches(project, name)
    for batch_id, one in found.items():
        say(f"{batch_id}: {one.status}, {one.done} of {one.total} done, {one.failed} failed")
    if not found:
        say("no batch is open")


@batch.command()
@click.argument("name", required=False)
@project_option
def collect(name: str | None, project: Path) -> None:
    """Keep what batches that ended have answered; the rest waits for the next run or batch.

    \b
    Example: review-app judge batch collect my_judge
    """
    found = actions.collect_batches(project, name)
    say(f"{found.answered:,} answers kept; {found.unanswered:,} not answered; batches still at work: {found.open}")
    for reason, count in found.failed.items():
        say(f"  failed {count}: {reason}")


def _tell(found: Judged) -> None:
    share = "" if found.share == 1 else f" ({found.share} of the frame, each with that probability)"
    say(f"{found.judge} {found.judge_version}: {plural(found.traces, 'trace')}{share}")
    statuses = ", ".join(f"{count:,} {status}" for status, count in sorted(found.statuses.items()))
    asked = f"{found.asked:,} requests, {found.known:,} known before, {found.spent_usd:.4f} USD"
    say(f"  verdicts: {statuses or 'none'}; {asked}")
    for reason, count in sorted(found.failures.items(), key=lambda one: -one[1])[:5]:
        say(f"  no label {count:,} times: {reason}")
    if found.possibly_paid_twice:
        say(f"  {plural(found.possibly_paid_twice, 'request')} ended unseen when a program died: possibly paid twice")
    if found.stopped == "interrupted":
        raise KeyboardInterrupt
    if found.stopped:
        warn(f"stopped: {found.stopped}; the same command goes on from there")


def _shown(rate: Estimate, *, signed: bool = False) -> str:
    if rate.value is None:
        return f"not known: {rate.reason}"
    style = "+.3f" if signed else ".3f"
    return f"{rate.value:{style}} ({rate.low:{style}} to {rate.high:{style}}), n {rate.n}; {rate.method}"
