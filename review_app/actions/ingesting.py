"""Bring traces in: read, keep what is sound, list what is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from review_app.actions import found_corrections, found_opinions
from review_app.actions.reading import Batch, Opinion, Reading
from review_app.actions.reading_ahead import read_ahead
from review_app.actions.redacting import Redacting
from review_app.actions.rejects import RejectsFile
from review_app.actions.workspace import Workspace, opened
from review_app.store import reviews as review_table
from review_app.store import rubrics, trace_spans
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.prepared import Prepared
from review_app.store.traces import Saved
from review_app.tables import SPAN, HumanOpinion, Reject, Verdict
from review_app.traces import guess, mapping, readers
from review_app.traces.span_ids import SpanIds
from review_app.traces.trace import Trace

Merged = Callable[[Trace, Trace], Trace]
Progress = Callable[[str, int], None]
"""Called with the file being read and the records read so far."""


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """read = new + same + changed + rejected traces. verdicts: those found inside trace files and stored; repeated:
    those stored before; contradicting: those that say something else than the same judge version did. reviews: those
    made of what people said there, and stored. corrections: answers they would have wanted, now at their trace.
    unasked: what people said that the rubric has no question for. orphans: verdicts and opinions on traces that are not
    stored.
    rejects: the file that lists what was refused, contradicts, is unasked or an orphan; None when there was none.
    unlisted: how many it does not list, as they are too many.
    left_out: columns that the mapping neither uses, keeps as metadata, nor ignores by name.
    redacted: detector -> values it replaced, also those of traces that were stored before."""

    read: int = 0
    saved: Saved = field(default_factory=Saved)
    rejected: int = 0
    verdicts: int = 0
    repeated: int = 0
    contradicting: int = 0
    reviews: int = 0
    corrections: int = 0
    unasked: int = 0
    orphans: int = 0
    rejects: Path | None = None
    unlisted: int = 0
    left_out: tuple[str, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)


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
    mapped, files = mapping.load(map_file) if map_file else None, readers.files(paths)
    redacting = Redacting(workspace.settings.project.redaction)
    with RejectsFile(workspace.settings.folder, "ingest", redacting.reject) as rejects:
        run = IngestRun(workspace, rejects, redacting)
        sources = [(path,) for path in files] if mapped else list(readers.sources(files, format))
        for batch in read_ahead(Reading(sources=sources, format=format, mapped=mapped, named=tuple(paths))):
            run.left_out |= dict.fromkeys(batch.left_out)
            run.keep(batch)
            progress(batch.file, run.read)
        return run.outcome()


def guess_mapping(path: Path) -> str:
    """A mapping yaml for a table or JSON file, drafted by looking at it."""
    return guess.guess(path)


class IngestRun:
    """One run that stores what readers find, batch by batch, and its counts."""

    def __init__(
        self, workspace: Workspace, rejects: RejectsFile, redacting: Redacting, merged: Merged | None = None
    ) -> None:
        """merged: as `kept` of store.traces.save."""
        self._merged = merged
        self._store, self._rubric, self._rejects = workspace.store, workspace.settings.rubric, rejects
        self._redacting = redacting
        self._saved, self._rejected, self.read = Saved(), 0, 0
        self._verdicts, self._repeated, self._contradicting = 0, 0, 0
        self._reviews, self._corrections, self._unasked, self._orphans = 0, 0, 0, 0
        self._waiting: list[Opinion] = []  # on a span whose trace has not come yet
        self.spans = SpanIds()
        self.left_out: dict[str, None] = {}

    def keep(self, batch: Batch) -> None:
        """Store a batch; what was refused is listed."""
        traces = self._redacting.traces([item for item in batch.items if isinstance(item, Prepared)])
        refused = [item for item in batch.items if isinstance(item, Reject)]
        self._saved += trace_table.save(self._store, traces, datetime.now(UTC), self._merged)
        self.spans.note(batch.spans)
        trace_spans.note(self._store, batch.spans.items())
        self._keep_opinions([item for item in batch.items if isinstance(item, Verdict | HumanOpinion)])
        for item in refused:
            self._rejects.add(item)
        self._rejected += len(refused)
        self.read += len(traces) + len(refused)

    def _keep_opinions(self, found: Sequence[Opinion], *, at_the_end: bool = False) -> None:
        resolved = [(item, self.spans.resolved(item)) for item in found]
        if not at_the_end:
            self._waiting += [item for item, known in resolved if known is None]
        here = [known for _, known in resolved if known is not None]
        stored = trace_table.ids(self._store, list({item.trace_id for item in here})) if here else {}
        answers = [item for item in here if not self._corrected(item, stored)]
        named = [self._redacting.opinion(item) for item in answers]
        lost = [item for item in named if item.trace_id not in stored]
        for item in [*lost, *(item for item, known in resolved if known is None and at_the_end)]:
            self._rejects.add(_orphan(item))
            self._orphans += 1
        self._keep_verdicts([item for item in named if isinstance(item, Verdict) and item.trace_id in stored])
        self._keep_reviews([item for item in named if isinstance(item, HumanOpinion) and item.trace_id in stored])

    def _corrected(self, item: Opinion, stored: Mapping[str, int]) -> bool:
        """Whether it is a correction of a trace that is stored, which then has it."""
        if isinstance(item, Verdict) or item.trace_id not in stored or not found_corrections.corrects(item):
            return False
        change = found_corrections.correcting(item, self._redacting)
        _, new = trace_table.alter(self._store, item.trace_id, change, datetime.now(UTC))
        self._corrections += new
        return True

    def _keep_reviews(self, opinions: list[HumanOpinion]) -> None:
        asked = []
        for item in opinions:
            if found_opinions.label_for(item, self._rubric) is None:
                self._rejects.add(found_opinions.unasked(item, self._rubric))
            else:
                asked.append(item)
        self._unasked += len(opinions) - len(asked)
        if asked:
            rubrics.remember(self._store, self._rubric, datetime.now(UTC))
            self._reviews += review_table.add(self._store, found_opinions.reviews(asked, self._rubric))

    def _keep_verdicts(self, verdicts: list[Verdict]) -> None:
        saved = verdict_table.save(self._store, verdicts)
        self._verdicts += saved.new
        self._repeated += saved.same
        self._contradicting += len(saved.conflicts)
        for conflict in saved.conflicts:
            self._rejects.add(conflicting(conflict, file="trace file", line=0))

    def outcome(self) -> Ingested:
        """The counts, after what waited for its trace was kept, or listed where that never came."""
        asked = sorted({item.trace_id.removeprefix(SPAN) for item in self._waiting})
        self.spans.learn(trace_spans.traces_of(self._store, asked) if asked else {})
        self._keep_opinions(self._waiting, at_the_end=True)
        return Ingested(
            read=self.read,
            saved=self._saved,
            rejected=self._rejected,
            verdicts=self._verdicts,
            repeated=self._repeated,
            contradicting=self._contradicting,
            reviews=self._reviews,
            corrections=self._corrections,
            unasked=self._unasked,
            orphans=self._orphans,
            rejects=self._rejects.path,
            unlisted=self._rejects.unlisted,
            left_out=tuple(self.left_out),
            redacted=self._redacting.found,
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


def _orphan(item: Opinion) -> Reject:
    of_span = item.trace_id.startswith(SPAN)
    what = f"span {item.trace_id.removeprefix(SPAN)!r} is in no trace that is stored" if of_span else (
        f"no trace {item.trace_id!r} is stored"
    )  # fmt: skip
    reason = f"{what}; ingest the traces first, or both together"
    return Reject(file="trace file", line=0, field="trace_id", reason=reason, raw=str(item)[:2000])
