"""Deeds on disk in the order they were given, and a pace that is kept."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from review_app.actions.judges.ledger import Ledger
from review_app.actions.judges.pacing import RateLimit
from review_app.store import judge_jobs
from review_app.store.engine import Store, Write


def count(write: Write, scope: str) -> float:
    judge_jobs.hold(write, [scope], 1.0)
    return float(write.run("SELECT usd FROM judge_budget WHERE scope = :scope", scope=scope)[0]["usd"])


def test_many_deeds_are_done_once_each_and_in_order(store: Store) -> None:
    async def all_of_them() -> list[float]:
        async with Ledger(store) as ledger:
            return list(await asyncio.gather(*(ledger.do(partial(count, scope="x")) for _ in range(600))))

    assert asyncio.run(all_of_them()) == [float(n) for n in range(1, 601)]
    assert judge_jobs.spent(store, "x") == 600.0


def test_a_deed_that_fails_tells_whoever_asked_for_it(store: Store) -> None:
    def broken(write: Write) -> None:
        count(write, "x")
        raise ValueError("no")

    async def both() -> float:
        async with Ledger(store) as ledger:
            with pytest.raises(ValueError, match="no"):
                await ledger.do(broken)
            return await ledger.do(partial(count, scope="x"))

    assert asyncio.run(both()) == 1.0


def test_what_was_given_is_on_disk_when_the_ledger_is_left(store: Store) -> None:
    async def given_up() -> None:
        async with Ledger(store) as ledger:
            task = asyncio.create_task(ledger.do(partial(count, scope="x")))
            await asyncio.sleep(0)
            task.cancel()

    asyncio.run(given_up())
    assert judge_jobs.spent(store, "x") == 1.0


@pytest.mark.parametrize(
    ("rpm", "tpm", "expected"),
    [
        # five requests: the first at once, the others each 1/20 s later
        pytest.param(1_200, None, 0.2, id="requests"),
        # of 100 tokens each, 1/10 s apart
        pytest.param(None, 60_000, 0.4, id="tokens"),
        pytest.param(1_200, 60_000, 0.4, id="the slower one"),
        pytest.param(None, None, 0.0, id="none"),
    ],
)
def test_requests_are_spread(rpm: float | None, tpm: float | None, expected: float) -> None:
    async def five() -> float:
        pace, clock = RateLimit(rpm, tpm), asyncio.get_running_loop().time
        started = clock()
        await asyncio.gather(*(pace.take(100) for _ in range(5)))
        return clock() - started

    assert asyncio.run(five()) >= expected - 0.005


def test_a_pause_is_kept() -> None:
    async def paused() -> float:
        pace, clock = RateLimit(None, None), asyncio.get_running_loop().time
        started = clock()
        pace.pause(0.1)
        await pace.take(1)
        return clock() - started

    assert asyncio.run(paused()) >= 0.095


def test_the_tokens_of_an_answer_count() -> None:
    async def asked() -> float:
        pace, clock = RateLimit(None, 60_000), asyncio.get_running_loop().time
        started = clock()
        await pace.take(100)
        pace.also(200)
        await pace.take(100)
        return clock() - started

    # (100 + 200) tokens at 1,000 a second
    assert asyncio.run(asked()) >= 0.295


def test_who_waits_for_a_provider_stops_waiting_when_the_run_stops() -> None:
    async def stopped() -> None:
        pace = RateLimit(None, None)
        pace.pause(3_600)
        waiting = asyncio.create_task(pace.take(1))
        await asyncio.sleep(0)
        pace.give_up()
        await asyncio.wait_for(waiting, 30)

    asyncio.run(stopped())
