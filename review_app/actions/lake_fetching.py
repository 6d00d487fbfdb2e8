"""Bring what was drawn out of a lake into the store: the way every trace goes, redaction included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from review_app.actions.ingesting import conflicting
from review_app.actions.lake_strategies import labels_of
from review_app.actions.redacting import Redacting
from review_app.actions.rejects import RejectsFile
from review_app.actions.workspace import Workspace
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.prepared import prepare
from review_app.store.traces import Saved
from review_app.tables import Reject, Verdict
from review_app.traces.fields import BadField
from review_app.traces.lake_mapping import LakeMapping
from review_app.traces.trace import Json, Trace

Records = list[dict[str, Json]]


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """read: records that came; saved: what became of the sound ones; kept: their ids. rejects: the file that lists the
    others and verdicts that contradict stored ones; None when there was none. redacted: detector -> values."""

    read: int = 0
    saved: Saved = field(default_factory=Saved)
    kept: frozenset[str] = frozenset()
    verdicts: int = 0
    rejected: int = 0
    rejects: Path | None = None
    redacted: Mapping[str, int] = field(default_factory=dict)


class Fetching:
    """One run's counts. Whatever was kept before an interruption is found the same by the next run."""

    def __init__(self, workspace: Workspace, mapping: LakeMapping, lake: str, wanted: Iterable[str]) -> None:
        self._workspace, self._mapping, self._lake = workspace, mapping, lake
        self._wanted = set(wanted)
        self._redacting = Redacting(workspace.settings.project.redaction)
        self._saved, self._verdicts, self.read = Saved(), 0, 0
        self._rejected = 0
        self._kept: set[str] = set()
        self._rejects = RejectsFile(workspace.settings.folder, "lake", self._redacting.reject)

    def __enter__(self) -> Fetching:
        return self

    def __exit__(self, *fault: object) -> None:
        self._rejects.__exit__(None, None, None)

    def keep(self, records: Records) -> None:
        """Store a batch of records and what judges said beside them."""
        traces, verdicts = [], []
        for record in records:
            self.read += 1
            item = self._mapping.trace_of(record, self._lake, self.read)
            if isinstance(item, Trace) and (refused := self._unexpected(item)):
                item = refused
            if isinstance(item, Reject):
                self._rejects.add(item)
                self._rejected += 1
                continue
            traces.append(prepare(item))
            verdicts += self._verdicts_in(record, item.trace_id)
        self._saved += trace_table.save(self._workspace.store, self._redacting.traces(traces), datetime.now(UTC))
        self._kept |= {one.trace_id for one in traces}
        done = verdict_table.save(self._workspace.store, [self._redacting.opinion(verdict) for verdict in verdicts])
        self._verdicts += done.new
        for conflict in done.conflicts:
            self._rejects.add(conflicting(conflict, file=self._lake, line=0))

    def outcome(self) -> Fetched:
        """The counts so far."""
        return Fetched(
            read=self.read,
            saved=self._saved,
            kept=frozenset(self._kept),
            verdicts=self._verdicts,
            rejected=self._rejected,
            rejects=self._rejects.path,
            redacted=self._redacting.found,
        )

    def _unexpected(self, trace: Trace) -> Reject | None:
        if trace.trace_id in self._wanted:
            return None
        reason = f"was drawn under an id that is stored as {trace.trace_id!r}: blanks around an id are not part of it"
        return Reject(file=self._lake, line=self.read, field="trace_id", reason=reason)

    def _verdicts_in(self, record: dict[str, Json], trace_id: str) -> list[Verdict]:
        found = []
        for judge in self._mapping.judges:
            try:
                verdict = judge.verdict(record, trace_id, labels_of(judge, self._workspace.settings.rubric)[0])
            except BadField as fault:
                self._rejects.add(Reject(file=self._lake, line=self.read, field=fault.place, reason=str(fault)))
                continue
            found += [verdict] if verdict.status != "missing" else []
        return found
