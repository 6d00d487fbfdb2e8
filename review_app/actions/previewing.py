"""What an ingest would do, without doing it: nothing is written, and the store is not even opened. What is shown is
redacted as what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path

from review_app.actions.found_corrections import corrects
from review_app.actions.found_opinions import label_for
from review_app.actions.reading import items_of
from review_app.actions.redacting import Redacting
from review_app.errors import BadInput
from review_app.review.rubric import Rubric
from review_app.settings import Settings, settings
from review_app.store.prepared import prepare
from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces import mapping, readers
from review_app.traces.kept_raw import kept_raw
from review_app.traces.trace import Trace, decode

SAMPLES = 3


@dataclass
class FilePreview:
    """What one file holds, or several that belong together. answers: what people said there that the rubric asks, and
    corrections apart from their trace;
    unasked: what it does not. failures: verdicts that are none. faults: the first few of the rejects."""

    files: tuple[Path, ...]
    format: str
    traces: int = 0
    verdicts: int = 0
    failures: int = 0
    answers: int = 0
    unasked: int = 0
    rejected: int = 0
    faults: list[Reject] = field(default_factory=list)
    samples: list[Trace] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """raw: what of the records has no field and is kept as it came, name -> how often. samples: up to
    SAMPLES traces, of different files where there are several. left_out: as in Ingested."""

    files: tuple[FilePreview, ...]
    raw: Mapping[str, int]
    samples: tuple[Trace, ...]
    left_out: tuple[str, ...] = ()


def preview_ingest(
    project: Path,
    paths: Sequence[Path],
    *,
    format: str | None = None,  # noqa: A002  (the word of the command line)
    map_file: Path | None = None,
) -> Preview:
    """Read every file and count what `ingest` would find. Raises what `ingest` raises."""
    asked, mapped = settings(project.resolve()), mapping.load(map_file) if map_file else None
    files, looked = readers.files(paths), Looked(asked)
    left_out: dict[str, None] = {}
    for source in [(path,) for path in files] if mapped else readers.sources(files, format):
        left_out |= dict.fromkeys(mapping.unmapped(source[0], mapped) if mapped else ())
        about = FilePreview(source, "mapping" if mapped else format or _format_of(source[0]))
        known = None if about.format in ("mapping", "unknown") else about.format
        looked.at(about, items_of(source, known, mapped, named=source[0] in paths))
    return looked.preview(tuple(left_out))


class Looked:
    """What was looked at so far, one source after the other."""

    def __init__(self, asked: Settings) -> None:
        self._rubric, self._redacting = asked.rubric, Redacting(asked.project.redaction)
        self._seen: list[FilePreview] = []
        self._raw: Counter[str] = Counter()

    def at(self, about: FilePreview, items: Iterable[readers.Item]) -> None:
        """Count the items of a source in `about`."""
        for item in items:
            _count(about, item, self._rubric, self._redacting)
            self._raw.update(() if isinstance(item, Reject) else kept_raw(item))
        self._seen.append(about)

    def preview(self, left_out: tuple[str, ...] = ()) -> Preview:
        """All of it; names are redacted as what they name."""
        turns = chain.from_iterable(zip_longest(*(about.samples for about in self._seen)))
        samples = [trace for trace in turns if trace is not None][:SAMPLES]
        names = Counter[str]()
        for name, clean in zip(self._raw, self._redacting.words(list(self._raw)), strict=True):
            names[clean] += self._raw[name]
        return Preview(
            files=tuple(self._seen), raw=dict(names.most_common()), samples=tuple(samples), left_out=left_out
        )


def _count(about: FilePreview, item: readers.Item, rubric: Rubric, redacting: Redacting) -> None:
    if isinstance(item, Trace):
        about.traces += 1
        about.samples += [_redacted(item, redacting)] if len(about.samples) < SAMPLES else []
    elif isinstance(item, Verdict):
        about.verdicts += 1
        about.failures += item.status != "ok"
    elif isinstance(item, HumanOpinion):
        asked = corrects(item) or label_for(item, rubric) is not None
        about.answers += asked
        about.unasked += not asked
    else:
        about.rejected += 1
        about.faults += [redacting.reject(item)] if len(about.faults) < SAMPLES else []


def _redacted(trace: Trace, redacting: Redacting) -> Trace:
    (clean,) = redacting.traces([prepare(trace)])
    return decode(clean.body.encode())


def _format_of(path: Path) -> str:
    try:
        return readers.detect(path)
    except BadInput:
        return "unknown"  # reading it says so, as an error or as a reject
