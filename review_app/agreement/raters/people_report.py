"""People beside people: one report per criterion and rubric version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.minimum_evidence import MinimumEvidence
from review_app.agreement.raters.category_weights import Level
from review_app.agreement.raters.ceiling import Ceiling, ceiling
from review_app.agreement.raters.dawid_skene import DawidSkeneOptions
from review_app.agreement.raters.people import PeopleLabels
from review_app.agreement.raters.rater_kappas import RaterPair, rater_pairs
from review_app.agreement.raters.reliability import Reliability, ReliabilityOptions, reliability
from review_app.agreement.raters.reviewers import ReviewersOptions, ReviewersReport, reviewers
from review_app.agreement.raters.self_consistency import self_consistency
from review_app.agreement.wilson import wilson
from review_app.review.rubric import Criterion, Rubric

_KEY = ["rubric_version", "criterion"]
_SCALES: Mapping[str, Level] = {"ordinal": "ordinal", "numeric": "interval"}
_NOT_COMPARED = ("text", "span")
_TOO_MANY_VALUES = 200
KNOWN_ANSWER = "known answer: "
"""Stands before the id of a trace, in a flag's examples, where the answer was held against what is known."""


@dataclass(frozen=True, kw_only=True)
class PeopleReport:
    """How far people agree with each other on one criterion, and how each of them works.

    ceiling: the best a judge could show against one of these people; None where no answer counts as bad.
    said_bad: share of their answers that are bad labels; None where the criterion names none.
    pairs: two reviewers each who rated enough traces both, by name. ratio_alpha: Krippendorff's alpha where 1 and 2 are
    as far apart as 10 and 20; None where the answers are no numbers, or some are below 0.
    """

    criterion: str
    rubric_version: str
    n_reviewers: int
    reliability: Reliability
    reviewers: ReviewersReport
    ceiling: Ceiling | None
    said_bad: float | None
    pairs: tuple[RaterPair, ...] = ()
    ratio_alpha: Estimate | None = None


class _Given(NamedTuple):
    """Of one criterion and rubric version: answers to known items, what was adjudicated, and all reviews as given."""

    known: pd.DataFrame
    settled: pd.DataFrame
    reviews: pd.DataFrame


def people_reports(
    labelled: PeopleLabels, rubrics: Mapping[str, Rubric], seed: int, minimum: MinimumEvidence | None = None
) -> tuple[PeopleReport, ...]:
    """One per criterion and rubric version that anybody answered; text and spans are not compared."""
    found, least = [], minimum or MinimumEvidence()
    for (version, name), votes in _with_about(labelled).groupby(_KEY, sort=True):
        criterion = rubrics[version].criterion(name)
        if criterion.kind not in _NOT_COMPARED:
            known, settled = (_of(given, version, name) for given in (labelled.known, labelled.settled))
            given = labelled.reviews
            mine = given[(given["rubric_version"] == version) & (given["criterion"] == name)]
            found.append(_report(criterion, votes, _Given(known, settled, mine), seed, least))
    return tuple(found)


def _with_about(labelled: PeopleLabels) -> pd.DataFrame:
    """The votes with `output_chars`, the length of what was read, and `session_id`; NA where they are not known."""
    about = labelled.labels.drop_duplicates("trace_id").set_index("trace_id")
    told = {name: about[name] if name in about else pd.Series(dtype=object) for name in ("output_chars", "session_id")}
    return labelled.votes.assign(**{name: labelled.votes["trace_id"].map(found) for name, found in told.items()})


def _report(
    criterion: Criterion,
    votes: pd.DataFrame,
    given: _Given,
    seed: int,
    least: MinimumEvidence,
) -> PeopleReport:
    scale = _SCALES.get(criterion.kind, "nominal")
    categories = None if criterion.kind == "numeric" or criterion.multiple else criterion.values()
    ratings = _ratings(votes, criterion)
    how = ReliabilityOptions(categories=categories, minimum_units=least.double_rated, seed=seed)
    agreed = reliability(ratings, scale, how)
    known, settled = given.known, given.settled
    work = pd.concat([ratings, _ratings(_held_apart(known), criterion)]) if len(known) else ratings
    right = dict(zip(_held_apart(known)["trace_id"], known["settled_label"], strict=True)) if len(known) else {}
    judged = dict(zip(settled["trace_id"], settled["label"], strict=True))
    options = ReviewersOptions(
        categories=categories,
        dawid_skene=DawidSkeneOptions(
            ratings_per_unit=least.ratings_per_trace, ratings_per_rater=least.ratings_per_reviewer
        ),
        seed=seed,
    )
    bad = votes["bad"].dropna()
    said_bad = float(bad.mean()) if len(bad) else None
    return PeopleReport(
        criterion=criterion.name,
        rubric_version=str(votes["rubric_version"].iloc[0]),
        n_reviewers=votes["reviewer"].nunique(),
        reliability=agreed,
        reviewers=reviewers(work, scale, right, judged, options),
        ceiling=None if said_bad is None else ceiling(agreed.percent_agreement, said_bad, _again(given.reviews)),
        said_bad=said_bad,
        pairs=rater_pairs(ratings, scale, categories, least.double_rated),
        ratio_alpha=_ratio_alpha(ratings, how) if scale == "interval" else None,
    )


def _again(reviews: pd.DataFrame) -> Estimate | None:
    """How often somebody gave the same answer when an own trace came back unseen, over all who had one."""
    found = self_consistency(reviews)
    n, same = int(found["n"].sum()), int(found["same"].sum())
    if not n:
        return None
    low, high = wilson(same, n)
    return Estimate(
        value=same / n, low=low, high=high, n=n, method="share of repeats answered the same; Wilson interval"
    )


def _ratio_alpha(ratings: pd.DataFrame, how: ReliabilityOptions) -> Estimate | None:
    values = pd.to_numeric(ratings["value"]).dropna()
    if (values < 0).any():
        return None
    if values.nunique() > _TOO_MANY_VALUES:
        reason = f"more than {_TOO_MANY_VALUES} different values"
        return undefined(reason, ratings["unit"].nunique(), "Krippendorff's alpha (ratio)")
    return reliability(ratings, "ratio", how).alpha


def _ratings(votes: pd.DataFrame, criterion: Criterion) -> pd.DataFrame:
    value = votes["score"] if criterion.kind == "numeric" and "score" in votes else votes["label"]
    columns = {"unit": votes["trace_id"], "rater": votes["reviewer"], "value": value, "at": votes["at"]}
    times = {"seconds": votes.get("seconds", np.nan), "characters": votes.get("output_chars", np.nan)}
    return pd.DataFrame(columns | times | {"cluster": votes.get("session_id", np.nan)})


def _held_apart(known: pd.DataFrame) -> pd.DataFrame:
    """Known answers as traces of their own: they are held against what is known, and never against colleagues."""
    return known.assign(trace_id=KNOWN_ANSWER + known["trace_id"].astype(str))


def _of(given: pd.DataFrame, version: str, criterion: str) -> pd.DataFrame:
    mine = given[(given["rubric_version"] == version) & (given["criterion"] == criterion)]
    return mine.dropna(subset=["label"])
