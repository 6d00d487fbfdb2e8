"""A judge that chooses among several labels, beside the label most people chose: good and bad is not all it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from review_app.agreement.confidence.label_distribution import LabelDistribution, label_distribution
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.raters.cohen import cohen, cohen_estimate
from review_app.agreement.wilson import wilson
from review_app.review.rubric import Criterion

METHOD = "share of labelled traces, unweighted; Wilson interval"


@dataclass(frozen=True, kw_only=True)
class SameLabel:
    """n: labelled traces with a readable verdict and one label that more people chose than any other.

    same: share of these on which the judge chose that label too. kappa: Cohen's, between judge and that label. labels,
    table: how often people's label (row) met the judge's (column). no_majority: traces left out because people tied;
    no_label: because the judge gave no label of the criterion. distribution: None where the judge gave no probabilities
    of the labels.
    """

    n: int
    same: Estimate
    kappa: Estimate
    labels: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    no_majority: int
    no_label: int
    distribution: LabelDistribution | None = None


def same_label(verdicts: pd.DataFrame, votes: pd.DataFrame, criterion: Criterion) -> SameLabel | None:
    """verdicts: one judge's on one criterion, at most one per trace. votes: one row per person and trace, with `label`.

    None where the criterion has no labels to choose one from, or only two: that is what the rates are about."""
    labels = criterion.values()
    if criterion.multiple or len(labels) < 3 or criterion.kind not in ("categorical", "ordinal", "pairwise"):
        return None
    people = _most(votes)
    said = verdicts.loc[verdicts["label"].isin(labels)].set_index("trace_id")["label"]
    judge = said.reindex(people.index)
    both = judge.notna()
    place = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(table, (people[both].map(place).to_numpy(dtype=int), judge[both].map(place).to_numpy(dtype=int)), 1)
    n, agreed = int(both.sum()), int(np.trace(table))
    return SameLabel(
        n=n,
        same=_share(agreed, n),
        kappa=cohen_estimate(cohen(table)),
        labels=labels,
        table=tuple(tuple(int(cell) for cell in row) for row in table),
        no_majority=votes["trace_id"].nunique() - len(people),
        no_label=len(people) - n,
        distribution=_distribution(verdicts, people, criterion),
    )


def _distribution(verdicts: pd.DataFrame, people: pd.Series[str], criterion: Criterion) -> LabelDistribution | None:
    given = verdicts.get("label_probabilities", pd.Series(None, index=verdicts.index, dtype=object))
    by_trace = dict(zip(verdicts["trace_id"], given, strict=True))
    told = [(label, by_trace[trace]) for trace, label in people.items() if isinstance(by_trace.get(trace), dict)]
    if not told:
        return None
    labels = criterion.values()
    chances = np.array([[float(chances.get(label, 0.0)) for label in labels] for _, chances in told])
    places = np.array([labels.index(label) for label, _ in told], dtype=np.intp)
    return label_distribution(chances, places, criterion.kind == "ordinal")


def _most(votes: pd.DataFrame) -> pd.Series[str]:
    """trace_id -> the label more people chose than any other; traces on which people tied are left out."""
    counted = votes.groupby(["trace_id", "label"]).size()
    most = counted[counted == counted.groupby(level=0).transform("max")].reset_index()
    return most[~most["trace_id"].duplicated(keep=False)].set_index("trace_id")["label"]


def _share(k: int, n: int) -> Estimate:
    if n == 0:
        return undefined("no labelled trace has a label of the judge and one most people chose", 0, METHOD)
    low, high = wilson(k, n)
    return Estimate(value=k / n, low=low, high=high, n=n, method=METHOD)
