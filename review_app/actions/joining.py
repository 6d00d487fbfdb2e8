"""Traces out of received spans, once nothing more has come for them for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from review_app.actions.ingesting import conflicting
from review_app.actions.redacting import Redacting
from review_app.actions.rejects import RejectsFile
from review_app.actions.workspace import Workspace, opened
from review_app.store import spans
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.spans import Settled
from review_app.store.traces import Prepared, Saved
from review_app.tables import Reject, Verdict
from review_app.traces.formats import otel_files
from review_app.traces.received import pile
from review_app.traces.trace import Trace

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


def join_settled(project: Path, now: datetime) -> Joined:
    """Make every trace for which no span came within `settle_seconds`; a trace that is there gets a new version.

    Interrupted, it goes on where it stopped: a trace waits until it is stored, and storing it again changes nothing."""
    workspace, found = opened(project), Joined()
    redacting = Redacting(workspace.settings.project.redaction)
    before = now - timedelta(seconds=workspace.settings.project.settle_seconds)
    with RejectsFile(workspace.settings.folder, "receive", redacting.reject) as rejects:
        while settled := spans.settled(workspace.store, before, _BATCH):
            for done, made in _batches(workspace, settled):
                found += _keep(workspace, _redacted(made, redacting), rejects, now)
                spans.joined(workspace.store, done)
    return found


def _batches(workspace: Workspace, settled: Sequence[Settled]) -> Iterator[tuple[list[Settled], list[Made]]]:
    """(the traces, what was made of them), so many at a time that memory stays flat."""
    done: list[Settled] = []
    made: list[Made] = []
    size = 0
    for one in settled:
        records = spans.of_trace(workspace.store, one.trace_id)
        size += sum(len(record.body) for record in records)
        if len(records) >= spans.MOST_OF_A_TRACE:
            made.append(_reject(one.trace_id, f"has more than {spans.MOST_OF_A_TRACE} spans; the others are left out"))
        try:
            made += [
                trace_table.prepare(item) if isinstance(item, Trace) else item
                for item in otel_files.built(_SENT, one.trace_id, pile(records))
            ]
        except Exception as fault:  # noqa: BLE001  one odd trace must not stop all that come after it
            made.append(_reject(one.trace_id, f"could not be read: {type(fault).__name__}"))
        done.append(one)
        if size > _CHARACTERS:
            yield done, made
            done, made, size = [], [], 0
    if done:
        yield done, made


def _redacted(made: Sequence[Made], redacting: Redacting) -> list[Made]:
    traces = redacting.traces([item for item in made if isinstance(item, Prepared)])
    verdicts = [redacting.opinion(item) for item in made if isinstance(item, Verdict)]
    return [*traces, *verdicts, *(item for item in made if isinstance(item, Reject))]


def _keep(workspace: Workspace, made: Sequence[Made], rejects: RejectsFile, now: datetime) -> Joined:
    saved = trace_table.save(workspace.store, [item for item in made if isinstance(item, Prepared)], now)
    verdicts = [item for item in made if isinstance(item, Verdict)]
    stored = trace_table.ids(workspace.store, sorted({one.trace_id for one in verdicts})) if verdicts else {}
    kept = verdict_table.save(workspace.store, [one for one in verdicts if one.trace_id in stored])
    refused = [item for item in made if isinstance(item, Reject)]
    refused += [_orphan(one) for one in verdicts if one.trace_id not in stored]
    refused += [conflicting(one, file=str(_SENT), line=0) for one in kept.conflicts]
    for one in refused:
        rejects.add(one)
    return Joined(saved=saved, verdicts=kept.new, rejected=len(refused))


def _orphan(verdict: Verdict) -> Reject:
    return _reject(verdict.trace_id, f"a verdict on {verdict.criterion!r} came, and no span of its trace")


def _reject(trace_id: str, reason: str) -> Reject:
    return Reject(file=str(_SENT), line=0, field="trace_id", reason=reason, raw=trace_id)
