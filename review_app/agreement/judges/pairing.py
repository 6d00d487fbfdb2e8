"""Lay one judge's verdicts beside people's labels, and count what finds no partner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from review_app.agreement.confidence.calibration import bad_probability
from review_app.agreement.figures import Exclusion
from review_app.agreement.raters.people import meaning
from review_app.review.rubric import Criterion

_NOT_DRAWN = "not from a draw (hand-picked or imported): naive figures only"


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """One row per trace in each frame: the label's columns, then `flagged`, `judge_score`,
    `judge_label_score` and `bad_probability`.

    judged: has a readable verdict and a y. drawn: the part of it with an inclusion probability.
    scored: has a verdict and a score by people. labelled: drawn and with a y; `told`: whether it has a readable
    verdict. excluded: traces that are not in `drawn`, each under its first reason.
    """

    judged: pd.DataFrame
    drawn: pd.DataFrame
    scored: pd.DataFrame
    labelled: pd.DataFrame
    excluded: tuple[Exclusion, ...]


def pair(labels: pd.DataFrame, verdicts: pd.DataFrame, criterion: Criterion) -> Pairs:
    """labels: people.LABELS of one criterion and rubric version. verdicts: one judge's, one version's, on it."""
    both = labels.merge(_read(verdicts, criterion), on="trace_id", how="left")
    reason = _reason(both)
    judged = both[np.isin(reason, ["", _NOT_DRAWN])]
    judged = judged.assign(flagged=judged["judge_bad"] == 1)
    labelled = both[both["y"].notna() & both["inclusion_probability"].notna()]
    told = (labelled["status"] == "ok") & (labelled["fault"] == "")
    counted = pd.Series(reason[reason != ""], dtype=object).value_counts().sort_index()
    return Pairs(
        judged=judged.reset_index(drop=True),
        drawn=judged[judged["inclusion_probability"].notna()].reset_index(drop=True),
        scored=both[(both["status"] == "ok") & both["score"].notna()].reset_index(drop=True),
        labelled=labelled.assign(told=told).reset_index(drop=True),
        excluded=tuple(Exclusion(reason=why, count=int(n), unit="traces") for why, n in counted.items()),
    )


def _read(verdicts: pd.DataFrame, criterion: Criterion) -> pd.DataFrame:
    """trace_id, status, judge_bad, judge_score, judge_label_score, bad_probability, fault."""
    known = {label: meaning(criterion, label) for label in verdicts["label"].dropna().unique()}
    unread = meaning(criterion, None)
    read = [known.get(label, unread) for label in verdicts["label"]]
    return pd.DataFrame(
        {
            "trace_id": verdicts["trace_id"].to_numpy(),
            "status": verdicts["status"].to_numpy(),
            "judge_bad": [one.bad for one in read],
            "judge_score": pd.to_numeric(verdicts["score"]).to_numpy(dtype=float, na_value=np.nan),
            "judge_label_score": [one.place for one in read],
            "bad_probability": bad_probability(verdicts, criterion),
            "fault": [one.fault for one in read],
        }
    )


def _reason(both: pd.DataFrame) -> np.ndarray:
    return np.select(
        [
            both["status"].isna(),
            both["status"] != "ok",
            both["fault"] != "",
            both["y"].isna(),
            both["inclusion_probability"].isna(),
        ],
        [
            "the judge gave no verdict",
            "verdict: " + both["status"].astype(str),
            "verdict: " + both["fault"].astype(str),
            "the criterion names no bad label",
            _NOT_DRAWN,
        ],
        default="",
    )
