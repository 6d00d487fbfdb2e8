"""What an answer may cost and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge

from review_app.grading.checks.finding import TASK, Finding, judged, not_applicable
from review_app.traces.trace import Trace

Bound = Annotated[float, Ge(0)] | None


@dataclass(frozen=True, kw_only=True)
class Budget:
    """At most so many seconds, US dollars and tool calls; what is not given is not looked at."""

    LAYER: ClassVar[str] = TASK
    VERSION: ClassVar[int] = 1
    max_latency_s: Bound = None
    max_cost_usd: Bound = None
    max_tool_calls: Annotated[int, Ge(0)] | None = None

    def __post_init__(self) -> None:
        if all(bound is None for bound in (self.max_latency_s, self.max_cost_usd, self.max_tool_calls)):
            raise ValueError("needs max_latency_s, max_cost_usd or max_tool_calls")

    def run(self, trace: Trace) -> Finding:
        """Fails with each bound that is broken: "latency 7.2 s, at most 5 s". A bound on what the trace does not say
        is not looked at; does it say nothing at all, the check does not apply."""
        asked = (
            ("latency", trace.latency_s, self.max_latency_s, " s"),
            ("cost", trace.cost_usd, self.max_cost_usd, " USD"),
            ("tool calls", len(trace.tool_calls), self.max_tool_calls, ""),
        )
        known = [(name, value, most, unit) for name, value, most, unit in asked if most is not None]
        told = [(name, value, most, unit) for name, value, most, unit in known if value is not None]
        if not told:
            return not_applicable(f"the trace does not say its {' and '.join(name for name, *_ in known)}")
        broken = [(name, value, most, unit) for name, value, most, unit in told if value > most]
        return judged([f"{name} {value:.6g}{unit}, at most {most:.6g}{unit}" for name, value, most, unit in broken])
