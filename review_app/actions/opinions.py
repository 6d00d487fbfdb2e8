"""Verdicts and reviews from elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TypeVar

import orjson

from review_app.actions.ingesting import conflicting
from review_app.actions.reading import BATCH
from review_app.actions.redacting import Redacting
from review_app.actions.rejects import RejectsFile
from review_app.actions.workspace import Workspace, opened
from review_app.grading import verdict_file
from review_app.review import review_file
from review_app.review.review_file import ImportedReview
from review_app.review.rubric import Rubric
from review_app.store import reviews as review_table
from review_app.store import rubrics
from review_app.store import traces as trace_table
from review_app.store import verdicts as verdict_table
from review_app.store.reviews import Answer, StoredReview
from review_app.tables import Reject, Verdict

T = TypeVar("T")
Progress = Callable[[str, int], None]


@dataclass(frozen=True, kw_only=True)
class Imported:
    """read = new + same + rejected. missing: why an answer has no label -> how many; such answers are kept, as missing.
    rejects: the file that lists what was refused; None when nothing was."""

    read: int = 0
    new: int = 0
    same: int = 0
    rejected: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    rejects: Path | None = None


def import_verdicts(
    project: Path, path: Path, map_file: Path, progress: Progress = lambda file, records: None
) -> Imported:
    """Store judges' verdicts from a file, read through a mapping yaml that declares their scale.

    A verdict on a trace that is not stored, or that contradicts one the same judge version gave, is rejected."""
    workspace, mapping = opened(project), verdict_file.load(map_file)
    read = new = same = 0
    missing: Counter[str] = Counter()
    redacting = Redacting(workspace.settings.project.redaction)
    with RejectsFile(workspace.settings.folder, "import-verdicts", redacting.reject) as rejects:
        for batch in _batches(verdict_file.read_verdicts(path, mapping)):
            verdicts = [redacting.opinion(item) for item in _on_known_traces(workspace, batch, path, rejects)]
            saved = verdict_table.save(workspace.store, verdicts)
            for conflict in saved.conflicts:
                rejects.add(conflicting(conflict, file=path.name, line=0))
            missing.update(v.status for v in verdicts if v.status != "ok")
            read, new, same = read + len(batch), new + saved.new, same + saved.same
            progress(path.name, read)
        return Imported(
            read=read, new=new, same=same, rejected=rejects.count, missing=dict(missing), rejects=rejects.path
        )


def import_reviews(
    project: Path, path: Path, map_file: Path, progress: Progress = lambda file, records: None
) -> Imported:
    """Store people's reviews from a file, read through a mapping yaml; they answer the project's rubric.

    Each settles an open slot of its trace, where there is one."""
    workspace = opened(project)
    rubric, mapping = workspace.settings.rubric, review_file.load(map_file)
    rubrics.remember(workspace.store, rubric, datetime.now(UTC))
    read = new = kept = 0
    missing: Counter[str] = Counter()
    redacting = Redacting(workspace.settings.project.redaction)
    with RejectsFile(workspace.settings.folder, "import-reviews", redacting.reject) as rejects:
        for batch in _batches(review_file.read_reviews(path, mapping, rubric)):
            known = [redacting.opinion(item) for item in _on_known_traces(workspace, batch, path, rejects)]
            stored = [_stored(review, rubric, path) for review in known]
            new += review_table.add(workspace.store, stored)
            missing.update(why for review in known for why in review.missing.values())
            read, kept = read + len(batch), kept + len(stored)
            progress(path.name, read)
        return Imported(
            read=read, new=new, same=kept - new, rejected=rejects.count, missing=dict(missing), rejects=rejects.path
        )


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch


def _on_known_traces(workspace: Workspace, batch: Sequence[T | Reject], path: Path, rejects: RejectsFile) -> list[T]:
    found = [item for item in batch if not isinstance(item, Reject)]
    known = trace_table.ids(workspace.store, list({_trace_id(item) for item in found}))
    for item in batch:
        if isinstance(item, Reject):
            rejects.add(item)
        elif _trace_id(item) not in known:
            rejects.add(_unknown(item, path))
    return [item for item in found if _trace_id(item) in known]


def _unknown(item: object, path: Path) -> Reject:
    reason = f"no trace {_trace_id(item)!r} is stored; ingest the traces first"
    return Reject(file=path.name, line=getattr(item, "row", 0), field="trace_id", reason=reason, raw=str(item)[:500])


def _trace_id(item: object) -> str:
    assert isinstance(item, Verdict | ImportedReview)
    return item.trace_id


def _stored(review: ImportedReview, rubric: Rubric, path: Path) -> StoredReview:
    labels = {
        name: Answer(label=label, score=rubric.criterion(name).score(label)) for name, label in review.answers.items()
    }
    gaps = {name: Answer(label=None, missing=why) for name, why in review.missing.items()}
    return StoredReview(
        review_id=_review_id(review, rubric),
        trace_id=review.trace_id,
        reviewer=review.reviewer,
        rubric_version=rubric.version,
        outcome=review.outcome,
        answers=labels | gaps,
        note=review.note,
        correction=review.correction,
        inclusion_probability=review.inclusion_probability,
        source=f"file {path.name}",
        seconds=review.seconds,
        at=review.at or datetime.now(UTC),
    )


def _review_id(review: ImportedReview, rubric: Rubric) -> str:
    # The same row read again must find itself: everything that was said is in the id, the time of the import is not.
    said = [review.trace_id, review.reviewer, rubric.version, review.outcome, dict(review.answers), review.note]
    at = review.at.isoformat() if review.at else None
    return "import:" + sha256(orjson.dumps([*said, at], option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]
