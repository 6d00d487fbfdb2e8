"""Retrieved documents out of a column: a list of them, or one long text in which they stand one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import ConfigDict

from review_app.traces.columns import lookup, parsed, text_of
from review_app.traces.fields import Record
from review_app.traces.trace import Json

_GROUPS = {"id", "source", "title"}
_TEXT = ("text", "content", "page_content", "pageContent", "body", "chunk", "passage")
_ID = ("id", "doc_id", "document_id", "_id")
_TITLE = ("title", "metadata.title", "name")
_SOURCE = ("source", "url", "metadata.source", "metadata.url")


@dataclass(frozen=True, kw_only=True)
class Documents:
    """column: where the documents are.

    A list: `id`, `text`, `title`, `source` and `score` name the keys of an element, where they are not the usual ones;
    an element without an id is called by its number. One text: `pattern` is a regular expression that finds the head of
    each document, with named groups id, source and title; the text of a document is what follows, up to the next."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    column: str
    pattern: str | None = None
    id: str | None = None
    text: str | None = None
    title: str | None = None
    source: str | None = None
    score: str = "score"

    def __post_init__(self) -> None:
        if self.pattern is None:
            return
        try:
            groups = set(re.compile(self.pattern).groupindex)
        except re.error as fault:
            raise ValueError(f"pattern is no regular expression: {fault}") from fault
        if groups - _GROUPS:
            raise ValueError(f"pattern names the group {min(groups - _GROUPS)!r}; it may name id, source and title")

    @cached_property
    def heads(self) -> re.Pattern[str] | None:
        """The compiled pattern; `.` also matches a line's end."""
        return re.compile(self.pattern, re.DOTALL | re.MULTILINE) if self.pattern else None


def split(record: Record, columns: Documents) -> tuple[list[dict[str, Json]], str]:
    """(the documents as the fields of trace.Document, the text before the first of them)."""
    value = lookup(record, columns.column)
    if columns.heads and isinstance(value, str):
        return _out_of_text(value, columns.heads)
    found = parsed(value)
    if isinstance(found, Mapping):
        found = [found]
    if isinstance(found, str):
        return ([{"id": "1", "text": found}] if found.strip() else []), ""
    return [_document(item, number, columns) for number, item in enumerate(found or [], start=1)], ""


def _out_of_text(text: str, heads: re.Pattern[str]) -> tuple[list[dict[str, Json]], str]:
    matches = list(heads.finditer(text))
    if not matches:
        return ([{"id": "1", "text": text.strip()}] if text.strip() else []), ""
    ends = [match.start() for match in matches[1:]] + [len(text)]
    documents = []
    for number, (match, end) in enumerate(zip(matches, ends, strict=True), start=1):
        head = {name: value.strip() for name, value in match.groupdict().items() if value and value.strip()}
        documents.append({"id": str(number), **head, "text": text[match.end() : end].strip()})
    return documents, text[: matches[0].start()].strip()


def _document(item: Json, number: int, columns: Documents) -> dict[str, Json]:
    if not isinstance(item, Mapping):
        return {"id": str(number), "text": text_of(item) or ""}
    taken = {
        "id": _key(item, columns.id, _ID),
        "text": _key(item, columns.text, _TEXT),
        "title": _key(item, columns.title, _TITLE),
        "source": _key(item, columns.source, _SOURCE),
    }
    values = {name: text_of(lookup(item, key)) if key else None for name, key in taken.items()}
    score = lookup(item, columns.score)
    number_given = isinstance(score, int | float) and not isinstance(score, bool)
    metadata = {key: value for key, value in item.items() if key not in {*taken.values(), columns.score}}
    return {
        **values,
        "id": values["id"] or str(number),
        "text": values["text"] or "",
        "score": score if number_given else None,
        "metadata": metadata,
    }


def _key(item: Mapping[str, Json], named: str | None, usual: tuple[str, ...]) -> str | None:
    return named or next((key for key in usual if lookup(item, key) is not None), None)
