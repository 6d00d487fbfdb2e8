"""Bring traces in: read, keep what is sound, list what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from review_app.actions.rejects import RejectsFile
from review_app.actions.workspace import Workspace, opened
from review_app.errors import BadInput
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.traces import Prepared, Saved
from review_app.tables import Reject, Verdict
from review_app.traces import guess, mapping, readers
from review_app.traces.mapping import TraceMapping
from review_app.traces.trace import Trace

# One transaction each: large enough to be fast, small enough that an interruption loses little and memory stays flat.
BATCH = 2_000

Item = Prepared | Verdict | Reject
Progress = Callable[[str, int], None]
"""Called with the file being read and the records read so far."""


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """read = new + same + changed + rejected traces. verdicts: those found inside trace files and stored.
    rejects: the file that lists what was refused; None when nothing was.
    left_out: columns that the mapping neither uses, keeps as metadata, nor ignores by name."""

    read: int = 0
    saved: Saved = field(default_factory=Saved)
    rejected: int = 0
    verdicts: int = 0
    rejects: Path | None = None
    left_out: tuple[str, ...] = ()


def ingest(
    project: Path,
    paths: Sequence[Path],
    *,
    format: str | None = None,  # noqa: A002  (the word of the command line)
    map_file: Path | None = None,
    progress: Progress = lambda file, records: None,
) -> Ingested:
    """Store every sound trace of these files and folders; run again, or after an interruption, it adds nothing twice.

    Raises BadInput where a file is missing or of no known format, BadConfig where the mapping is wrong."""
    workspace = opened(project)
    mapped = mapping.load(map_file) if map_file else None
    with RejectsFile(workspace.settings.folder, "ingest") as rejects:
        run = _Run(workspace, rejects)
        for path in readers.files(paths):
            run.left_out |= dict.fromkeys(mapping.unmapped(path, mapped) if mapped else ())
            for batch in _batches(_items(path, format, mapped, named=path in paths)):
                run.keep(batch)
                progress(path.name, run.read)
        return run.outcome()


def guess_mapping(path: Path) -> str:
    """A mapping yaml for a table or JSON file, drafted by looking at it."""
    return guess.guess(path)


class _Run:
    """The counts of one run, while it runs."""

    def __init__(self, workspace: Workspace, rejects: RejectsFile) -> None:
        self._store, self._rejects = workspace.store, rejects
        self._saved, self._verdicts, self._rejected, self.read = Saved(), 0, 0, 0
        self.left_out: dict[str, None] = {}

    def keep(self, batch: Sequence[Item]) -> None:
        traces = [item for item in batch if isinstance(item, Prepared)]
        refused = [item for item in batch if isinstance(item, Reject)]
        self._saved += trace_table.save(self._store, traces, datetime.now(UTC))
        self._keep_verdicts([item for item in batch if isinstance(item, Verdict)])
        for item in refused:
            self._rejects.add(item)
        self._rejected += len(refused)
        self.read += len(traces) + len(refused)

    def _keep_verdicts(self, verdicts: list[Verdict]) -> None:
        saved = verdict_table.save(self._store, verdicts)
        self._verdicts += saved.new
        for conflict in saved.conflicts:
            self._rejects.add(conflicting(conflict, file="trace file", line=0))

    def outcome(self) -> Ingested:
        return Ingested(
            read=self.read,
            saved=self._saved,
            rejected=self._rejected,
            verdicts=self._verdicts,
            rejects=self._rejects.path,
            left_out=tuple(self.left_out),
        )


def conflicting(verdict: Verdict, *, file: str, line: int) -> Reject:
    """The reject for a verdict that contradicts one the same judge version gave before."""
    return Reject(
        file=file,
        line=line,
        field="judge_version",
        reason=f"{verdict.judge} in version {verdict.judge_version} gave another answer before; "
        "give a changed judge another version",
        raw=f"{verdict.trace_id} / {verdict.criterion}: {verdict.label}",
    )


def _items(
    path: Path,
    format: str | None,  # noqa: A002
    mapped: TraceMapping | None,
    named: bool,
) -> Iterable[Trace | Verdict | Reject]:
    """What a file holds. One of no known format is an error when it was named, and a reject when it lay in a folder."""
    try:
        return readers.read(path, format, mapped)
    except BadInput as fault:
        if named:
            raise
        return [Reject(file=str(path), line=0, field="file", reason=fault.message)]


def _batches(items: Iterable[Trace | Verdict | Reject]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        batch.append(trace_table.prepare(item) if isinstance(item, Trace) else item)
        # A verdict follows its trace, and both go in together.
        if len(batch) >= BATCH and not isinstance(item, Verdict):
            yield batch
            batch = []
    if batch:
        yield batch
