"""How much must be there before a figure is shown at all; below it, the reason stands in the figure's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge


@dataclass(frozen=True, kw_only=True)
class MinimumEvidence:
    """labels_per_verdict: labelled traces that a judge flagged, and as many that it passed, before any weighted rate;
    so too in each week and for the panel. double_rated: traces with two ratings, before people are compared; traces
    both have rated, before two reviewers are. calibration: labelled traces with a probability from the judge.
    blind_spots: bad answers (for false alarms: good ones). ratings_per_trace, ratings_per_reviewer: before the
    estimated true labels of Dawid and Skene."""

    labels_per_verdict: Annotated[int, Ge(1)] = 5
    double_rated: Annotated[int, Ge(2)] = 20
    calibration: Annotated[int, Ge(10)] = 50
    blind_spots: Annotated[int, Ge(10)] = 30
    ratings_per_trace: Annotated[int, Ge(2)] = 3
    ratings_per_reviewer: Annotated[int, Ge(1)] = 30
