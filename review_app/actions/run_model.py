"""A candidate that is a model with a prompt: the messages of a yaml file, with a case's texts put into their places.

A place is `{{question}}` and the like. The file is searched for places once, and what is put there is never searched
again, so no text of a trace can name another place, or be run as a template.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from annotated_types import Ge, Gt, Le, MinLen

from review_app.actions.run_targets import Answer, Ask, TargetFailed
from review_app.errors import BadConfig
from review_app.grading.judges.reply import Answer as ModelAnswer
from review_app.grading.judges.spec import ModelSpec
from review_app.grading.model_call import Caller, Failure, Question
from review_app.traces.trace import from_values
from review_app.traces.yaml_file import load

PLACES = ("question", "conversation", "documents", "route", "language")
"""question: what the user said last; conversation: all that was said, with roles; documents: each with its id."""

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_ATTEMPTS = 6


@dataclass(frozen=True, kw_only=True)
class PromptMessage:
    """A message of the prompt, with places in its content."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The file. messages: the prompt. follow: send the case's own conversation after it, as messages. timeout: seconds
    for one call."""

    model: ModelSpec
    messages: Annotated[tuple[PromptMessage, ...], MinLen(1)]
    follow: bool = False
    temperature: Annotated[float, Ge(0), Le(2)] | None = None
    top_p: Annotated[float, Gt(0), Le(1)] | None = None
    max_tokens: Annotated[int, Ge(1)] = 1000
    seed: int | None = None
    timeout: Annotated[float, Gt(0), Le(3600)] = 120.0

    def __post_init__(self) -> None:
        for message in self.messages:
            unknown = set(_PLACE.findall(message.content)) - set(PLACES)
            if unknown:
                raise BadConfig(
                    f"There is nothing to put at {{{{{sorted(unknown)[0]}}}}}.", do=f"Use one of: {', '.join(PLACES)}."
                )


@dataclass(frozen=True, kw_only=True)
class ModelTarget:
    """A model that is asked with a prompt; refusals for load are waited for and asked again."""

    candidate: Candidate
    workers: int = 4

    @property
    def described(self) -> dict[str, Any]:
        """The model and a hash of all that is said to it; the key's variable, not the key, is in the file alone."""
        told = self.candidate
        said = [[[one.role, one.content] for one in told.messages], told.follow, told.temperature, told.top_p]
        said += [told.max_tokens, told.seed]
        digest = hashlib.sha256(orjson.dumps(said)).hexdigest()[:16]
        return {"kind": "model", "model": told.model.model, "api_base": told.model.api_base, "prompt_sha256": digest}

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        """One pool of connections in an event loop of its own, which every thread of the run asks through."""
        with asyncio.Runner() as runner:
            caller = runner.run(_entered(Caller(model=self.candidate.model)))
            loop = runner.get_loop()
            thread = threading.Thread(target=loop.run_forever, daemon=True)
            thread.start()
            try:
                yield lambda case: self._answer(
                    asyncio.run_coroutine_threadsafe(self._asked(caller, case), loop).result()
                )
            finally:
                loop.call_soon_threadsafe(loop.stop)
                thread.join()
                runner.run(_left(caller))

    async def _asked(self, caller: Caller, case: Mapping[str, Any]) -> ModelAnswer | Failure:
        told = self.candidate
        question = Question(
            messages=prompt(told, case),
            max_tokens=told.max_tokens,
            temperature=told.temperature,
            top_p=told.top_p,
            seed=told.seed,
            timeout=told.timeout,
        )
        return await caller.ask(question, _ATTEMPTS)

    def _answer(self, found: ModelAnswer | Failure) -> Answer:
        if isinstance(found, Failure):
            raise TargetFailed(found.reason)
        fields = {"output": found.text or found.refusal or "", "model": self.candidate.model.model}
        return Answer(fields=fields, cost_usd=found.cost_usd)


def model_target(path: Path) -> ModelTarget:
    """The candidate a yaml file describes. Raises BadConfig naming line and field."""
    candidate = load(path, Candidate)
    return ModelTarget(candidate=candidate, workers=candidate.model.concurrency)


def prompt(candidate: Candidate, case: Mapping[str, Any]) -> list[dict[str, str]]:
    """The messages for one case."""
    texts = _texts(case)
    told = [
        {"role": one.role, "content": _PLACE.sub(lambda place: texts[place.group(1)], one.content)}
        for one in candidate.messages
    ]
    if not candidate.follow:
        return told
    trace = from_values({"trace_id": "case", "messages": case["messages"]})
    return told + [
        {"role": one.role, "content": one.text} for one in trace.messages if one.role in ("system", "user", "assistant")
    ]


def _texts(case: Mapping[str, Any]) -> dict[str, str]:
    given = {name: case[name] for name in ("messages", "documents", "route", "language") if name in case}
    trace = from_values({"trace_id": "case"} | given)
    asked = [message.text for message in trace.messages if message.role == "user"]
    return {
        "question": asked[-1] if asked else "",
        "conversation": "\n\n".join(f"{message.role}: {message.text}" for message in trace.messages),
        "documents": "\n\n".join(f"[{document.id}] {document.text}" for document in trace.documents),
        "route": trace.route or "",
        "language": trace.language or "",
    }


async def _entered(caller: Caller) -> Caller:
    return await caller.__aenter__()


async def _left(caller: Caller) -> None:
    await caller.__aexit__()
