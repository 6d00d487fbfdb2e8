"""From single reviews to what people settled on: one label per trace, criterion and rubric version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from review_app import tables
from review_app.errors import BadInput
from review_app.review.rubric import Criterion, Rubric

LABELS = (
    "trace_id", "criterion", "rubric_version", "y", "score", "n_reviews", "reviewers", "inclusion_probability",
)  # fmt: skip
"""One row per label. `y`: 1 failure, 0 good, .5 people tied, NA the criterion names no bad label. `score`: mean on
the criterion's scale, NA where it has none. `inclusion_probability`: NA = not from a draw."""

_KEY = ["trace_id", "criterion", "rubric_version"]

_ADJUDICATED = {
    "settled": "adjudicated: the settled answer stands for these",
    "fix_rubric": "adjudicated: the rubric must be mended first",
    "fix_context": "adjudicated: the context shown must be mended first",
}


class Meaning(NamedTuple):
    """bad: 1, 0, or NaN where the criterion names no bad label. place: number on its scale, or NaN.
    fault: why the label cannot be read, or ""."""

    bad: float
    place: float
    fault: str


@dataclass(frozen=True, kw_only=True)
class PeopleLabels:
    """labels: columns LABELS, then whatever `about` brought along to cut slices by.

    excluded: one row per criterion, rubric_version and reason, with the `count` of reviews left out. votes: one row per
    answer that counted, tables.REVIEWS and `bad`, before anything was settled. reviews, settled, known: as given.
    """

    labels: pd.DataFrame
    excluded: pd.DataFrame
    votes: pd.DataFrame
    reviews: pd.DataFrame
    settled: pd.DataFrame
    known: pd.DataFrame


def settle(
    reviews: pd.DataFrame,
    rubrics: Mapping[str, Rubric],
    about: pd.DataFrame | None = None,
    settled: pd.DataFrame | None = None,
    known: pd.DataFrame | None = None,
) -> PeopleLabels:
    """One label per trace from everybody's reviews: the majority's, each person having one vote, their latest.

    reviews: columns tables.REVIEWS. rubrics: version -> rubric, for every version whose reviews may count.
    about: one row per trace: `trace_id`, `inclusion_probability` (NA or absent = not from a draw), metadata columns.
    settled: at most one row per label, `trace_id`, `criterion`, `rubric_version`, `outcome`, `label`: what an
    adjudication decided. It wins over the majority; where it says that rubric or context must be mended first, there
    is no label. known: answers to hidden known-answer items: trace_id, reviewer, criterion,
    rubric_version, label, settled_label, at; passed on. Assisted reviews,
    outcomes other than judged, repeats and reviews an adjudication stands for are left out and counted. Raises
    BadInput when `about` holds a trace twice or a probability outside (0, 1].
    """
    tables.require(reviews, tables.REVIEWS, "reviews")
    read = _read(reviews, rubrics)
    votes = read[read["reason"] == ""]
    labels = _majority(votes)
    if settled is not None and len(settled):
        labels = _adjudicated(labels, settled, rubrics)
        read = _without_settled(read, settled)
    nothing = pd.DataFrame(columns=[*_KEY, "reviewer", "label", "settled_label", "at"])
    return PeopleLabels(
        labels=_with_about(labels, about),
        excluded=_excluded(read),
        votes=votes,
        reviews=reviews,
        settled=nothing if settled is None else settled,
        known=nothing if known is None else known,
    )


def meaning(criterion: Criterion, label: object) -> Meaning:
    """What one label, a person's or a judge's, says under a criterion. NA and labels it does not have say nothing."""
    if not isinstance(label, str):
        return Meaning(np.nan, np.nan, "no label")
    picked = label.split(",") if criterion.multiple else [label]
    if criterion.labels and not set(picked) <= set(criterion.values()):
        return Meaning(np.nan, np.nan, f"label {label!r} is none of the criterion's")
    try:
        place = criterion.score(label)
    except ValueError:
        return Meaning(np.nan, np.nan, f"label {label!r} is not a number")
    bad = float(bool(set(picked) & set(criterion.bad))) if criterion.bad else np.nan
    return Meaning(bad, np.nan if place is None else place, "")


def _read(reviews: pd.DataFrame, rubrics: Mapping[str, Rubric]) -> pd.DataFrame:
    """The reviews with `bad` (1, 0 or NaN), `score` on the criterion's scale, and the `reason` not to count, or ""."""
    labels = reviews["label"].astype(object).where(reviews["label"].notna(), None)
    answered = reviews[["rubric_version", "criterion"]].assign(label=labels)
    keys = list(map(tuple, answered.to_numpy(dtype=object).tolist()))
    known = {(version, name, label): _meaning(version, name, label, rubrics) for version, name, label in set(keys)}
    said = pd.DataFrame([known[key] for key in keys], columns=Meaning._fields, index=reviews.index)
    score = pd.to_numeric(reviews["score"]).astype(float).fillna(said["place"].astype(float))
    read = reviews.assign(bad=said["bad"].astype(float), score=score, fault=said["fault"].astype(object))
    read = read.assign(reason=_reason(read)).reset_index(drop=True)
    voting = read[read["reason"] == ""].sort_values("at", kind="stable")
    older = voting.index[voting.duplicated([*_KEY, "reviewer"], keep="last")]
    read.loc[older, "reason"] = "replaced by the same reviewer's later answer"
    return read


