"""Phoenix: annotations of spans and traces, from its REST API or as its client's data frame. They arrive in a file of
their own, and those of a span do not say of which trace it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from review_app.tables import SPAN, HumanOpinion, Reject, Verdict
from review_app.traces.columns import parsed, text_of
from review_app.traces.formats.foreign_scores import ForeignScore, besides, instant, number_of
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.lines import reject
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json

NAME = "phoenix-annotations"

_TAKEN = {
    "name", "annotation_name", "trace_id", "result.label", "result.score", "result.explanation", "created_at",
}  # fmt: skip
_NOTE = "px-span-note:"  # what the identifier of a note starts with, which is an annotation without a question


def looks_like(glimpse: Glimpse) -> bool:
    """Answers with the kind of who gave them."""
    return glimpse.has("annotator_kind")


def read(path: Path) -> Iterator[Verdict | HumanOpinion | Reject]:
    """A person's annotation as an opinion, every other as a verdict; on `span:<id>` where only the span is known."""
    seen = glimpse(path)
    inside = "data" if "data" in seen.keys and seen.kind != "parquet" else None
    for found in rows(path, inside):
        yield found if isinstance(found, Reject) else annotation(found[1], path, found[0])


def annotation(row: Mapping[str, Json], path: Path, line: int) -> Verdict | HumanOpinion | Reject:
    """One annotation, as the API or a data frame has it."""
    name = text_of(row.get("name")) or text_of(row.get("annotation_name"))
    about = _about(row)
    if name is None or about is None:
        field, reason = ("name", "is missing") if name is None else ("span_id", "names neither a span nor a trace")
        return reject(path, line, field, reason, str(dict(row)).encode(errors="replace"))
    held = parsed(row.get("result"))
    result = (
        held
        if isinstance(held, Mapping)
        else {key: row.get(f"result.{key}") for key in ("label", "score", "explanation")}
    )
    noted = parsed(row.get("metadata"))
    who = _who(row, noted)
    score = ForeignScore(
        source="phoenix",
        trace_id=about,
        name=name,
        who=who,
        label=text_of(result.get("label")),
        score=number_of(result.get("score")),
        note=text_of(result.get("explanation")),
        noted=noted,
        at=instant(row.get("created_at")),
        beside=besides(
            {**row, "result": besides(result, ("label", "score", "explanation"))},
            {*_TAKEN, *(key for key in ("identifier", "user_id") if row.get(key) == who)},
        ),
    )
    if row.get("annotator_kind") != "HUMAN":
        return score.verdict()
    return _note(score) if _is_note(row, name) else score.opinion()


def _about(row: Mapping[str, Json]) -> str | None:
    span, trace = text_of(row.get("span_id") or row.get("context.span_id")), text_of(row.get("trace_id"))
    return trace or (SPAN + span if span else None)


def _who(row: Mapping[str, Json], noted: Json) -> str | None:
    stated = noted.get("annotator") if isinstance(noted, Mapping) else None
    identifier = text_of(row.get("identifier"))
    own = identifier if identifier and not identifier.startswith("px-") else None
    return own or text_of(stated) or text_of(row.get("user_id"))


def _is_note(row: Mapping[str, Json], name: str) -> bool:
    return name == "note" and (text_of(row.get("identifier")) or "").startswith(_NOTE)


def _note(score: ForeignScore) -> HumanOpinion:
    """Free text about the trace; a correction may stand in it, in words that only a person can tell apart."""
    return replace(score.opinion(), criterion=None)
