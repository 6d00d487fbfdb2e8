"""How long the output may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge

from review_app.grading.checks.finding import FORMATTING, NO_OUTPUT, PASSED, Finding, failed
from review_app.traces.trace import Trace


@dataclass(frozen=True, kw_only=True)
class Length:
    """The output has at least `min_chars` and at most `max_chars` characters, white space at its ends not counted."""

    LAYER: ClassVar[str] = FORMATTING
    VERSION: ClassVar[int] = 1
    min_chars: Annotated[int, Ge(0)] = 0
    max_chars: Annotated[int, Ge(0)] | None = None

    def __post_init__(self) -> None:
        if not self.min_chars and self.max_chars is None:
            raise ValueError("needs min_chars or max_chars")
        if self.max_chars is not None and self.max_chars < self.min_chars:
            raise ValueError(f"max_chars {self.max_chars} is below min_chars {self.min_chars}")

    def run(self, trace: Trace) -> Finding:
        """Fails with the length and the bound it breaks."""
        if trace.output is None:
            return NO_OUTPUT
        chars = len(trace.output.strip())
        if chars < self.min_chars:
            return failed(f"{chars} characters, fewer than {self.min_chars}")
        if self.max_chars is not None and chars > self.max_chars:
            return failed(f"{chars} characters, more than {self.max_chars}")
        return PASSED
