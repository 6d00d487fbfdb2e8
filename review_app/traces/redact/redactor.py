"""Taking out of traces, opinions and rejects what the rules say, before any of it is stored."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Protocol

import orjson

from review_app.traces.redact.detector import Detector, Span
from review_app.traces.redact.own_patterns import any_match
from review_app.traces.redact.placeholders import Digests, Placeholders
from review_app.traces.trace import Document, Feedback, Json, Message, Part, ToolCall, Trace

# Of this many traces we remember which value has which placeholder, for the opinions on them that follow.
REMEMBERED = 10_000
# Names of your own system's parts, and the keys by which everything finds a trace.
_KEPT = ("trace_id", "at", "model", "prompt_version", "retrieval_version", "language")
_IN_SESSIONS = ("private_key", "jwt", "api_key", "token", "password", "email")
_SHORTEST_NUMBER = 10**11
# A pattern of a team's own may match the name of a field; a trace must stay one.
_FIELDS = {one.name for kind in (Trace, Message, Part, Document, ToolCall, Feedback) for one in fields(kind)}


class Naming(Protocol):
    """What gives values their placeholders."""

    def of(self, name: str, value: str) -> str:
        """The placeholder of a value."""


class Redactor:
    """found: detector -> how many values it replaced. The values themselves are forgotten with the run."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = tuple(detectors)
        self._in_sessions = [one for one in detectors if one.name in _IN_SESSIONS]
        hints = [one.hint for one in detectors]
        self._hint = None if None in hints else "|".join(f"(?:{hint})" for hint in hints)
        self._traces: OrderedDict[str, Placeholders] = OrderedDict()
        self.found: Counter[str] = Counter()

    def suspects(self, bodies: Sequence[str]) -> list[bool]:
        """Which of these traces, as JSON, may hold something. Thousands at once cost little more than one."""
        if not self._detectors or not bodies:
            return [False] * len(bodies)
        return [True] * len(bodies) if self._hint is None else any_match(self._hint, bodies)

    def trace(self, body: str) -> str | None:
        """A trace's JSON without what was found; None where nothing was."""
        values = orjson.loads(body)
        before = self.found.total()
        naming = Placeholders()
        naming.reserve(body)
        free = {name: value for name, value in values.items() if name not in (*_KEPT, "session_id")}
        values |= self.value(free, naming)
        if isinstance(values.get("session_id"), str):
            (values["session_id"],) = self._texts([values["session_id"]], Digests(), self._in_sessions)
        if self.found.total() == before:
            return None
        self._remember(values["trace_id"], naming)
        return orjson.dumps(values).decode()

    def value(self, value: Json, naming: Naming) -> Json:
        """A JSON value without what was found in its texts, keys and long numbers."""
        return self._value(value, naming, self._detectors)

    def session(self, value: Json) -> Json:
        """The same for the name of a session, which must stay one: only secrets and e-mail addresses are replaced."""
        return self._value(value, Digests(), self._in_sessions)

    def opinion(self, trace_id: str, said: Sequence[Json]) -> list[Json]:
        """What a judge or a person said of a trace; a value found in the trace just before has the same placeholder."""
        naming = self._traces.get(trace_id, Placeholders())
        naming.reserve(orjson.dumps(said).decode())
        return list(self.value(list(said), naming))

    def texts(self, texts: Sequence[str], body: str = "") -> list[str]:
        """Texts without what was found in them; numbers go on behind those of `body`."""
        naming = Placeholders()
        for text in (body, *texts):
            naming.reserve(text)
        return self._texts(texts, naming, self._detectors)

    def _remember(self, trace_id: str, naming: Placeholders) -> None:
        self._traces[trace_id] = naming
        if len(self._traces) > REMEMBERED:
            self._traces.popitem(last=False)

    def _value(self, value: Json, naming: Naming, detectors: Sequence[Detector]) -> Json:
        before = list(dict.fromkeys(_texts_in(value)))
        after = self._texts(before, naming, detectors)
        changed = {old: new for old, new in zip(before, after, strict=True) if old != new}
        if not changed:
            return value
        for old in changed:
            inside = _json_inside(old)
            # A number inside JSON inside a text: a bare placeholder there would break the JSON.
            if inside is not None and _json_inside(changed[old]) is None:
                counted = self.found.copy()
                changed[old] = orjson.dumps(self._value(inside, naming, detectors)).decode()
                self.found = counted
        return _replaced(value, changed)

    def _texts(self, texts: Sequence[str], naming: Naming, detectors: Sequence[Detector]) -> list[str]:
        now = list(texts)
        for detector in detectors:
            for place, spans in detector.found(now):
                self.found[detector.name] += len(spans)
                now[place] = _spliced(now[place], spans, detector.name, naming)
        return now


def _spliced(text: str, spans: Sequence[Span], name: str, naming: Naming) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], naming.of(name, text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])


def _texts_in(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int) and abs(value) >= _SHORTEST_NUMBER:
        yield str(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _FIELDS:
                yield key
            yield from _texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts_in(item)


def _replaced(value: Json, changed: dict[str, str]) -> Json:
    if isinstance(value, str):
        return changed.get(value, value)
    if isinstance(value, int) and abs(value) >= _SHORTEST_NUMBER:
        return changed.get(str(value), value)
    if isinstance(value, dict):
        return {
            key if key in _FIELDS else changed.get(key, key): _replaced(item, changed) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_replaced(item, changed) for item in value]
    return value


def _json_inside(text: str) -> Json:
    """The object or list that a text is, or None."""
    if text[:1] in ("{", "["):
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(text)
    return None
