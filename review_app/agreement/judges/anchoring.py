"""Do people change their answer once they have seen the judge's, and in which direction?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from review_app import tables
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.wilson import wilson

METHOD = "share of pairs; Wilson interval"
_KEY = ["reviewer", "trace_id", "criterion", "rubric_version"]
COLUMNS = ("reviewer", "trace_id", "criterion", "before", "after", "verdict")


@dataclass(frozen=True, kw_only=True)
class Anchoring:
    """One reviewer, or everybody (reviewer ""), before and after seeing the verdict.

    n: pairs of a blind and a later assisted review of one trace and criterion. changed: of all n. towards: of the
    pairs that differed from the verdict when blind, those that then agreed with it; away: of the pairs that agreed,
    those that then did not. The two have their own n and are never netted. Other changes, from one answer the judge
    did not give to another, are in changed only.
    """

    reviewer: str
    n: int
    n_changed: int
    n_towards: int
    n_away: int
    changed: Estimate
    towards: Estimate
    away: Estimate


def before_and_after(reviews: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """One row per pair: COLUMNS. The latest blind review before the first assisted one, and the latest assisted one.

    reviews: columns tables.REVIEWS. verdicts: one judge's, one version's, at most one per `trace_id` and `criterion`,
    with its `label`. Repeats and reviews without a label are left out, as are traces without a verdict.
    """
    tables.require(reviews, tables.REVIEWS, "reviews")
    assisted = reviews["assisted"].fillna(False).astype(bool)
    usable = (reviews["outcome"] == "judged") & reviews["label"].notna() & reviews["repeat_of"].isna()
    after = reviews[usable & assisted].sort_values("at", kind="stable")
    revealed = after.groupby(_KEY)["at"].min().rename("revealed").reset_index()
    blind = reviews[usable & ~assisted].merge(revealed, on=_KEY)
    blind = blind[blind["at"] <= blind["revealed"]].sort_values("at", kind="stable")
    pairs = _latest(blind, "before").merge(_latest(after, "after"), on=_KEY)
    said = verdicts.dropna(subset=["label"])[["trace_id", "criterion", "label"]].rename(columns={"label": "verdict"})
    pairs = pairs.merge(said, on=["trace_id", "criterion"], validate="many_to_one")
    return pairs[list(COLUMNS)].sort_values(["reviewer", "trace_id", "criterion"]).reset_index(drop=True)


def anchoring(pairs: pd.DataFrame) -> tuple[Anchoring, ...]:
    """Everybody first, then each reviewer by name. pairs: before_and_after's columns; () when there is none."""
    if pairs.empty:
        return ()
    return _row("", pairs), *(_row(str(name), mine) for name, mine in pairs.groupby("reviewer"))


def _latest(reviews: pd.DataFrame, name: str) -> pd.DataFrame:
    return reviews.drop_duplicates(_KEY, keep="last")[[*_KEY, "label"]].rename(columns={"label": name})


def _row(reviewer: str, pairs: pd.DataFrame) -> Anchoring:
    agreed, agrees = pairs["before"] == pairs["verdict"], pairs["after"] == pairs["verdict"]
    n, n_agreed = len(pairs), int(agreed.sum())
    changed = int((pairs["before"] != pairs["after"]).sum())
    towards, away = int((~agreed & agrees).sum()), int((agreed & ~agrees).sum())
    return Anchoring(
        reviewer=reviewer,
        n=n,
        n_changed=changed,
        n_towards=towards,
        n_away=away,
        changed=_share(changed, n, ""),
        towards=_share(towards, n - n_agreed, "agreed with the verdict every time before seeing it"),
        away=_share(away, n_agreed, "never agreed with the verdict before seeing it"),
    )


def _share(k: int, n: int, why: str) -> Estimate:
    if n == 0:
        return undefined(why, n, METHOD)
    low, high = wilson(k, n)
    return Estimate(value=k / n, low=low, high=high, n=n, method=METHOD)
