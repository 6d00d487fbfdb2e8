"""Traces out of received spans, once nothing more has come for them for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from review_app.actions.feedback import with_feedback
from review_app.actions.ingesting import conflicting
from review_app.actions.redacting import Redacting
from review_app.actions.rejects import RejectsFile
from review_app.actions.workspace import Workspace, opened
from review_app.store import spans, trace_spans, waiting_feedback
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.prepared import Prepared, prepare
from review_app.store.spans import ALL, Settled, Share
from review_app.store.traces import Saved
from review_app.tables import Reject, Verdict
from review_app.traces.formats import otel_files
from review_app.traces.formats.otel_evaluations import is_evaluation, verdicts
from review_app.traces.formats.otel_record import Pile
from review_app.traces.received import ReceivedRecord, pile, span_ids
from review_app.traces.redact.placeholders import Numbered
from review_app.traces.trace import Trace, decode

_BATCH = 500  # traces looked up at once
_CHARACTERS = 16 * 1024 * 1024  # of text in one transaction
_SENT = Path("OTLP")  # where a reject says it comes from

Made = Prepared | Verdict | Reject


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What became of the traces that had settled. verdicts: those stored; rejected: what is listed in `rejects/`."""

    saved: Saved = field(default_factory=Saved)
    verdicts: int = 0
    rejected: int = 0

    def __add__(self, other: Joined) -> Joined:
        return Joined(
            saved=self.saved + other.saved,
            verdicts=self.verdicts + other.verdicts,
            rejected=self.rejected + other.rejected,
        )


def join_settled(project: Path, now: datetime, share: Share = ALL) -> Joined:
    """Make every trace for which no span came within `settle_seconds`; a trace that is there gets a new version.
    share: only of these traces.

    Interrupted, it goes on where it stopped: a trace waits until it is stored, and storing it again changes nothing."""
    workspace, found = opened(project), Joined()
    redacting = Redacting(workspace.settings.project.redaction)
    before = _settled_by(workspace, now)
    with RejectsFile(workspace.settings.folder, "receive", redacting.reject) as rejects:
        while settled := spans.settled(workspace.store, before, _BATCH, share):
            for batch in _batches(workspace, settled):
                found += _keep(workspace, _redacted(batch.made, redacting), rejects, now)
                trace_spans.note(workspace.store, batch.spans)
                rejects.on_disk()
                spans.joined(workspace.store, batch.done)
    return found


def waiting(project: Path, now: datetime, most: int, *, settled: bool = False) -> int:
    """How many traces wait for `join_settled`, or for more spans, at most `most`. settled: only those it would make."""
    workspace = opened(project)
    return len(spans.settled(workspace.store, _settled_by(workspace, now) if settled else now, most))


def _settled_by(workspace: Workspace, now: datetime) -> datetime:
    return now - timedelta(seconds=workspace.settings.project.settle_seconds)


def prune_spans(project: Path, now: datetime) -> int:
    """Delete the spans of traces for which none came for `keep_spans_days`; of how many traces. What waited so long for
    a trace that never came is listed: judges' answers on a response, and feedback."""
    workspace, pruned = opened(project), 0
    redacting = Redacting(workspace.settings.project.redaction)
    before = now - timedelta(days=workspace.settings.project.keep_spans_days)
    with RejectsFile(workspace.settings.folder, "receive", redacting.reject) as rejects:
        # Answers first: they are known by the spans of their trace.
        while strays := spans.old_strays(workspace.store, before, _BATCH):
            for stray in strays:
                if not stray.known:
                    rejects.add(_reject(stray.response_id, "a verdict on this response came, and no span that has it"))
            rejects.on_disk()
            spans.forget_strays(workspace.store, strays)
        while early := waiting_feedback.older(workspace.store, before, _BATCH):
            for one in early:
                rejects.add(
                    replace(_reject(one.body, f"feedback on {one.trace_id!r}, which never came"), field="feedback")
                )
            rejects.on_disk()
            waiting_feedback.forget(workspace.store, early)
    while gone := spans.prune(workspace.store, before, now, _BATCH):
        pruned += gone
    return pruned


