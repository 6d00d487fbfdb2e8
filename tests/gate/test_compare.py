from __future__ import annotations

import pandas as pd
import pytest

from review_app.errors import BadConfig, BadInput
from review_app.gate.compare import compare
from review_app.gate.policy import BlockerRule, GatePolicy, MetricRule

from .builders import release, results

POLICY = GatePolicy(metrics=(MetricRule(name="good", margin=0.05),), blockers=(BlockerRule(name="json"),))
OLD = results({"good": [1, 0, 1]})
NEW = results({"good": [1, 1, 0], "json": [1, 1, 1], "extra": [0.1, 0.2, 0.3]})


def test_cases_are_paired_in_the_release_s_order_whatever_the_file_s() -> None:
    found = compare(OLD.iloc[::-1], NEW.sample(frac=1, random_state=1), release(3), POLICY)
    assert found.metrics["good"].to_numpy().tolist() == [["e000", 1, 1], ["e001", 0, 1], ["e002", 1, 0]]
    assert found.blockers["json"]["candidate"].tolist() == [1, 1, 1]
    assert set(found.metrics) == {"good"}


@pytest.mark.parametrize(
    ("old", "new", "n", "words"),
    [
        pytest.param(OLD.drop(1), NEW, 3, "baseline, metric 'good': It lacks results for e001", id="case missing"),
        pytest.param(OLD, NEW.drop(4), 3, "candidate, metric 'json': It lacks results for e001", id="blocker's case"),
        pytest.param(OLD, OLD, 3, "candidate: It has no metric 'json'; it has good", id="blocker missing"),
        pytest.param(pd.concat([OLD, OLD.head(1)]), NEW, 3, "more than one result for e000", id="case twice"),
        pytest.param(OLD, NEW, 2, "does not hold: e002", id="unknown example"),
        pytest.param(OLD.replace({"value": 0}, 1.5), NEW, 3, r"not in \[0, 1\] for e001", id="value above one"),
        pytest.param(OLD.astype({"value": object}).replace({"value": {0: "x"}}), NEW, 3, r"not in \[0, 1\]", id="text"),
        pytest.param(
            pd.concat([OLD, OLD.head(1)]).assign(trial=[1, 1, 1, 2]),
            NEW,
            3,
            "fewer than 2 trials of e001, e002",
            id="uneven trials",
        ),
        pytest.param(OLD.drop(columns="value"), NEW, 3, "baseline: The results lack value", id="column missing"),
        pytest.param(OLD, NEW, 0, "holds no example", id="empty release"),
    ],
)
def test_what_does_not_fit_the_release_is_refused(old, new, n: int, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        compare(old, new, release(n), POLICY)


def test_long_lists_are_cut() -> None:
    with pytest.raises(BadInput, match="e003, e004, e005, e006, e007 and 32 more"):
        compare(OLD, NEW, release(40), POLICY)


def test_a_run_without_any_metric_says_so() -> None:
    with pytest.raises(BadInput, match="baseline: It has no metric 'good'; it has none at all"):
        compare(OLD.head(0), NEW, release(3), POLICY)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda: GatePolicy(), "neither a metric nor a blocker", id="empty"),
        pytest.param(
            lambda: GatePolicy(metrics=(MetricRule(name="a", margin=0.1),), blockers=(BlockerRule(name="a"),)),
            "'a' is named twice", id="twice",
        ),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_decide_is_refused(make, words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        make()


def test_trials_are_averaged_and_a_case_without_meaning_compares_nothing() -> None:
    old = results({"good": [1, 0, 1], "json": [1, 1, 1]})
    first, second = old.assign(trial=1), old.assign(trial=2, value=[0, 0, 1, 1, 1, 1])
    new = pd.concat([first, second]).astype({"value": float})
    new.loc[(new["example_id"] == "e002") & (new["metric"] == "good"), "value"] = float("nan")
    found = compare(old, new, release(3), POLICY)
    # e000: good in one of two trials; e002 does not apply in the candidate
    assert found.metrics["good"].to_numpy().tolist() == [["e000", 1, 0.5], ["e001", 0, 0]]
    assert found.blockers["json"]["trials"].tolist() == [2, 2, 2]


def test_a_blocker_that_needs_more_trials_than_there_are_is_refused() -> None:
    rules = GatePolicy(blockers=(BlockerRule(name="json", needed=2),))
    with pytest.raises(BadInput, match="must hold in 2 trials of each case, and the run has 1"):
        compare(OLD, NEW, release(3), rules)
