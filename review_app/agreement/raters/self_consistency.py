"""Does a person say the same when an own trace comes back unseen? The ceiling of what anybody can agree with them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from review_app import tables
from review_app.agreement.wilson import wilson

COLUMNS = ("reviewer", "criterion", "n", "same", "share", "low", "high")


def self_consistency(reviews: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """One row per reviewer and criterion: COLUMNS; share = same / n, low and high its Wilson interval.

    reviews: columns tables.REVIEWS. A pair is a repeat and the review it repeats, both with a label on the criterion
    and under one version of the rubric; other repeats say nothing and are left out. Without a pair there is no row.
    """
    tables.require(reviews, tables.REVIEWS, "reviews")
    labelled = reviews.dropna(subset=["label"])
    both = labelled.dropna(subset=["repeat_of"]).merge(
        labelled,
        left_on=["repeat_of", "criterion", "rubric_version"],
        right_on=["review_id", "criterion", "rubric_version"],
        suffixes=("", "_before"),
    )
    both = both.assign(same=_picked(both["label"]) == _picked(both["label_before"]))
    found = both.groupby(["reviewer", "criterion"])["same"].agg(n="size", same="sum").reset_index()
    bounds = [wilson(same, n, level) for same, n in zip(found["same"], found["n"], strict=True)]
    low, high = np.array(bounds, dtype=float).reshape(-1, 2).T
    return found.assign(share=found["same"] / found["n"], low=low, high=high)[list(COLUMNS)]


def _picked(labels: pd.Series[str]) -> pd.Series[str]:
    """Several picked labels are the same in whatever order they were picked."""
    return labels.map(lambda text: ",".join(sorted(text.split(",")))).astype(object)
