"""One call of one model through litellm: the only place that loads it.

A key goes to the address it is declared with and nowhere else: redirects are not followed, no address and no key is
taken from litellm's own environment variables, and no text that leaves here holds the key. A failed call is a value.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from review_app.errors import BadConfig, WrongUsage
from review_app.grading.http_clients import CONNECTIONS, HttpClients
from review_app.grading.judges.reply import Answer, TokenChoice
from review_app.grading.judges.spec import ModelSpec, Price

HANDLED = ("openai", "anthropic", "hosted_vllm", "groq", "gemini", "mistral", "openrouter", "ollama_chat")
"""The providers of litellm that take our HTTP client, and with it our word on redirects."""
_NO_KEY = "none"  # without one litellm would look for a key of its own
_QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
}
_LONGEST_WAIT = 300.0
_FILTERED = ("content_filter", "content_policy_violation", "content management policy", "content filtering policy")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked. schema: a pydantic class the answer is to follow. key: names the question to a provider that
    knows idempotency keys."""

    messages: list[dict[str, str]]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    schema: Any = None
    logprobs: bool = False
    timeout: float = 60.0
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """No reply. again: whether asking again may help. retry_after: seconds the provider asks to wait. paid: whether the
    provider may have worked, and so may bill it. declined: its content filter would not have the question, which is an
    answer of a kind: `refusal`. denied: it does not take the key, so that no other question would fare better."""

    reason: str
    again: bool
    retry_after: float | None = None
    paid: bool = False
    declined: bool = False
    denied: bool = False

    @property
    def refusal(self) -> Answer | None:
        """What a judge keeps of it, so that it is not asked again; None where nobody declined."""
        return Answer(text="", refusal=self.reason, finish="content_filter") if self.declined else None


@cache
def library() -> Any:
    """litellm, told to fetch nothing and to say nothing. Raises WrongUsage where it is not installed."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        with _collecting_nothing():
            import litellm
    except ModuleNotFoundError as fault:
        raise WrongUsage("Calling models needs litellm.", do="pip install 'review-app[judge]'") from fault
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    return litellm


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Python looks for no garbage: among the thousands of classes that litellm makes that takes a fifth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def known_price(model: ModelSpec) -> Price | None:
    """USD per million tokens: as declared, else from litellm's list; None where neither knows it."""
    if model.price is not None:
        return model.price
    listed = library().model_cost
    found = listed.get(model.model) or listed.get(model.model.partition("/")[2]) or {}
    if "input_cost_per_token" not in found or "output_cost_per_token" not in found:
        return None
    return Price(input=found["input_cost_per_token"] * 1e6, output=found["output_cost_per_token"] * 1e6)


def price_of(model: ModelSpec) -> Price:
    """The known price. Raises BadConfig where there is none."""
    if (found := known_price(model)) is not None:
        return found
    raise BadConfig(
        f"No price is known for {model.model}, so no spend cap could hold.",
        do="Write `price: {input: 0.15, output: 0.6}` (USD per million tokens) under the model; 0 for your own.",
    )


def wait_before(attempt: int, retry_after: float | None, rng: random.Random) -> float:
    """Seconds before the next attempt: doubling from half a second, with jitter, and never less than the provider
    asks. attempt: how many there were, from 1."""
    backoff = min(0.5 * 2.0 ** (attempt - 1), 60.0) * rng.uniform(0.5, 1.0)
    return min(max(backoff, retry_after or 0.0), _LONGEST_WAIT)


