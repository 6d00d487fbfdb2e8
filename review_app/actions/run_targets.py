"""Where a candidate's answers come from: a Python function, an HTTP endpoint, a model with a prompt.

A target is given a golden case's input, never what is expected of it, and gives the fields of a trace it answered with.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
from pydantic import ValidationError

from review_app.errors import ReviewAppError, WrongUsage
from review_app.traces.trace import encode, first_fault, from_values

TOKEN_VARIABLE = "REVIEW_APP_TARGET_TOKEN"
"""Its value is sent as `Authorization: Bearer` to the endpoint that was named, and nowhere else."""

_GIVEN = ("messages", "documents", "route", "language")
_LARGEST = 10_000_000
_TRIES = 4
_LONGEST_WAIT_S = 30.0


class TargetFailed(ReviewAppError):
    """The target gave no answer to a case, or none we can read."""


@dataclass(frozen=True, kw_only=True)
class AnswerFields:
    """Where in the JSON that a target returns the parts of its answer stand: dotted names."""

    output: str = "output"
    tool_calls: str = "tool_calls"
    documents: str = "documents"
    model: str = "model"
    cost_usd: str = "cost_usd"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """fields: of a trace, sound (`output`, and where they were given `tool_calls`, `documents`, `model`)."""

    fields: Mapping[str, Any]
    cost_usd: float | None = None


Ask = Callable[[Mapping[str, Any]], Answer]


class Target(Protocol):
    """A system that can be asked. `described` is what is stored of it: enough to tell two targets apart, no secret."""

    @property
    def workers(self) -> int:
        """How many cases it may be asked at once."""
        ...

    @property
    def described(self) -> dict[str, Any]:
        """What is stored of the target."""
        ...

    def asking(self) -> AbstractContextManager[Ask]:
        """What is asked while the run lasts, from several threads. It raises TargetFailed, or whatever the customer's
        own code raises."""
        ...


def case_input(example: Mapping[str, Any]) -> dict[str, Any]:
    """What a target is given of a golden case: its id, the conversation and the documents; nothing that was expected,
    answered or said of it."""
    given = {name: example["trace"][name] for name in _GIVEN if name in example["trace"]}
    return {"example_id": example["example_id"], "messages": [], "documents": []} | given


def sound_answer(value: Any, fields: AnswerFields) -> Answer:
    """The answer in what a target returned: a text, or a mapping. Raises TargetFailed naming the field."""
    if isinstance(value, str):
        value, fields = {"output": value}, AnswerFields()
    if not isinstance(value, Mapping):
        raise TargetFailed(f"It returned {type(value).__name__}, wanted a text or a mapping.")
    found = {name: at(value, place) for name, place in asdict(fields).items()}
    output = found.pop("output")
    if output is None and not found["tool_calls"]:
        raise TargetFailed(f"It returned no {fields.output!r}; it has {', '.join(map(str, list(value)[:8]))}.")
    if output is not None and not isinstance(output, str):
        output = orjson.dumps(output).decode()
    given = {name: part for name, part in (found | {"output": output}).items() if part is not None}
    try:
        trace = from_values({"trace_id": "answer"} | given)
    except ValidationError as fault:
        raise TargetFailed("It returned " + ": ".join(first_fault(fault)) + ".") from fault
    except TypeError as fault:
        raise TargetFailed(f"It returned what is no JSON: {fault}.") from fault
    kept = orjson.loads(encode(trace))
    return Answer(
        fields={name: part for name, part in kept.items() if name in given and name != "cost_usd"},
        cost_usd=trace.cost_usd,
    )


def at(value: Any, place: str) -> Any:
    """The part of a JSON value at a dotted name; None where it is not there. A number is a place in a list."""
    for key in place.split("."):
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True, kw_only=True)
class PythonTarget:
    """A function `module:name`, found beside the project or installed: it takes the case as a dict."""

    place: str
    function: Callable[[dict[str, Any]], Any]
    workers: int = 1

    @property
    def described(self) -> dict[str, Any]:
        """Which function; how it answers may change under the same name, so a run of new code wants a new version."""
        return {"kind": "python", "place": self.place}

    def asking(self) -> AbstractContextManager[Ask]:
        """There is nothing to open and to close."""
        return nullcontext(self.ask)

    def ask(self, case: Mapping[str, Any]) -> Answer:
        """Call it with a case of its own, which it may change."""
        return sound_answer(self.function(orjson.loads(orjson.dumps(case))), AnswerFields())


def python_target(place: str, folder: Path) -> PythonTarget:
    """The function at `module:name`; the project folder is looked in first. Raises WrongUsage where it is not found."""
    module, _, name = place.partition(":")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as fault:
        # Whatever the customer's module raises while it is loaded: a syntax error, a key that is not set.
        raise WrongUsage(
            f"It cannot be loaded: {type(fault).__name__}: {fault}.",
            where=f"python:{place}",
            do="Name it as python:module:function, and see that the module can be imported.",
        ) from fault
    if not callable(function):
        raise WrongUsage(f"It is a {type(function).__name__}.", where=f"python:{place}", do="Name a function.")
    return PythonTarget(place=place, function=function)


@dataclass(frozen=True, kw_only=True)
class HttpTarget:
    """An endpoint that is sent the case as JSON (POST) and answers JSON. Redirects are not followed: the token goes to
    the address that was named alone. A refusal for load (429, 503) is waited for; a timeout is not tried again, since
    the first try may have been paid."""

    url: str
    fields: AnswerFields = AnswerFields()
    timeout_s: float = 120.0
    workers: int = 4
    wait: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise WrongUsage(
                "The address must begin with http:// or https:// and hold no password.",
                where=parts.hostname or "target",
                do=f"Put what proves who you are into the environment variable {TOKEN_VARIABLE}.",
            )

    @property
    def described(self) -> dict[str, Any]:
        """The address without its query, which may hold a key; the query's hash tells two apart."""
        plain, _, query = self.url.partition("?")
        hashed = {"query_sha256": hashlib.sha256(query.encode()).hexdigest()[:16]} if query else {}
        return {"kind": "http", "url": plain, "fields": asdict(self.fields)} | hashed

    def asking(self) -> AbstractContextManager[Ask]:
        """Each case has a connection of its own."""
        return nullcontext(self.ask)

    def ask(self, case: Mapping[str, Any]) -> Answer:
        """Send one case. Raises TargetFailed with the status, never with what the other side wrote into a header."""
        body = self._post(orjson.dumps(case))
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as fault:
            raise TargetFailed(f"It answered what is no JSON ({fault}).") from fault
        return sound_answer(value, self.fields)

    def _post(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if os.environ.get(TOKEN_VARIABLE):
            headers["Authorization"] = f"Bearer {os.environ[TOKEN_VARIABLE]}"
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")
        for tried in range(1, _TRIES + 1):
            try:
                with _OPENER.open(request, timeout=self.timeout_s) as answered:
                    content: bytes = answered.read(_LARGEST + 1)
            except urllib.error.HTTPError as fault:
                with fault:
                    if fault.code not in (429, 503) or tried == _TRIES:
                        raise TargetFailed(f"It answered HTTP {fault.code} in try {tried}.") from fault
                    self.wait(_pause(fault.headers.get("Retry-After"), tried))
            except OSError as fault:
                raise TargetFailed(f"It did not answer: {getattr(fault, 'reason', fault)}.") from fault
            else:
                if len(content) > _LARGEST:
                    raise TargetFailed(f"Its answer is larger than {_LARGEST:,} bytes.")
                return content
        raise AssertionError("every try returns or raises")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _pause(asked: str | None, tried: int) -> float:
    """Seconds to wait: what the other side asked for, within reason, or twice as long each time."""
    return min(float(asked) if asked and asked.isdigit() else 0.5 * 2**tried, _LONGEST_WAIT_S)


def target_named(name: str, folder: Path, options: Mapping[str, str]) -> Target:
    """The target at `python:module:function`, `http(s)://...` or `model:file.yaml`.

    options: for an endpoint `timeout` and the names of AnswerFields; others mean nothing. Raises WrongUsage."""
    kind, _, rest = name.partition(":")
    given = dict(options)
    if kind in ("http", "https"):
        timeout = _seconds(given.pop("timeout", "120"))
        places = {field: given.pop(field) for field in asdict(AnswerFields()) if field in given}
        target: Target = HttpTarget(url=name, fields=AnswerFields(**places), timeout_s=timeout)
    elif kind == "model":
        from review_app.actions.run_model import model_target

        target = model_target(Path(rest))
    elif kind == "python":
        target = python_target(rest, folder.resolve())
    else:
        raise WrongUsage(
            f"{name!r} is no target.",
            do="Use python:module:function, model:FILE.yaml, or an address that begins with http.",
        )
    if given:
        raise WrongUsage(f"{', '.join(given)} mean nothing for {kind}: targets.", do="Leave them out.")
    return target


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise WrongUsage(f"timeout={text} is not between 0 and 3600 seconds.", do="Write for instance timeout=60.")
    return seconds
