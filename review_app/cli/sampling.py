"""sample, export reviews."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import plural, progress, progress_done, project_option, say
from review_app.cli.lake import lake_text


@click.command()
@click.option("--reviews", type=click.IntRange(min=1), help="Another budget than the one in sampling.yaml.")
@click.option("--plan", is_flag=True, help="Say what the draw would cost and tell, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="With --plan: print everything as JSON.")
@click.option("--slice", "slices", multiple=True, metavar="COLUMN=VALUE", help="Fresh traces of this slice instead.")
@click.option("--as", "person", default="", help="With --slice: who is doing this: your name.")
@click.option("--lake", metavar="URL", help="Draw where the traces are, by lake.yaml, and copy only what is drawn.")
@project_option
def sample(  # noqa: PLR0913  its options
    reviews: int | None,
    plan: bool,
    as_json: bool,
    slices: tuple[str, ...],
    person: str,
    lake: str | None,
    project: Path,
) -> None:
    """Draw the review queue of sampling.yaml. The same draw adds nothing; a larger budget only adds.

    With --slice, given once or more, about so many fresh traces that have all these values are sent to the queue
    instead (20 unless --reviews says otherwise). Each time it is run it sends more.

    With --lake, nothing has to be ingested before: URL is a folder, a file or a pattern of Parquet or JSON lines, or a
    table of your own engine (`review-app lake columns --help`).

    \b
    Example: review-app sample --project my-project
             review-app sample --reviews 200 --project my-project
             review-app sample --plan --project my-project
             review-app sample --slice route=returns --slice language=ja --reviews 20 --as ana
             review-app sample --lake exports/ --project my-project
    """
    _refuse_together(plan, as_json, slices, lake)
    if lake:
        drawn = actions.sample_lake(project, lake, reviews, progress)
        text = f"{sampled_text(drawn.sampled)}\n{lake_text(drawn)}"
    elif slices:
        text = sampled_text(actions.top_up_slice(project, person, _condition(slices), reviews or 20))
    elif plan:
        text = _forecast(project, reviews, as_json)
    else:
        text = sampled_text(actions.sample(project, reviews, lambda n: progress(f"{plural(n, 'text')} read")))
    progress_done()
    say(text)


@click.group()
def export() -> None:
    """Write what people said to files that stand alone."""


@export.command()
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--wide", is_flag=True, help="A row per trace and criterion, a column per reviewer.")
@project_option
def reviews(to: Path, wide: bool, project: Path) -> None:
    """Write all reviews to TO (.csv, .jsonl or .parquet), a row per review and criterion.

    \b
    Example: review-app export reviews reviews.csv --project my-project
             review-app export reviews wide.csv --wide --project my-project
    """
    say(f"{plural(actions.export_reviews(project, to, wide), 'row')} written to {to}")


@export.command()
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False))
@project_option
def notes(to: Path, project: Path) -> None:
    """Write reviewers' notes to TO (.csv, .jsonl or .parquet), a row per note and code, with the failing step.

    \b
    Example: review-app export notes notes.csv --project my-project
    """
    say(f"{plural(actions.export_notes(project, to), 'row')} written to {to}")


def _refuse_together(plan: bool, as_json: bool, slices: tuple[str, ...], lake: str | None) -> None:
    if lake and (plan or slices):
        raise click.UsageError("--lake goes with neither --plan nor --slice.")
    if (plan and slices) or (as_json and not plan):
        raise click.UsageError("--plan and --slice exclude each other, and --json belongs to --plan.")


def _forecast(project: Path, reviews: int | None, as_json: bool) -> str:
    forecast = actions.plan_sample(project, reviews, actions.measure_agreement(project))
    if as_json:
        return json.dumps(asdict(forecast), indent=1, ensure_ascii=False)
    return actions.forecast_as_text(forecast)


def _condition(slices: Sequence[str]) -> dict[str, str]:
    parts = [given.partition("=") for given in slices]
    if len({column for column, _, _ in parts}) < len(parts) or not all(sign for _, sign, _ in parts):
        raise click.UsageError("Write each --slice as COLUMN=VALUE, with another column each time.")
    return {column: value for column, _, value in parts}


def sampled_text(done: actions.Sampled) -> str:
    """What was drawn, from what, and with which probabilities."""
    draw = done.draw
    added = f"{plural(done.added, 'trace')} added; queue {draw.queue!r} holds {done.held:,}"
    if draw.slice:
        where = " and ".join(f"{column}={value}" for column, value in draw.slice.items())
        return f"{added}\n  drawn from {plural(draw.eligible['slice'], 'fresh trace')} with {where}"
    lines = [f"{added} of {draw.frame_size:,} eligible"]
    if done.topped_up:
        lines.append(f"  {plural(done.topped_up, 'more review')} of traces drawn before")
    if done.urgent:
        lines.append(f"  {plural(done.urgent, 'urgent trace')} before everything, outside the sample")
    if draw.unreachable:
        lines.append(f"  {plural(draw.unreachable, 'trace')} that no strategy can choose: no figure speaks for them")
    for name, rate in draw.rates.items():
        lines.append(f"  {name:<13} each of {draw.eligible[name]:,} with probability {float(rate):.4f}")
        if name == "new_cluster":
            lines += [f"    new: {cluster}" for cluster in draw.eligibility[name]["clusters"]]
    for judge in draw.verdict_counts["judges"]:
        told = f"{judge['n_flagged']:,} flagged, {judge['n_passed']:,} passed"
        told += f", {judge['n_without_verdict']:,} without a verdict"
        lines.append(f"  {judge['judge']} on {judge['criterion']}: {told}")
    return "\n".join(lines)