@dataclass(kw_only=True)
class Caller:
    """Calls one model. An async context manager, for one event loop."""

    model: ModelSpec
    _clients: HttpClients = field(init=False, repr=False)
    _params: frozenset[str] = field(default=frozenset(), init=False, repr=False)
    _price: Price | None = field(default=None, init=False, repr=False)

    async def __aenter__(self) -> Self:
        llm = library()
        name, provider, _, _ = llm.get_llm_provider(model=self.model.model, api_base=self.model.api_base)
        if provider not in HANDLED:
            raise BadConfig(
                f"The provider {provider!r} of {self.model.model} is not supported.",
                do=f"Use one of {', '.join(HANDLED)}; most others have an address that speaks openai's protocol.",
            )
        self._params = frozenset(llm.get_supported_openai_params(model=name, custom_llm_provider=provider) or ())
        self._price = known_price(self.model)
        self._clients = HttpClients(_maker(self.model, provider, key_of(self.model)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._clients.close()

    async def ask_once(self, question: Question) -> Answer | Failure:
        """One HTTP request. Never raises for what a provider does."""
        key, started = key_of(self.model), time.monotonic()
        try:
            reply = await self.reply(question, key)
        except Exception as fault:  # noqa: BLE001  a provider may fail in any way, and litellm raises its own classes
            return failure(fault, key)
        return answer_from(reply, time.monotonic() - started, self._price)

    async def reply(self, question: Question, key: str | None) -> Any:
        """litellm's own reply to one HTTP request. Raises what it raises."""
        with self._clients.lent() as client:
            return await library().acompletion(**self._arguments(question), api_key=key or _NO_KEY, client=client)

    async def ask(self, question: Question, attempts: int = 6, rng: random.Random | None = None) -> Answer | Failure:
        """Ask until there is a reply, asking again would not help, or so many attempts failed."""
        dice = rng or random.Random()
        for attempt in range(1, attempts + 1):
            found = await self.ask_once(question)
            if isinstance(found, Answer) or not found.again or attempt == attempts:
                return found
            await asyncio.sleep(wait_before(attempt, found.retry_after, dice))
        raise AssertionError("the last attempt returns")

    def _arguments(self, question: Question) -> dict[str, Any]:
        wanted = {
            "temperature": question.temperature,
            "top_p": question.top_p,
            "seed": question.seed,
            "max_tokens": question.max_tokens,
            "response_format": question.schema,
            "logprobs": True if question.logprobs else None,
            "top_logprobs": 5 if question.logprobs else None,
        }
        given = {name: value for name, value in wanted.items() if value is not None and name in self._params}
        if "max_tokens" not in given and "max_completion_tokens" in self._params:
            given["max_completion_tokens"] = question.max_tokens
        headers = {"Idempotency-Key": question.key} if question.key else {}
        return given | {
            "model": self.model.model,
            "messages": question.messages,
            "api_base": self.model.api_base,
            "timeout": question.timeout,
            "max_retries": 0,
            "num_retries": 0,
            "extra_headers": headers,
            "no-log": True,
        }


def answer_from(reply: Any, latency_s: float | None, price: Price | None) -> Answer | Failure:
    """litellm's reply as ours."""
    try:
        choice, usage = reply.choices[0], getattr(reply, "usage", None)
        message = choice.message
        extra = getattr(message, "provider_specific_fields", None) or {}
        counts = (getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None))
        return Answer(
            text=message.content or "",
            refusal=getattr(message, "refusal", None) or extra.get("refusal"),
            finish=choice.finish_reason,
            tokens=_tokens(getattr(choice, "logprobs", None)),
            prompt_tokens=counts[0],
            completion_tokens=counts[1],
            cost_usd=cost(price, *counts),
            latency_s=latency_s,
        )
    except (AttributeError, IndexError, TypeError):
        return Failure(reason="the reply is no chat completion", again=True, paid=True)


def cost(price: Price | None, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
    """USD; None where the price or a count is unknown."""
    if price is None or prompt_tokens is None or completion_tokens is None:
        return None
    return (prompt_tokens * price.input + completion_tokens * price.output) / 1e6


def by_filter(status: int | None, said: str) -> bool:
    """Whether an error is a provider's content filter declining."""
    return status == 400 and any(mark in said for mark in _FILTERED)


def failure(fault: BaseException, key: str | None) -> Failure:
    """An exception of litellm as a value, without the key in its words."""
    status, name = getattr(fault, "status_code", None), type(fault).__name__
    text = str(getattr(fault, "message", None) or fault)
    said = (text.replace(key, "[key]") if key else text).split("\n")[0][:300]
    if name == "Timeout":
        return Failure(reason=f"timed out: {said}", again=True, paid=True)
    declined = name == "ContentPolicyViolationError" or by_filter(status, f"{getattr(fault, 'code', '')} {text}")
    refused = declined or name in ("BadRequestError", "ContextWindowExceededError")
    hopeless = refused or name in ("AuthenticationError", "PermissionDeniedError", "NotFoundError")
    return Failure(
        reason=f"{name} {status}: {said}" if status else f"{name}: {said}",
        again=not hopeless,
        retry_after=_retry_after(fault),
        # An error that was answered was not worked for; a connection that breaks may break after the work was done.
        paid=getattr(fault, "litellm_response_headers", None) is None and status not in (400, 401, 403, 404, 429),
        declined=declined,
        denied=name == "AuthenticationError",
    )


def _retry_after(fault: BaseException) -> float | None:
    for headers in (
        getattr(fault, "litellm_response_headers", None),
        getattr(getattr(fault, "response", None), "headers", None),
    ):
        value = dict(headers).get("retry-after") if isinstance(headers, Mapping) else None
        if value and re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value)
    return None


def key_of(model: ModelSpec) -> str | None:
    """The key, asked for at each call and kept nowhere. Raises WrongUsage where its variable is not set."""
    if model.key is None:
        return None
    found = os.environ.get(model.key)
    if not found:
        raise WrongUsage(
            f"The environment variable {model.key} is not set.", do=f"Set it to the key of {model.name} first."
        )
    return found


def _maker(model: ModelSpec, provider: str, key: str | None) -> Callable[[], Any]:
    """Makes HTTP clients that follow no redirect: it would carry the trace, and with some servers the key, elsewhere.
    What is for this machine goes through no proxy."""
    import httpx

    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    trusted = httpx.create_ssl_context()  # takes longer to make than all the rest
    if provider == "openai":
        import openai

        def with_openai() -> Any:
            # openai 3 declares a client of httpx2 and takes one of httpx as well; openai 2 knows only httpx.
            http: Any = httpx.AsyncClient(
                follow_redirects=False, limits=limits, trust_env=not model.is_local, verify=trusted
            )
            return openai.AsyncOpenAI(api_key=key or _NO_KEY, base_url=model.api_base, http_client=http, max_retries=0)

        return with_openai
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    return lambda: AsyncHTTPHandler(
        follow_redirects=False, transport=httpx.AsyncHTTPTransport(limits=limits, verify=trusted)
    )


def _tokens(logprobs: Any) -> tuple[TokenChoice, ...] | None:
    content = getattr(logprobs, "content", None)
    if not content:
        return None
    return tuple(
        TokenChoice(
            token=one.token, top={one.token: one.logprob} | {top.token: top.logprob for top in one.top_logprobs or ()}
        )
        for one in content
    )
