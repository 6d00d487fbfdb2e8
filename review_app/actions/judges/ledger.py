"""Many small deeds on disk at once: whoever waits for a deed waits for the commit that holds it, and so do others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from review_app.store.engine import Store, Write

T = TypeVar("T")
_TOGETHER = 256


class _Deed(NamedTuple):
    what: Callable[[Write], Any]
    future: asyncio.Future[Any]


class Ledger:
    """One thread that writes for one event loop. An async context manager; left when everything is on disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._deeds: SimpleQueue[_Deed | None] = SimpleQueue()

    async def __aenter__(self) -> Ledger:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="judge-ledger")
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._deeds.put(None)
        await asyncio.to_thread(self._thread.join)

    async def do(self, what: Callable[[Write], T]) -> T:
        """The deed's result, once it is on disk. Deeds take effect in the order in which they were given."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._deeds.put(_Deed(what, future))
        # What was given to the thread will be done; that somebody stopped waiting must not look like a failure of it.
        return await asyncio.shield(future)

    def _run(self) -> None:
        while (deeds := self._next()) is not None:
            try:
                with self._store.write() as write:
                    results = [deed.what(write) for deed in deeds]
            except Exception as fault:  # noqa: BLE001  it belongs to whoever waits
                self._loop.call_soon_threadsafe(_refuse, deeds, fault)
            else:
                self._loop.call_soon_threadsafe(_resolve, deeds, results)

    def _next(self) -> list[_Deed] | None:
        """What is waiting, at least one deed; None at the end."""
        deeds: list[_Deed] = []
        try:
            while len(deeds) < _TOGETHER:
                deed = self._deeds.get(block=not deeds)
                if deed is None:
                    self._deeds.put(None)
                    return deeds or None
                deeds.append(deed)
        except Empty:
            pass
        return deeds


def _resolve(deeds: list[_Deed], results: list[Any]) -> None:
    for deed, result in zip(deeds, results, strict=True):
        if not deed.future.done():
            deed.future.set_result(result)


def _refuse(deeds: list[_Deed], fault: Exception) -> None:
    for deed in deeds:
        if not deed.future.done():
            deed.future.set_exception(fault)
