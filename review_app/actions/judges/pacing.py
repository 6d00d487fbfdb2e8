"""How fast one model may be asked."""

from __future__ import annotations

import asyncio


class RateLimit:
    """Requests spread evenly, so that no minute has more of them, or of their tokens, than is allowed."""

    def __init__(self, rpm: float | None, tpm: float | None) -> None:
        self._rpm, self._tpm, self._free_at = rpm, tpm, 0.0

    async def take(self, tokens: int) -> None:
        """Wait until a request of so many tokens may go out."""
        now = asyncio.get_running_loop().time()
        start = max(now, self._free_at)
        gaps = [60 / self._rpm if self._rpm else 0.0, tokens * 60 / self._tpm if self._tpm else 0.0]
        self._free_at = start + max(gaps)
        if start > now:
            await asyncio.sleep(start - now)

    def pause(self, seconds: float) -> None:
        """Nothing goes out for so long: the provider asked for it."""
        self._free_at = max(self._free_at, asyncio.get_running_loop().time() + seconds)
