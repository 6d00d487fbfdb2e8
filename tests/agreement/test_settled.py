"""An adjudication wins over the majority."""

from __future__ import annotations

import pandas as pd
import pytest

from review_app import tables
from review_app.agreement.raters.people import PeopleLabels, settle

from ..builders import NOON, RUBRIC


def labelled(outcome: str | None, label: str | None = None) -> PeopleLabels:
    """Two traces; ana and ben differ on t-1, and on t-2 agree that it is good."""
    said = [("t-1", "ana", "pass"), ("t-1", "ben", "fail"), ("t-2", "ana", "pass"), ("t-2", "ben", "pass")]
    rows = [
        dict.fromkeys(tables.REVIEWS)
        | {"review_id": f"{trace}{who}", "trace_id": trace, "reviewer": who, "label": value, "outcome": "judged"}
        | {"rubric_version": RUBRIC.version, "criterion": "good_enough", "assisted": False, "at": NOON}
        for trace, who, value in said
    ]
    settled = pd.DataFrame(
        [("t-1", RUBRIC.version, "good_enough", outcome, label)] if outcome else [],
        columns=["trace_id", "rubric_version", "criterion", "outcome", "label"],
    )
    return settle(pd.DataFrame(rows, columns=list(tables.REVIEWS)), {RUBRIC.version: RUBRIC}, settled=settled)


@pytest.mark.parametrize(
    ("outcome", "label", "y", "left_out"),
    [
        pytest.param(None, None, {"t-1": 0.5, "t-2": 0}, {}, id="nobody settled: a tie"),
        pytest.param("settled", "fail", {"t-1": 1, "t-2": 0}, {"stands for these": 2}, id="settled as bad"),
        pytest.param("settled", "pass", {"t-1": 0, "t-2": 0}, {"stands for these": 2}, id="settled as good"),
        pytest.param("fix_rubric", None, {"t-2": 0}, {"rubric must be mended": 2}, id="the rubric is at fault"),
        pytest.param("fix_context", None, {"t-2": 0}, {"context shown must be": 2}, id="the context is at fault"),
    ],
)
def test_the_settled_answer_counts(
    outcome: str | None, label: str | None, y: dict[str, float], left_out: dict[str, int]
) -> None:
    found = labelled(outcome, label)
    assert dict(zip(found.labels["trace_id"], found.labels["y"], strict=True)) == y
    assert set(found.labels["n_reviews"]) == {2}
    assert list(found.excluded["count"]) == list(left_out.values())
    for reason, words in zip(found.excluded["reason"], left_out, strict=True):
        assert words in reason
