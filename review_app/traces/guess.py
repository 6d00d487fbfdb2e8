"""`ingest --guess`: a mapping drafted by looking at the first records of a file.

A draft is meant to be read: each line says what was seen, and a doubt is written down as one. It loads and works as it
stands, and what it does not name stays in the metadata.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import orjson

from review_app.errors import BadInput
from review_app.tables import Reject
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json

_LOOK_AT = 50
_DEEP = 3  # how far into nested objects a column is looked for

_NAMES: dict[str, tuple[str, ...]] = {
    "trace_id": ("trace_id", "traceid", "id", "_id", "request_id", "run_id", "interaction_id", "uuid", "$oid"),
    "at": ("at", "timestamp", "created_at", "createdat", "created", "datetime", "time", "date", "start_time", "ts"),
    "session_id": ("session_id", "sessionid", "conversation_id", "thread_id", "chat_id", "session"),
    "route": ("route", "task", "intent", "use_case", "endpoint", "feature", "topic", "category"),
    "model": ("model", "model_name", "model_id", "llm", "openai_model"),
    "prompt_version": ("prompt_version", "prompt_id", "promptversion", "template_version"),
    "retrieval_version": ("retrieval_version", "index_version", "retriever_version"),
    "language": ("language", "lang", "locale"),
    "system": ("system", "system_prompt", "instructions"),
    "input": ("input", "question", "query", "prompt", "user_message", "user_input", "request", "instruction"),
    "output": ("output", "answer", "response", "completion", "reply", "assistant", "generated_text", "prediction"),
    "tool_calls": ("tool_calls", "toolcalls", "function_calls"),
    "error": ("error", "error_message", "exception"),
    "correction": ("correction", "corrected", "edited_output", "corrected_answer"),
    "alternative": ("alternative", "alternative_output", "other_output", "output_b", "response_b", "answer_b"),
    "cost_usd": ("cost_usd", "cost", "total_cost", "price"),
    "latency_s": ("latency_s", "latency", "duration_s", "duration", "seconds"),
    "latency_ms": ("latency_ms", "duration_ms", "ms"),
    "tags": ("tags", "labels"),
}  # fmt: skip
_DOCUMENTS = (
    "documents", "contexts", "context", "retrieved_documents", "retrieved", "sources", "chunks", "passages", "ref",
)  # fmt: skip
_HEAD = re.compile(r"^[ \t]*\[\d+\]:?", re.MULTILINE)


@dataclass(frozen=True)
class _Seen:
    """A column, dotted, and the values it has in the records that were looked at."""

    name: str
    values: Sequence[Json]

    def texts(self) -> list[str]:
        return [text for value in self.values if (text := text_of(value)) is not None]


def guess(path: Path) -> str:
    """The text of a mapping yaml for this file. Raises BadInput when nothing looks like a question or an answer."""
    seen = glimpse(path)
    records = _records_path(path, seen)
    sample = [row[1] for row in islice(rows(path, records), _LOOK_AT) if not isinstance(row, Reject)]
    columns = [_Seen(name, values) for name, values in _flat(sample).items()]
    lines = [f"# Drafted from the first {len(sample)} records of {path.name}. Read it, correct it, keep it."]
    lines += [f"records: {_quoted(records)}"] if records else []
    taken: set[str] = set()
    drafted: set[str] = set()
    for field, draft in _drafts():
        if field == "input" and "messages" in drafted:
            continue
        found = draft(field, [column for column in columns if column.name not in taken])
        if found:
            column, text = found
            lines += text
            taken.add(column)
            drafted.add(field)
    if not drafted & {"input", "messages", "output"}:
        names = ", ".join(column.name for column in columns[:20]) or "nothing"
        raise BadInput(
            f"No column looks like a question, a conversation or an answer; there is {names}.",
            where=str(path),
            do="Write the mapping by hand: docs/ has its reference.",
        )
    left = [column.name for column in columns if column.name not in taken]
    lines += ['metadata: "*"  # everything else stays with the trace' + (f": {', '.join(left)[:400]}" if left else "")]
    return "\n".join(map(_one_line, lines)) + "\n"


Found = tuple[str, list[str]] | None
Draft = Callable[[str, list[_Seen]], Found]


def _drafts() -> Iterator[tuple[str, Draft]]:
    """The fields in the order in which they choose their columns."""
    special: dict[str, Draft] = {"trace_id": _identity, "at": _time}
    yield "messages", _messages
    for field in _NAMES:
        yield field, special.get(field, _by_name)
    yield "documents", _documents
    yield "user_feedback", _feedback


def _by_name(field: str, columns: list[_Seen]) -> Found:
    column = _named(_NAMES[field], columns)
    if column is None:
        return None
    note = ""
    if field == "latency_s" and any(float(text) > 300 for text in column.texts() if _is_number(text)):
        field, note = "latency_ms", "  # values above 300: taken for milliseconds, not seconds"
    if field in ("cost_usd", "latency_s", "latency_ms") and not all(map(_is_number, column.texts())):
        return None
    return column.name, [f"{field}: {_quoted(column.name)}{note}"]


def _identity(field: str, columns: list[_Seen]) -> Found:
    column = _named(_NAMES[field], [column for column in columns if _is_unique(column)])
    if column:
        return column.name, [f"trace_id: {_quoted(column.name)}"]
    twice = _named(_NAMES[field], columns)
    because = f"{twice.name} is not unique" if twice else "no column is called an id"
    return "trace_id", [f"# trace_id: {because}, so each record gets an id made from its content"]


def _time(field: str, columns: list[_Seen]) -> Found:
    column = _named(_NAMES[field], [column for column in columns if 2 * len(_times(column)) > len(column.texts())])
    if column is None:
        return None
    times, others = _times(column), len(column.texts()) - len(_times(column))
    odd = f"; {others} of {len(column.texts())} are no times and would be rejected" if others else ""
    zoned = all(_is_time(text, None) for text in times)
    note = [] if zoned else ["timezone: UTC  # the times name no zone; UTC is a guess"]
    return column.name, [f"at: {_quoted(column.name)}  # such as {times[0]}{odd}", *note]


def _times(column: _Seen) -> list[str]:
    return [text for text in column.texts() if _is_time(text, "UTC")]


def _messages(field: str, columns: list[_Seen]) -> Found:
    for column in columns:
        held = [parsed(value) for value in column.values if value is not None]
        if held and all(_is_chat(value) for value in held):
            return column.name, [f"messages: {_quoted(column.name)}  # its last assistant message is the output"]
    return None


def _documents(field: str, columns: list[_Seen]) -> Found:
    column = _named(_DOCUMENTS, columns)
    if column is None:
        return None
    lines = ["documents:", f"  column: {_quoted(column.name)}"]
    texts = [value for value in column.values if isinstance(value, str)]
    if texts and all(isinstance(parsed(text), str) for text in texts):
        numbered = any(len(_HEAD.findall(text)) > 1 for text in texts)
        lines += (
            [r"  pattern: '^[ \t]*\[(?P<id>\d+)\]:?'  # numbered passages; add (?P<source>…) and (?P<title>…)"]
            if numbered
            else ["  # one text, kept as one document; `pattern` can split it"]
        )
    return column.name, lines


def _feedback(field: str, columns: list[_Seen]) -> Found:
    column = _named(("rating", "feedback", "thumbs", "user_feedback", "user_rating"), columns)
    if column is None:
        return None
    lines = ["user_feedback:", f"  rating: {_quoted(column.name)}"]
    values = sorted(set(column.texts()))
    if not all(_is_number(value) and -1 <= float(value) <= 1 for value in values):
        if len(values) > 10:
            return None
        numbers = ", ".join(f"{_quoted(value)}: {_rating(value, values)}" for value in values)
        lines.append(f"  values: {{{numbers}}}  # a guess: say what each means, from -1 (bad) to 1 (good)")
    return column.name, lines


def _rating(value: str, values: list[str]) -> float:
    if all(map(_is_number, values)):
        low, high = min(map(float, values)), max(map(float, values))
        return round(2 * (float(value) - low) / (high - low) - 1, 2) if high > low else 0.0
    bad = ("down", "bad", "no", "neg", "dislike", "false", "👎")
    return -1.0 if any(word in value.lower() for word in bad) else 1.0


def _named(names: tuple[str, ...], columns: list[_Seen]) -> _Seen | None:
    """The column whose last step is called by the first of `names` that any is; shallow ones before deep ones."""
    for name in names:
        for column in sorted(columns, key=lambda column: column.name.count(".")):
            if column.name.rpartition(".")[2].lower().replace(" ", "_").replace("-", "_") == name:
                return column
    return None


def _flat(sample: list[dict[str, Json]]) -> dict[str, list[Json]]:
    """Dotted column -> its values; an object is taken apart, a list is a value."""
    found: dict[str, list[Json]] = {}
    for record in sample:
        for name, value in _leaves(record, "", _DEEP):
            found.setdefault(name, []).append(value)
    return found


def _leaves(record: Mapping[str, Json], prefix: str, depth: int) -> Iterator[tuple[str, Json]]:
    for name, value in record.items():
        if isinstance(value, Mapping) and value and depth > 1 and not _is_chat(value):
            yield from _leaves(value, f"{prefix}{name}.", depth - 1)
        elif value is not None:
            yield f"{prefix}{name}", value


def _records_path(path: Path, seen: Glimpse) -> str | None:
    """The way to the array of objects in a file that is one JSON object; a conversation is no such array."""
    if seen.kind not in ("json", "json lines") or len(list(islice(rows(path), 2))) != 1:
        return None
    ways = {key.partition(".[].")[0] for key in seen.keys if ".[]." in key and not key.startswith("[].")}
    ways -= {way for way in ways if f"{way}.[].role" in seen.keys}
    return min(ways, key=lambda way: (way.count("."), way), default=None)


def _is_chat(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(m, Mapping) and "role" in m for m in value)


def _is_unique(column: _Seen) -> bool:
    texts = column.texts()
    return bool(texts) and len(set(texts)) == len(texts) == len(column.values)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", text) is not None


def _is_time(text: str, zone: str | None) -> bool:
    try:
        at = time_of(text, zone)
    except (ValueError, OverflowError):
        return False
    return at is not None and (not _is_number(text) or at.year > 1990)


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][\w.]*", text)
    if plain:
        return text
    # A JSON string is a yaml string, but for characters like DEL, which yaml takes only as an escape.
    written = orjson.dumps(text).decode()
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in written)


def _one_line(line: str) -> str:
    # A column's name or a value may hold anything, and a comment ends with its line.
    return "".join(letter if letter.isprintable() else " " for letter in line)
