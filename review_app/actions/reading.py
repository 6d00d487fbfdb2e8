"""What files hold, prepared for the store, so many records at a time. Needs no store and loads none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from review_app.errors import BadInput
from review_app.store.prepared import Prepared, prepare
from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import mapping, readers
from review_app.traces.mapping import TraceMapping
from review_app.traces.span_ids import spans_of
from review_app.traces.trace import Trace

# One transaction each: large enough to be fast, small enough that an interruption loses little and memory stays flat.
BATCH = 2_000
MOST_TEXT = 8 * 1024 * 1024
"""Characters of traces in one transaction: few of them may be long, but 2,000 long ones are no flat memory."""

Opinion = Verdict | HumanOpinion
Item = Prepared | Opinion | Reject


@dataclass(frozen=True, kw_only=True)
class Batch:
    """file: the name of the one it comes from. spans: span id -> trace id, of its traces. left_out: columns that no
    mapping uses."""

    file: str
    items: Sequence[Item] = ()
    spans: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What to read. sources: files, those that belong together as one. named: those that the caller named; the others
    lay in a folder."""

    sources: Sequence[tuple[Path, ...]]
    format: str | None = None
    mapped: TraceMapping | None = None
    named: Sequence[Path] = ()

    def batches(self) -> Iterator[Batch]:
        """Everything, in file order. Raises BadInput at a file that was named and is of no known format."""
        for source in self.sources:
            if self.mapped:
                yield Batch(file=source[0].name, left_out=tuple(mapping.unmapped(source[0], self.mapped)))
            items = items_of(source, self.format, self.mapped, named=source[0] in self.named)
            yield from batches_of(items, source[0].name)


def items_of(
    source: tuple[Path, ...],
    format: str | None,  # noqa: A002
    mapped: TraceMapping | None,
    named: bool,
) -> Iterable[readers.Item]:
    """What a file, or files that belong together, hold. One of no known format is an error when it was named, and a
    reject when it lay in a folder."""
    try:
        return readers.read_together(source) if len(source) > 1 else readers.read(source[0], format, mapped)
    except BadInput as fault:
        if named:
            raise
        return [Reject(file=str(source[0]), line=0, field="file", reason=fault.message)]


def batches_of(items: Iterable[readers.Item], file: str) -> Iterator[Batch]:
    """The items prepared for `IngestRun.keep`, so many at a time. file: its name."""
    batch, spans = list[Item](), dict[str, str]()
    text = 0
    for item in items:
        if isinstance(item, Trace):
            spans |= spans_of(item)
        batch.append(prepared := prepare(item) if isinstance(item, Trace) else item)
        text += len(prepared.body) if isinstance(prepared, Prepared) else 0
        # A verdict or an opinion follows its trace, and all go in together.
        if (len(batch) >= BATCH or text > MOST_TEXT) and not isinstance(item, Verdict | HumanOpinion):
            yield Batch(file=file, items=batch, spans=spans)
            batch, spans, text = [], {}, 0
    if batch:
        yield Batch(file=file, items=batch, spans=spans)
