"""Seconds on the wall beside seconds of the processor: where others use the machine, the first speak of them.

Nothing timed with this waits for a disk or a network, so on idle cores the wall shows at most the processor's seconds,
summed over threads: a target is met when either is within it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

Result = TypeVar("Result")


class Took(NamedTuple):
    """Seconds. cpu: of all threads of this process."""

    wall: float
    cpu: float

    def within(self, target: float) -> bool:
        """Whether it took no longer than `target` seconds."""
        return min(self) <= target

    def __str__(self) -> str:
        return f"{self.wall:6.2f} s ({self.cpu:.2f} s CPU)"


def timed(call: Callable[[], Result], runs: int = 1) -> tuple[Took, Result]:
    """What the quickest of some runs took, each number by itself, and the last one's result."""
    found = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        result = call()
        found.append(Took(time.perf_counter() - wall, time.process_time() - cpu))
    return Took(min(one.wall for one in found), min(one.cpu for one in found)), result
