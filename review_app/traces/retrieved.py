"""Retrieved passages out of what a retriever gave: LangChain's page_content, or plain texts."""

from __future__ import annotations

from collections.abc import Mapping

from review_app.traces.chat import unquoted
from review_app.traces.columns import parsed, text_of
from review_app.traces.trace import Json

_TEXT = ("page_content", "pageContent", "content", "text")
_TAKEN = {"id", "metadata", "score", "type", *_TEXT}


def documents_in(gave: Json) -> list[dict[str, Json]]:
    """The passages as the fields of trace.Document; a list of them, an object with `documents`, either as JSON text.
    What a passage says beyond our fields goes into its metadata."""
    found = parsed(unquoted(gave))
    items = found.get("documents") if isinstance(found, Mapping) else found
    return [_document(item, number) for number, item in enumerate(items if isinstance(items, list) else [], start=1)]


def _document(item: Json, number: int) -> dict[str, Json]:
    fields = item if isinstance(item, Mapping) else {"text": text_of(item)}
    held = parsed(fields.get("metadata"))
    metadata = dict(held) if isinstance(held, Mapping) else {}
    score = next((s for s in (fields.get("score"), metadata.get("score")) if _is_number(s)), None)
    return {
        "id": text_of(fields.get("id"))
        or text_of(metadata.get("id"))
        or text_of(metadata.get("doc_uri"))
        or str(number),
        "text": next((str(text_of(fields[key])) for key in _TEXT if fields.get(key)), ""),
        "title": text_of(metadata.get("title")),
        "source": text_of(metadata.get("source")),
        "score": score,
        "metadata": metadata | {key: value for key, value in fields.items() if key not in _TAKEN},
    }


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
