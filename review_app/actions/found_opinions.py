"""What people said of traces, found inside trace files: stored as reviews where the rubric asks the same question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256

import orjson

from review_app.review.rubric import Rubric
from review_app.store.reviews import Answer, StoredReview
from review_app.tables import HumanOpinion, Reject
from review_app.traces.columns import text_of


def label_for(opinion: HumanOpinion, rubric: Rubric) -> str | None:
    """The rubric's label that an opinion comes to; None where the rubric has no such question or no such label.

    On an ordinal or numeric criterion a score without a label counts, where it is written like one of the labels."""
    criterion = next((one for one in rubric.criteria if one.name == opinion.criterion), None)
    if criterion is None or criterion.kind in ("text", "span", "pairwise"):
        return None
    if criterion.kind == "numeric":
        return text_of(opinion.score)
    said = [opinion.label, text_of(opinion.score) if opinion.label is None else None]
    return next((label for label in said if label in criterion.values()), None)


def reviews(opinions: Sequence[HumanOpinion], rubric: Rubric) -> list[StoredReview]:
    """One review for all that one person said of one trace; of two answers to one question the later. Each opinion must
    have a label under the rubric."""
    together: dict[tuple[str, str], list[HumanOpinion]] = {}
    for opinion in sorted(opinions, key=_when):
        together.setdefault((opinion.trace_id, opinion.author), []).append(opinion)
    return [_review(said, rubric) for said in together.values()]


def unasked(opinion: HumanOpinion, rubric: Rubric) -> Reject:
    """The line that keeps an opinion which is no answer to the rubric: complete, with the way to bring it in."""
    if opinion.criterion is None:
        reason = "is a text about the trace and no answer to a question"
    elif all(one.name != opinion.criterion for one in rubric.criteria):
        reason = f"the rubric has no question {opinion.criterion!r}; add it and ingest the file again"
    else:
        said = opinion.label if opinion.label is not None else text_of(opinion.score)
        reason = f"the rubric's question {opinion.criterion!r} has no label {said!r}"
    return Reject(file="trace file", line=0, field="opinion", reason=reason, raw=orjson.dumps(asdict(opinion)).decode())


def _review(said: Sequence[HumanOpinion], rubric: Rubric) -> StoredReview:
    labels = {opinion.criterion or "": label_for(opinion, rubric) for opinion in said}
    last = said[-1]
    return StoredReview(
        review_id=_review_id(said, rubric),
        trace_id=last.trace_id,
        reviewer=last.author,
        rubric_version=rubric.version,
        outcome="judged",
        answers={
            name: Answer(label=label, score=rubric.criterion(name).score(label)) for name, label in labels.items()
        },
        notes={opinion.criterion or "": opinion.note for opinion in said if opinion.note},
        note="\n\n".join(dict.fromkeys(opinion.note for opinion in said if opinion.note)),
        correction=next((opinion.correction for opinion in reversed(said) if opinion.correction), None),
        source=last.source or "trace file",
        beside={opinion.criterion or "": opinion.beside for opinion in said if opinion.beside},
        at=last.at or datetime.now(UTC),
    )


def _review_id(said: Iterable[HumanOpinion], rubric: Rubric) -> str:
    # Read again, the same words must find themselves: all that was said is in the id; the time of the reading is not,
    # nor what a tool notes besides, such as when it last looked.
    told = [{name: value for name, value in asdict(opinion).items() if name != "beside"} for opinion in said]
    words = orjson.dumps([rubric.version, *told], option=orjson.OPT_SORT_KEYS)
    return "import:" + sha256(words).hexdigest()[:24]


def _when(opinion: HumanOpinion) -> float:
    return opinion.at.timestamp() if opinion.at else float("-inf")
