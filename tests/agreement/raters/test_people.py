from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.raters.people import LABELS, settle
from review_app.errors import BadInput

from ..builders import NOW, RUBRIC, reviews

RUBRICS = {RUBRIC.version: RUBRIC}


@pytest.mark.parametrize(
    ("labels", "y"),
    [
        pytest.param(["fail"], 1.0, id="one person"),
        pytest.param(["fail", "fail", "pass"], 1.0, id="2 of 3 say fail"),
        pytest.param(["fail", "pass", "pass"], 0.0, id="1 of 3 says fail"),
        pytest.param(["fail", "pass"], 0.5, id="a tie stays a tie"),
    ],
)
def test_the_majority_settles(labels: list[str], y: float) -> None:
    rows = [{"trace_id": "a", "reviewer": f"p{i}", "label": label} for i, label in enumerate(labels)]
    found = settle(reviews(rows), RUBRICS).labels
    assert found["y"].tolist() == [y]
    assert found["n_reviews"].tolist() == [len(labels)]
    assert list(found.columns) == list(LABELS)


def test_reviewers_are_named_and_scores_are_averaged() -> None:
    rows = [
        {"trace_id": "a", "reviewer": "zoe", "criterion": "tone", "label": "1"},
        {"trace_id": "a", "reviewer": "ann", "criterion": "tone", "label": "4"},
        {"trace_id": "b", "reviewer": "ann", "criterion": "tone", "label": "2", "score": 2.5},
    ]
    found = settle(reviews(rows), RUBRICS).labels
    assert found["reviewers"].tolist() == ["ann,zoe", "ann"]
    # (1 + 4) / 2; a stored score wins over the label's place
    assert found["score"].tolist() == [2.5, 2.5]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param({"assisted": True, "label": "fail"}, "assisted: the reviewer had seen another opinion", id="seen"),
        pytest.param({"outcome": "cannot_judge"}, "outcome: cannot judge", id="cannot judge"),
        pytest.param({"outcome": "skipped"}, "outcome: skipped", id="skipped"),
        pytest.param(
            {"label": "fail", "repeat_of": "r0"},
            "a repeat, kept to measure the reviewer against themselves",
            id="repeat",
        ),
        pytest.param(
            {"label": "fail", "repeat_of": "gold-1", "known": "gold-1"},
            "a known answer, kept to measure the reviewer against what is settled",
            id="known answer",
        ),
        pytest.param({"label": None}, "no label", id="empty"),
        pytest.param({"label": "meh"}, "label 'meh' is none of the criterion's", id="unknown label"),
        pytest.param({"criterion": "minutes", "label": "ten"}, "label 'ten' is not a number", id="not a number"),
        pytest.param(
            {"criterion": "x", "label": "a"}, f"rubric version {RUBRIC.version} has no such criterion", id="criterion"
        ),
        pytest.param(
            {"label": "fail", "rubric_version": "old"}, "rubric version old is not known here", id="unknown rubric"
        ),
    ],
)
def test_what_does_not_count_is_counted(row: dict[str, object], reason: str) -> None:
    rows = [{"trace_id": "a", "reviewer": "ann", "label": "pass"}, {"trace_id": "b", "reviewer": "ann", **row}]
    found = settle(reviews(rows), RUBRICS)
    assert found.labels["trace_id"].tolist() == ["a"]
    assert found.excluded[["reason", "count"]].to_numpy().tolist() == [[reason, 1]]


def test_one_person_has_one_vote_their_latest() -> None:
    rows = [
        {"trace_id": "a", "reviewer": "ann", "label": "pass", "at": NOW + timedelta(hours=1)},
        {"trace_id": "a", "reviewer": "ann", "label": "fail"},
        {"trace_id": "a", "reviewer": "bob", "label": "pass"},
    ]
    found = settle(reviews(rows), RUBRICS)
    assert found.labels[["y", "n_reviews"]].to_numpy().tolist() == [[0.0, 2]]
    assert found.excluded["count"].tolist() == [1]


def test_several_picked_labels_fail_when_one_is_bad_and_no_bad_label_is_no_failure() -> None:
    rows = [
        {"trace_id": "a", "reviewer": "ann", "criterion": "themes", "label": "fine,form"},
        {"trace_id": "a", "reviewer": "ann", "criterion": "minutes", "label": "7.5"},
    ]
    found = settle(reviews(rows), RUBRICS).labels.set_index("criterion")
    assert found.loc["themes", "y"] == 1.0
    assert np.isnan(found.loc["minutes", "y"])
    assert found.loc["minutes", "score"] == 7.5


def test_versions_of_a_rubric_stay_apart() -> None:
    rows = [
        {"trace_id": "a", "reviewer": "ann", "label": "pass"},
        {"trace_id": "a", "reviewer": "ann", "label": "fail", "rubric_version": "older"},
    ]
    found = settle(reviews(rows), {**RUBRICS, "older": RUBRIC}).labels
    assert dict(zip(found["rubric_version"], found["y"], strict=True)) == {RUBRIC.version: 0.0, "older": 1.0}


def test_probability_and_metadata_come_along_and_a_trace_without_a_draw_has_none() -> None:
    rows = [{"trace_id": t, "reviewer": "ann", "label": "pass"} for t in "ab"]
    about = pd.DataFrame({"trace_id": ["a", "c"], "inclusion_probability": [0.25, 0.5], "route": ["refunds", "other"]})
    found = settle(reviews(rows), RUBRICS, about).labels
    assert found["inclusion_probability"].fillna(-1).tolist() == [0.25, -1]
    assert found["route"].fillna("none").tolist() == ["refunds", "none"]


@pytest.mark.parametrize("wrong", [[0.0, 0.5], [1.5, 0.5]], ids=["zero", "above one"])
def test_impossible_probabilities_are_refused(wrong: list[float]) -> None:
    about = pd.DataFrame({"trace_id": ["a", "b"], "inclusion_probability": wrong})
    with pytest.raises(BadInput, match=r"1 traces .* a\."):
        settle(reviews([{"trace_id": "a", "reviewer": "ann", "label": "pass"}]), RUBRICS, about)


def test_no_review_is_no_label() -> None:
    found = settle(reviews([]), RUBRICS)
    assert found.labels.empty
    assert found.excluded.empty