def _meaning(version: str, name: str, label: object, rubrics: Mapping[str, Rubric]) -> Meaning:
    rubric = rubrics.get(version)
    if rubric is None:
        return Meaning(np.nan, np.nan, f"rubric version {version} is not known here")
    criterion = next((c for c in rubric.criteria if c.name == name), None)
    if criterion is None:
        return Meaning(np.nan, np.nan, f"rubric version {version} has no such criterion")
    return meaning(criterion, label)


def _reason(read: pd.DataFrame) -> np.ndarray:
    outcome = read["outcome"].astype(str)
    known = read["known"].notna() if "known" in read else pd.Series(False, index=read.index)
    assisted = read["assisted"].fillna(False).astype(bool)
    return np.select(
        [assisted, outcome != "judged", known, read["repeat_of"].notna(), read["fault"] != ""],
        [
            "assisted: the reviewer had seen another opinion",
            "outcome: " + outcome.str.replace("_", " "),
            "a known answer, kept to measure the reviewer against what is settled",
            "a repeat, kept to measure the reviewer against themselves",
            read["fault"],
        ],
        default="",
    )


def _majority(votes: pd.DataFrame) -> pd.DataFrame:
    grouped = votes.groupby(_KEY, sort=True)
    share = grouped["bad"].mean()
    return pd.DataFrame(
        {
            # sign(share - 1/2) is -1, 0 or 1: good, tied, bad. NA stays NA.
            "y": (np.sign(share - 0.5) + 1) / 2,
            "score": grouped["score"].mean(),
            "n_reviews": grouped.size(),
            "reviewers": _names(votes),
        }
    ).reset_index()


def _names(votes: pd.DataFrame) -> pd.Series[str]:
    """Who voted, by name, joined by a comma. A join per group through pandas takes most of the time of a report."""
    found: dict[tuple[str, ...], list[str]] = {}
    rows = votes.sort_values("reviewer")[[*_KEY, "reviewer"]].to_numpy(dtype=object)
    for *key, reviewer in rows.tolist():
        found.setdefault(tuple(key), []).append(reviewer)
    names = [",".join(voters) for voters in found.values()]
    return pd.Series(names, index=pd.MultiIndex.from_tuples(list(found), names=_KEY), dtype=object)


def _adjudicated(labels: pd.DataFrame, settled: pd.DataFrame, rubrics: Mapping[str, Rubric]) -> pd.DataFrame:
    """The labels with what was settled in place of the majority; without those that could not be settled."""
    both = labels.merge(settled[[*_KEY, "outcome", "label"]], on=_KEY, how="left")
    decided = both["outcome"] == "settled"
    asked = both.loc[decided, ["rubric_version", "criterion", "label"]].itertuples(index=False)
    said = [_meaning(version, name, label, rubrics) for version, name, label in asked]
    both.loc[decided, "y"] = [one.bad for one in said]
    both.loc[decided, "score"] = [one.place for one in said]
    return both.loc[decided | both["outcome"].isna(), list(labels.columns)].reset_index(drop=True)


def _without_settled(read: pd.DataFrame, settled: pd.DataFrame) -> pd.DataFrame:
    outcome = read[_KEY].merge(settled[[*_KEY, "outcome"]], on=_KEY, how="left")["outcome"]
    voted = read["reason"] == ""
    return read.assign(reason=read["reason"].mask(voted & outcome.notna(), outcome.map(_ADJUDICATED)))


def _excluded(read: pd.DataFrame) -> pd.DataFrame:
    out = read[read["reason"] != ""].groupby(["criterion", "rubric_version", "reason"]).size()
    return out.rename("count").reset_index()


def _with_about(labels: pd.DataFrame, about: pd.DataFrame | None) -> pd.DataFrame:
    if about is None:
        return labels.assign(inclusion_probability=np.nan)[list(LABELS)]
    about = about if "inclusion_probability" in about else about.assign(inclusion_probability=np.nan)
    pi = about["inclusion_probability"].astype(float)
    wrong = about.loc[pi.notna() & ~((pi > 0) & (pi <= 1)) | about["trace_id"].duplicated(), "trace_id"]
    if len(wrong):
        raise BadInput(
            f"{len(wrong)} traces are there twice or have an inclusion probability outside (0, 1]: "
            f"{', '.join(wrong.astype(str)[:5])}.",
            do="Give one row per trace, with the probability its draw stored, or NA.",
        )
    extra = [column for column in about.columns if column not in LABELS]
    about = about.assign(inclusion_probability=pi)[["trace_id", "inclusion_probability", *extra]]
    return labels.merge(about, on="trace_id", how="left")[[*LABELS, *extra]]