@dataclass
class _Batch:
    """Traces that had settled, what was made of them, and their spans' ids with that of their trace."""

    done: list[Settled] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    spans: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0

    def add(self, one: Settled, records: Sequence[ReceivedRecord]) -> None:
        self.done.append(one)
        self.made += _made(one, records)
        self.spans += [(span_id, one.trace_id) for span_id in span_ids(records)]
        self.size += sum(len(record.body) for record in records)


def _batches(workspace: Workspace, settled: Sequence[Settled]) -> Iterator[_Batch]:
    """So many traces at a time that memory stays flat."""
    batch = _Batch()
    for one, records in spans.of_traces(workspace.store, settled):
        batch.add(one, records)
        if batch.size > _CHARACTERS:
            yield batch
            batch = _Batch()
    if batch.done:
        yield batch


def _made(one: Settled, records: Sequence[ReceivedRecord]) -> Iterator[Made]:
    """What becomes of the records of a trace, the interim placeholders in them numbered."""
    numbered = Numbered()
    try:
        for item in _late(one, pile(records)) if one.pruned else otel_files.built(_SENT, one.trace_id, pile(records)):
            if isinstance(item, Trace):
                yield _numbered_trace(prepare(item), numbered)
            elif isinstance(item, Verdict):
                yield replace(item, rationale=numbered.text(item.rationale)) if item.rationale else item
            else:
                yield replace(item, raw=numbered.text(item.raw), reason=numbered.text(item.reason))
    except Exception as fault:  # noqa: BLE001  one odd trace must not stop all that come after it
        yield _reject(one.trace_id, f"could not be read: {type(fault).__name__}")
    if len(records) >= spans.MOST_OF_A_TRACE:
        yield _reject(one.trace_id, f"has more than {spans.MOST_OF_A_TRACE} spans; the others are left out")


def _late(one: Settled, late: Pile) -> otel_files.Items:
    """Of what came after the other spans were deleted only a judge's answer counts: a trace made of one span would take
    the place of the whole one."""
    others = [log for log in late.logs if not is_evaluation(log)]
    for count, kind in ((len(late.spans), "spans"), (len(others), "log records")):
        if count:
            yield _reject(one.trace_id, f"{count} {kind} came after keep_spans_days and are left out")
    yield from verdicts(_SENT, one.trace_id, late)


def _numbered_trace(prepared: Prepared, numbered: Numbered) -> Prepared:
    body = numbered.text(prepared.body)
    return prepared if body == prepared.body else prepare(decode(body.encode()))


def _redacted(made: Sequence[Made], redacting: Redacting) -> list[Made]:
    traces = redacting.traces([item for item in made if isinstance(item, Prepared)])
    said = [redacting.opinion(item) for item in made if isinstance(item, Verdict)]
    return [*traces, *said, *(item for item in made if isinstance(item, Reject))]


def _keep(workspace: Workspace, made: Sequence[Made], rejects: RejectsFile, now: datetime) -> Joined:
    saved = trace_table.save(workspace.store, [item for item in made if isinstance(item, Prepared)], now, with_feedback)
    said = [item for item in made if isinstance(item, Verdict)]
    stored = trace_table.ids(workspace.store, sorted({one.trace_id for one in said})) if said else {}
    kept = verdict_table.save(workspace.store, [one for one in said if one.trace_id in stored])
    refused = [item for item in made if isinstance(item, Reject)]
    refused += [_orphan(one) for one in said if one.trace_id not in stored]
    refused += [conflicting(one, file=str(_SENT), line=0) for one in kept.conflicts]
    for one in refused:
        rejects.add(one)
    return Joined(saved=saved, verdicts=kept.new, rejected=len(refused))


def _orphan(verdict: Verdict) -> Reject:
    return _reject(verdict.trace_id, f"a verdict on {verdict.criterion!r} came, and no span of its trace")


def _reject(trace_id: str, reason: str) -> Reject:
    return Reject(file=str(_SENT), line=0, field="trace_id", reason=reason, raw=trace_id)
