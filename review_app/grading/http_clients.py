"""The HTTP clients of one model: several small ones, since one large one is slow.

For each request httpcore looks through all connections of a client, and once more through all of them for each that is
to be closed or kept: with 64 of them it takes three times the CPU of litellm itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CONNECTIONS = 8
"""Of one client."""


class HttpClients:
    """Lends a client to each request; makes another where all are in full use. For one event loop."""

    def __init__(self, new: Callable[[], Any]) -> None:
        """new: makes a client of CONNECTIONS connections; its `close` is a coroutine function."""
        self._new = new
        self._clients: list[Any] = []
        self._busy: list[int] = []

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """A client with a connection to spare, the one that was made first, whose connections are open."""
        place = next((place for place, busy in enumerate(self._busy) if busy < CONNECTIONS), len(self._busy))
        if place == len(self._clients):
            self._clients.append(self._new())
            self._busy.append(0)
        self._busy[place] += 1
        try:
            yield self._clients[place]
        finally:
            self._busy[place] -= 1

    async def close(self) -> None:
        """Close them all."""
        for client in self._clients:
            await client.close()
