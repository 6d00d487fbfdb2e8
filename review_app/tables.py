"""The frames that cross a room's wall: their columns, what one row is, and how a caller checks them.

Times are UTC; in the store they are whole microseconds since 1970. A missing value is NA (None in a row class),
never 0 and never an empty string.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from review_app.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

TRACES = (
    "trace_id", "at", "session_id", "route", "model", "prompt_version", "retrieval_version", "language",
    "n_turns", "n_documents", "n_tools", "output_chars", "user_feedback", "cost_usd", "latency_s", "tags",
    "tools",
)  # fmt: skip
"""One row per trace, its newest version. `user_feedback` in [-1, 1]; `tags` joined by a comma, and so
the names in `tools`: sorted, each once, NA where nobody looked yet (store.traces.fill_tools)."""


VERDICTS = (
    "trace_id", "judge", "judge_version", "criterion", "label", "score", "label_probabilities",
    "confidence", "rationale", "status", "cost_usd", "latency_s", "at",
)  # fmt: skip
"""One row per judge's answer. `label` is NA unless `status` is ok."""

DRAWS = ("draw_id", "trace_id", "stratum", "inclusion_probability", "reasons", "frame_size")
"""One row per drawn trace and draw; `inclusion_probability` in (0, 1]; `reasons` are the strategies that hit."""

REVIEWS = (
    "review_id", "trace_id", "reviewer", "rubric_version", "criterion", "label", "score", "note",
    "outcome", "assisted", "repeat_of", "at", "seconds",
)  # fmt: skip
"""One row per review and criterion; `label` is NA where `outcome` is not judged."""

SPAN = "span:"
"""What `trace_id` of a verdict or opinion starts with where its file names a span and not the trace: `span:<id>`."""

RESULT_STATUSES = ("pass", "fail", "error", "not_applicable")
VERDICT_STATUSES = ("ok", "missing", "unparsable", "refused", "error")
OUTCOMES = ("judged", "cannot_judge", "wrong_context", "skipped")


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One judge's answer to one criterion on one trace.

    score: the answer as a number on the criterion's own scale; with `label_probabilities` it is their expectation.
    label_probabilities: label -> probability, summing to 1; `label` is then the most probable one.
    confidence: in [0, 1]. confidence_source: logprobs, samples or stated, where we asked the judge ourselves.
    status: one of VERDICT_STATUSES; unless it is ok, label and score are None, and the rationale may say why.
    beside: what the tool it comes from recorded of it and no field here takes, as it came.
    """

    trace_id: str
    judge: str
    judge_version: str
    criterion: str
    label: str | None = None
    score: float | None = None
    label_probabilities: dict[str, float] | None = None
    confidence: float | None = None
    rationale: str | None = None
    status: str = "ok"
    cost_usd: float | None = None
    latency_s: float | None = None
    at: datetime | None = None
    confidence_source: str | None = None
    beside: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HumanOpinion:
    """What one person said about one trace, as another tool recorded it.

    author: who, as that tool names people. criterion: the score's name; None where the person said nothing but a text.
    label, score: the answer, on the other tool's scale. note: why. correction: the answer the person would have wanted.
    source: the tool it comes from ("phoenix"). beside: what that tool recorded of it and no field here takes. Missing
    is None.
    """

    trace_id: str
    author: str
    criterion: str | None = None
    label: str | None = None
    score: float | None = None
    note: str | None = None
    correction: str | None = None
    source: str = ""
    at: datetime | None = None
    beside: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reject:
    """A record we could not take: where it stands and why. `raw` is its text, cut to a length a person can read."""

    file: str
    line: int
    field: str
    reason: str
    raw: str = ""


def require(frame: pd.DataFrame, columns: Iterable[str], name: str) -> None:
    """Raise BadInput naming the columns of `columns` that the frame called `name` lacks."""
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        raise BadInput(
            f"The {name} frame lacks {', '.join(lacking)}; it has {', '.join(map(str, frame.columns))}.",
            do=f"Build it with the columns of review_app.tables.{name.upper()}.",
        )


def spreadsheet_safe(value: object) -> object:
    """A text that a spreadsheet would run as a formula, with an apostrophe in front; anything else as it is."""
    risky = isinstance(value, str) and value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    return f"'{value}" if risky else value
