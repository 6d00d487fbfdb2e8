"""ingest."""

from __future__ import annotations

from pathlib import Path

import click

from review_app import actions
from review_app.cli.console import plural, progress, progress_done, project_option, say
from review_app.cli.preview import preview_text


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_", help="Read every file as this format instead of looking at its content.")
@click.option("--map", "map_file", type=click.Path(path_type=Path), help="A yaml that maps your columns to ours.")
@click.option("--guess", is_flag=True, help="Print a mapping drafted from the first file; nothing is stored.")
@click.option(
    "--dry-run", is_flag=True, help="Show what would happen, with three traces as examples; nothing is stored."
)
@project_option
def ingest(
    paths: tuple[Path, ...],
    format_: str | None,
    map_file: Path | None,
    guess: bool,
    dry_run: bool,
    project: Path,
) -> None:
    """Store the traces of these files and folders. Safe to repeat and to interrupt.

    \b
    Example: review-app ingest traces.jsonl exports/ --project my-project
             review-app ingest exports/ --dry-run --project my-project
             review-app ingest chats.csv --guess > chats.map.yaml
             review-app ingest chats.csv --map chats.map.yaml --project my-project
    """
    if guess:
        say(actions.guess_mapping(paths[0]))
        return
    if dry_run:
        say(preview_text(actions.preview_ingest(project, paths, format=format_, map_file=map_file)))
        return
    done = actions.ingest(
        project,
        paths,
        format=format_,
        map_file=map_file,
        progress=lambda file, records: progress(f"{file}: {records:,} records read"),
    )
    progress_done()
    say(ingested_text(done))


def ingested_text(done: actions.Ingested) -> str:
    """The counts of an ingest, what was redacted and left out, and where rejects are listed."""
    lines = [ingested_line(done)]
    if done.redacted:
        found = ", ".join(f"{count:,} {name}" for name, count in sorted(done.redacted.items()))
        lines.append(f"redacted before storing: {found}")
    if done.left_out:
        lines.append(f"columns left out, as the mapping says nothing of them: {', '.join(done.left_out)}")
    if done.rejects:
        lines.append(f"what was rejected or has no place is listed with line, field and reason in {done.rejects}")
    if done.unlisted:
        lines.append(f"the list ends there: {done.unlisted:,} more were counted and are not in it")
    return "\n".join(lines)


def ingested_line(done: actions.Ingested) -> str:
    """The counts of an ingest, in one line."""
    saved = done.saved
    line = f"read {done.read:,}: {saved.new:,} new, {saved.same:,} same, {saved.changed:,} changed"
    line += f", {done.rejected:,} rejected"
    line += f"; with {plural(done.verdicts, 'verdict')} of judges found inside" if done.verdicts else ""
    line += f"; {plural(done.repeated, 'verdict')} that were there before" if done.repeated else ""
    line += (
        f"; {plural(done.contradicting, 'verdict')} that say something else than before" if done.contradicting else ""
    )
    line += f"; {plural(done.reviews, 'review')} by people found inside" if done.reviews else ""
    line += f"; {plural(done.corrections, 'correction')} by people found inside" if done.corrections else ""
    line += f"; {plural(done.unasked, 'opinion')} that the rubric has no question for" if done.unasked else ""
    return line + (f"; {plural(done.orphans, 'opinion')} on traces that are not stored" if done.orphans else "")
