"""Which attributes of a span may go: those of which every word stands in the trace's own fields."""

from __future__ import annotations

from collections.abc import Mapping

from review_app.traces.chat import unquoted
from review_app.traces.columns import parsed
from review_app.traces.trace import Json

_SAYING = (
    "llm.input_messages", "llm.output_messages", "gen_ai.input.messages", "gen_ai.output.messages",
    "gen_ai.system_instructions", "gen_ai.prompt", "gen_ai.completion", "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result", "gen_ai.retrieval.documents", "gen_ai.retrieval.query.text", "retrieval.documents",
    "reranker.output_documents", "input.value", "output.value", "tool.parameters", "ai.prompt", "ai.response.text",
    "ai.response.object", "ai.response.toolCalls", "ai.toolCall", "mlflow.spanInputs", "mlflow.spanOutputs",
    "langfuse.observation.input", "langfuse.observation.output", "langfuse.trace.input", "langfuse.trace.output",
    "traceloop.entity.input", "traceloop.entity.output", "input", "output",
)  # fmt: skip
# What the shape of a chat says and the trace says by its own shape.
_SHAPE = {
    "user", "assistant", "system", "tool", "developer", "text", "tool_call", "tool_call_response", "function", "json",
    "tool-call", "tool-result", "input_text", "output_text", "tool_use", "tool_result", "image", "image_url",
    "input_image", "audio", "input_audio", "file", "input_file", "function_call", "function_call_output",
}  # fmt: skip
_MOST_SEARCHED = 200_000_000  # characters, about a tenth of a second; after them an attribute is kept without looking
_DEEPEST = 60
_NESTED = (dict, list)
_JSON = ('"', "{", "[")  # how a text begins that may be JSON
_SURE = 20  # characters from which on a text inside a longer one is no chance


class Told:
    """What the fields of a trace say. values: as `from_values` takes them."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        self._leaves = set(_leaves(values))
        self._text = "\0".join(leaf for leaf in self._leaves if isinstance(leaf, str))
        self._budget = _MOST_SEARCHED

    def left(self, attributes: Mapping[str, Json]) -> dict[str, Json]:
        """The attributes of a span that say something else besides, whole."""
        saying = {key for key in attributes if _says(key)}
        if not saying:
            return dict(attributes)
        kept = {key: value for key, value in attributes.items() if key not in saying}
        beside = set(_leaves(kept))
        return kept | {
            key: attributes[key] for key in attributes if key in saying and self._new(attributes[key], beside)
        }

    def misses(self, value: Json) -> bool:
        """Whether something in a value stands in no field of the trace."""
        return self._new(value, set())

    def _new(self, value: Json, beside: set[Json]) -> bool:
        return any(not self._known(leaf) and leaf not in beside for leaf in _leaves(value))

    def _known(self, leaf: Json) -> bool:
        if leaf in self._leaves or leaf in _SHAPE:
            return True
        if not isinstance(leaf, str) or len(leaf) < _SURE or self._budget < 0:
            return False
        self._budget -= len(self._text)
        return leaf in self._text


def _says(key: str) -> bool:
    return key.startswith(_DOTTED) or key in _SAYING


_DOTTED = tuple(f"{name}." for name in _SAYING if name not in ("input", "output"))


def _leaves(value: Json) -> list[Json]:
    """Every text, number and truth value inside a JSON value, JSON written as text looked into; blank ones left out."""
    found: list[Json] = []
    _gather(value, found, 0)
    return found


def _gather(value: Json, found: list[Json], depth: int) -> None:
    if isinstance(value, str):
        text = value.strip()
        said = parsed(unquoted(text)) if text[:1] in _JSON else text
        if isinstance(said, _NESTED):
            _gather(said, found, depth + 1)
        elif said:
            found.append(said)
    elif isinstance(value, _NESTED) and depth > _DEEPEST:
        found.append(object())  # something that stands nowhere else
    elif isinstance(value, _NESTED):
        for inside in value.values() if isinstance(value, dict) else value:
            _gather(inside, found, depth + 1)
    elif value is not None:
        found.append(value)
