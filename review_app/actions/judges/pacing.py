"""How fast one model may be asked."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class RateLimit:
    """Requests spread evenly, so that no minute has more of them, or of their tokens, than is allowed. For one event
    loop."""

    def __init__(self, rpm: float | None, tpm: float | None) -> None:
        self._rpm, self._tpm, self._free_at = rpm, tpm, 0.0
        self._over = asyncio.Event()

    async def take(self, tokens: int) -> None:
        """Wait until a request of so many tokens may go out, or nobody wants to send any."""
        now = asyncio.get_running_loop().time()
        start = max(now, self._free_at)
        gaps = [60 / self._rpm if self._rpm else 0.0, self._seconds(tokens)]
        self._free_at = start + max(gaps)
        if start > now:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), start - now)

    def also(self, tokens: int) -> None:
        """An answer had so many tokens, which count against the same minute."""
        if self._tpm:
            self._free_at = max(self._free_at, asyncio.get_running_loop().time()) + self._seconds(tokens)

    def pause(self, seconds: float) -> None:
        """Nothing goes out for so long: the provider asked for it."""
        self._free_at = max(self._free_at, asyncio.get_running_loop().time() + seconds)

    def give_up(self) -> None:
        """Nothing more is to go out: whoever waits, waits no longer."""
        self._over.set()

    def _seconds(self, tokens: int) -> float:
        return tokens * 60 / self._tpm if self._tpm else 0.0
