"""One call through litellm: what goes out, what comes back, and what never does."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from review_app.errors import BadConfig, WrongUsage
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import ModelSpec, Price
from review_app.grading.model_call import HANDLED, Caller, Failure, Question, cost, price_of, wait_before

from ..openai_server import Fault, OpenAIServer, one_after_the_other

QUESTION = Question(messages=[{"role": "user", "content": "hello"}], max_tokens=50, timeout=5)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as found:
        yield found


def ask(model: ModelSpec, attempts: int = 1) -> Answer | Failure:
    async def once() -> Answer | Failure:
        async with Caller(model=model) as caller:
            return await caller.ask(QUESTION, attempts=attempts, rng=random.Random(1))

    return asyncio.run(once())


@pytest.mark.parametrize("provider", HANDLED)
def test_no_provider_follows_a_redirect(server: OpenAIServer, provider: str) -> None:
    with OpenAIServer() as elsewhere:
        moved = Fault(status=307, location=f"{elsewhere.base_url}/chat/completions")
        server._answer = lambda request, raw: moved  # type: ignore[method-assign]
        found = ask(ModelSpec(model=f"{provider}/m", api_base=server.base_url))
        assert isinstance(found, Failure)
        assert len(server.requests) == 1
        assert elsewhere.requests == []


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_what_is_for_this_machine_goes_through_no_proxy(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    with OpenAIServer() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.host}:{proxy.port}")
        ask(ModelSpec(model=f"{provider}/m", api_base=server.base_url))
        assert (len(server.requests), proxy.requests) == (1, [])


def test_another_provider_is_refused(server: OpenAIServer) -> None:
    with pytest.raises(BadConfig, match="'cohere"):
        ask(ModelSpec(model="cohere/command", api_base=server.base_url))


@pytest.mark.parametrize(
    ("fault", "again", "paid", "reason"),
    [
        (Fault(status=500), True, False, "500"),
        (Fault(status=429, retry_after=7), True, False, "429"),
        (Fault(status=400), False, False, "400"),
        (Fault(status=401), False, False, "401"),
        (Fault(drop=True), True, True, "Connection error"),
        (Fault(drop=True, raw='{"id": "x"}'), True, True, "Connection error"),
        (Fault(raw="<html>gateway</html>"), True, True, "500"),
    ],
)
def test_failures_are_values(server: OpenAIServer, fault: Fault, again: bool, paid: bool, reason: str) -> None:
    server.reply = lambda request: fault
    found = ask(ModelSpec(model="openai/m", api_base=server.base_url))
    assert isinstance(found, Failure)
    assert (found.again, found.paid, found.retry_after) == (again, paid, fault.retry_after)
    assert reason in found.reason


def test_it_is_asked_again_as_often_as_it_may_help(server: OpenAIServer) -> None:
    server.reply = one_after_the_other(Fault(status=503), "yes")
    found = ask(ModelSpec(model="openai/m", api_base=server.base_url), attempts=3)
    assert isinstance(found, Answer)
    assert (found.text, found.prompt_tokens, len(server.requests)) == ("yes", 120, 2)
    server.reply = lambda request: Fault(status=400)
    assert isinstance(ask(ModelSpec(model="openai/m", api_base=server.base_url), attempts=3), Failure)
    assert len(server.requests) == 3


def test_waits_double_with_jitter_and_obey_the_provider() -> None:
    dice = random.Random(3)
    # half a second, doubled at each attempt, times a factor between .5 and 1
    assert all(0.25 <= wait_before(1, None, dice) <= 0.5 for _ in range(50))
    assert all(2.0 <= wait_before(4, None, dice) <= 4.0 for _ in range(50))
    assert wait_before(1, 17.0, dice) == 17.0
    assert wait_before(1, 86_400.0, dice) == 300.0


def test_an_unknown_price_is_unknown_and_not_nothing(server: OpenAIServer) -> None:
    model = ModelSpec(model="openai/nobody-knows-me", api_base=server.base_url)
    with pytest.raises(BadConfig, match="No price is known"):
        price_of(model)
    found = ask(model)
    assert isinstance(found, Answer)
    assert found.cost_usd is None
    # 1,000 x 2 + 500 x 6 USD a million
    assert cost(Price(input=2, output=6), 1_000, 500) == pytest.approx(0.005)
    assert cost(Price(input=2, output=6), None, 500) is None
    assert price_of(ModelSpec(model="openai/gpt-4o-mini", api_base=server.base_url)) == Price(input=0.15, output=0.6)


def test_a_key_that_is_not_set_is_named(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(WrongUsage, match="NO_SUCH_KEY"):
        ask(ModelSpec(model="openai/m", api_base=server.base_url, key="NO_SUCH_KEY"))


_ASKS = (
    "price_of(ModelSpec(model='openai/gpt-4o-mini', api_base='https://api.openai.com/v1'))",
    "asyncio.run(Caller(model=local).__aenter__())",
    "model_batch.submit(local, [Question(messages=[], max_tokens=20)])",
)


def test_loading_litellm_resolves_no_name() -> None:
    code = (
        "import asyncio, socket\n"
        "def refuse(host, *given, **more):\n"
        "    if host != '127.0.0.1': print(f'looked up {host}')\n"
        "    raise OSError(f'no {host} here')\n"
        "socket.getaddrinfo = refuse\n"
        "from review_app.errors import ReviewAppError\n"
        "from review_app.grading import model_batch\n"
        "from review_app.grading.model_call import Caller, Question, price_of\n"
        "from review_app.grading.judges.spec import ModelSpec, Price\n"
        "local = ModelSpec(model='openai/m', api_base='http://127.0.0.1:9/v1', price=Price(input=1, output=1))\n"
    ) + "".join(
        f"try: {asks}\nexcept ReviewAppError as fault: assert 'Connection error' in str(fault), fault\n"
        for asks in _ASKS
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
