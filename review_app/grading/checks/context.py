"""What an answer can rest on: the texts of a trace that the model had before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import orjson

from review_app.grading.checks.finding import not_applicable
from review_app.traces.trace import Document, Json, Trace

# The unit of a number in a tool's result is in its name: {"health_percent": 59}.
_SHARE = re.compile("percent|pct|prozent|pourcent", re.IGNORECASE)
_JSON = re.compile(r"\s*(?:```(?:json)?\s*)?[{\[]\s*[\"{\[]")
Source = Literal["documents", "tools", "user", "system"]
Sources = tuple[Source, ...]
NO_SENTENCES = not_applicable("the output is JSON")
NOTHING_RETRIEVED = not_applicable("nothing was retrieved")


def texts(trace: Trace, sources: Sources) -> list[str]:
    """The texts of these sources. documents: title and text; tools: results (what a call was given, the model made up
    itself); user, system: messages of that role. Earlier answers are no source: they may be wrong as well."""
    return [text for source in sources for text in _of(trace, source) if text]


def retrieved(trace: Trace) -> bool:
    """Whether documents or tool results were there to rest on."""
    return any(document.text for document in trace.documents) or any(
        call.result is not None for call in trace.tool_calls
    )


def _of(trace: Trace, source: Source) -> Iterator[str]:
    if source == "documents":
        yield from (_document(document) for document in trace.documents)
    elif source == "tools":
        yield from (as_text(call.result) for call in trace.tool_calls if call.result is not None)
    else:
        yield from (message.text for message in trace.messages if message.role == source)


def _document(document: Document) -> str:
    return f"{document.title}\n{document.text}" if document.title else document.text


def as_text(value: Json) -> str:
    """A JSON value as text; strings inside as they are, one piece a line."""
    return value if isinstance(value, str) else "\n".join(_pieces(value))


def is_json(text: str) -> bool:
    """Whether it is an object or a list, even a broken one, and so neither sentences nor quotations."""
    return _JSON.match(text) is not None


def _pieces(value: Json, unit: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key.replace("_", " ")
            yield from _pieces(inner, " %" if _SHARE.search(key) else "")
    elif isinstance(value, list):
        for inner in value:
            yield from _pieces(inner, unit)
    else:
        yield value if isinstance(value, str) else orjson.dumps(value).decode() + unit
