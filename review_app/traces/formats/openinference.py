"""OpenInference: what was said, in numbered keys (`llm.input_messages.0.message.content`), or in the lists into which
Phoenix' data frames fold them."""

from __future__ import annotations

from collections.abc import Mapping

from review_app.traces.columns import parsed, text_of
from review_app.traces.formats.genai import numbered
from review_app.traces.trace import Json

Fields = Mapping[str, Json]


def messages(attributes: Fields, which: str) -> list[dict[str, Json]]:
    """The messages of `llm.input_messages` or `llm.output_messages` as chat messages."""
    return [_message(flat) for flat in numbered(attributes, which)]


def documents(attributes: Fields) -> list[dict[str, Json]]:
    """The passages of a retriever, or of a reranker, as the fields of trace.Document."""
    listed = parsed(attributes.get("gen_ai.retrieval.documents"))
    for prefix in ("retrieval.documents", "reranker.output_documents"):
        flat = [_without_prefix(item, "document.") for item in numbered(attributes, prefix)]
        listed = listed if isinstance(listed, list) and listed else flat
    return [_document(item, number) for number, item in enumerate(listed, start=1)]


def _message(flat: Fields) -> dict[str, Json]:
    calls = [
        {
            "id": call.get("tool_call.id"),
            "function": {
                "name": call.get("tool_call.function.name"),
                "arguments": call.get("tool_call.function.arguments"),
            },
        }
        for call in numbered(flat, "message.tool_calls")
    ]
    legacy = flat.get("message.function_call_name")
    if legacy:
        calls.append({"function": {"name": legacy, "arguments": flat.get("message.function_call_arguments_json")}})
    return {
        "role": flat.get("message.role") or "user",
        "content": flat.get("message.content") or [_part(p) for p in numbered(flat, "message.contents")] or None,
        "tool_calls": calls,
        "tool_call_id": flat.get("message.tool_call_id"),
        "name": flat.get("message.name"),
    }


def _part(part: Fields) -> dict[str, Json]:
    image = part.get("message_content.image.image.url") or _inside(part.get("message_content.image"))
    if image:
        return {"type": "image", "url": image}
    return {"type": part.get("message_content.type") or "text", "text": part.get("message_content.text")}


def _inside(image: Json) -> Json:
    return image.get("image.url") if isinstance(image, Mapping) else None


def _document(item: Json, number: int) -> dict[str, Json]:
    fields = item if isinstance(item, Mapping) else {"content": item}
    held = parsed(fields.get("metadata"))
    metadata = held if isinstance(held, dict) else _without_prefix(fields, "metadata.", only=True)
    score = fields.get("score")
    return {
        "id": text_of(fields.get("id")) or str(number),
        "text": text_of(_first(fields, "content", "text")) or "",
        "title": text_of(_first(fields, "title") or metadata.get("title")),
        "source": text_of(_first(fields, "source", "uri") or metadata.get("source")),
        "score": score if isinstance(score, int | float) and not isinstance(score, bool) else None,
        "metadata": metadata,
    }


def _without_prefix(fields: Fields, prefix: str, *, only: bool = False) -> dict[str, Json]:
    return {key.removeprefix(prefix): value for key, value in fields.items() if key.startswith(prefix) or not only}


def _first(fields: Fields, *names: str) -> Json:
    return next((fields[name] for name in names if fields.get(name) is not None), None)
