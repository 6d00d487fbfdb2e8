"""Small worlds for the agreement tests, made from counts."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from review_app import tables
from review_app.agreement.frame import VerdictCounts
from review_app.agreement.raters.people import PeopleLabels
from review_app.review.rubric import Criterion, Label, Rubric

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

RUBRIC = Rubric(
    name="answers",
    criteria=(
        Criterion(
            name="good_enough", question="Good enough to send?", labels=(Label(value="pass"), Label(value="fail")),
            bad=("fail",),
        ),
        Criterion(
            name="tone", question="How is the tone?", kind="ordinal", labels=tuple(Label(value=v) for v in "1234"),
            bad=("1", "2"),
        ),
        Criterion(
            name="themes", question="What is wrong?", kind="categorical", multiple=True,
            labels=(Label(value="facts"), Label(value="form"), Label(value="fine")), bad=("facts", "form"),
        ),
        Criterion(name="minutes", question="How long would it take to mend?", kind="numeric"),
    ),
)  # fmt: skip


NOTHING = pd.DataFrame(columns=[*tables.REVIEWS, "bad"])


def sample(tp: int, fp: int, fn: int, tn: int, *, pi_flagged: float, pi_passed: float) -> pd.DataFrame:
    """Labelled traces from the four counts, drawn with one probability per verdict."""
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [tp, fp, fn, tn])
    flagged = np.repeat([True, False], [tp + fp, fn + tn])
    return pd.DataFrame(
        {
            "trace_id": [f"t{i:04d}" for i in range(len(y))],
            "y": y,
            "flagged": flagged,
            "inclusion_probability": np.where(flagged, pi_flagged, pi_passed),
        }
    )


def counts(n_flagged: int, n_passed: int) -> VerdictCounts:
    return VerdictCounts(judge="j", judge_version="1", criterion="good_enough", n_flagged=n_flagged, n_passed=n_passed)


def reviews(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Reviews with every column of tables.REVIEWS and `known`; what a row does not say has a harmless value."""
    usual: dict[str, object] = {
        "rubric_version": RUBRIC.version, "criterion": "good_enough", "label": None, "score": None, "note": None,
        "outcome": "judged", "assisted": False, "repeat_of": None, "at": NOW, "seconds": 30.0,
    }  # fmt: skip
    return pd.DataFrame(
        [{"review_id": f"r{i}", **usual, **row} for i, row in enumerate(rows)], columns=[*tables.REVIEWS, "known"]
    )


def verdicts(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Verdicts with every column of tables.VERDICTS."""
    usual: dict[str, object] = {"judge": "j", "judge_version": "1", "criterion": "good_enough", "status": "ok"}
    return pd.DataFrame([{**usual, **row} for row in rows], columns=list(tables.VERDICTS))


def labels_of(rows: pd.DataFrame, criterion: str = "good_enough") -> PeopleLabels:
    """Labels as if two people had settled them; `rows` has trace_id, y and whatever a test needs."""
    usual = {
        "criterion": criterion, "rubric_version": RUBRIC.version, "score": np.nan, "n_reviews": 1, "reviewers": "ann",
        "inclusion_probability": np.nan,
    }  # fmt: skip
    return PeopleLabels(
        labels=rows.assign(**{name: value for name, value in usual.items() if name not in rows}),
        excluded=pd.DataFrame(columns=["criterion", "rubric_version", "reason", "count"]),
        votes=NOTHING,
        reviews=NOTHING,
        settled=NOTHING,
        known=NOTHING,
    )
