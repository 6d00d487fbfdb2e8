from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.judges.estimates import estimate
from review_app.agreement.judges.panel import MAJORITY, alone, effective_judges, error_correlation, judge_panel

from ..builders import counts, sample

FAMILIES = {"a": "one", "b": "one", "c": "two"}
PATTERNS = {(True, True): 100, (True, False): 50, (False, True): 50, (False, False): 800}


def rows(cells) -> pd.DataFrame:
    """cells: (judge a, judge b, y) -> labelled traces; patterns drawn with one probability."""
    table = [(a, b, y) for (a, b, y), n in cells.items() for _ in range(n)]
    found = pd.DataFrame(table, columns=["a", "b", "y"])
    return found.assign(trace_id=[f"t{i:03d}" for i in range(len(found))], inclusion_probability=0.1)


CELLS = {
    (True, True, 1.0): 8, (True, True, 0.0): 2, (True, False, 1.0): 4, (True, False, 0.0): 1,
    (False, True, 1.0): 1, (False, True, 0.0): 4, (False, False, 1.0): 8, (False, False, 0.0): 72,
}  # fmt: skip


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_what_all_of_them_miss() -> None:
    found = judge_panel(rows(CELLS), ["a", "b"], PATTERNS, FAMILIES, rng())
    assert (found.refusal, found.n) == ("", 100)
    joint = found.joint
    assert joint.n == 8
    # passed by both: 8/80 of 800 = 80 traces; flagged by any: 13/20 of 200 = 130; 80/210 and 80/1000
    assert joint.of_failures.value == pytest.approx(80 / 210)
    assert joint.of_traffic.value == pytest.approx(0.08)
    assert joint.of_failures.low < 80 / 210 < joint.of_failures.high
    assert joint.of_traffic.low < 0.08 < joint.of_traffic.high
    assert len(joint.examples) == 5


def test_each_judge_and_the_majority_stand_beside_people() -> None:
    found = judge_panel(rows(CELLS), ["a", "b"], PATTERNS, FAMILIES, rng())
    # a flagged 150: 12/15 bad -> 120; passed 850: 9/85 -> 90
    assert found.rates["a"].metrics["tpr"].value == pytest.approx(120 / 210)
    # a tie flags: 130 of the 210
    assert found.rates[MAJORITY].metrics["tpr"].value == pytest.approx(130 / 210)


def test_joint_failures_of_one_judge_are_its_misses() -> None:
    case = sample(30, 10, 12, 60, pi_flagged=0.5, pi_passed=0.1).assign(a=lambda t: t["flagged"])
    found = judge_panel(case, ["a"], {(True,): 100, (False,): 900}, {}, rng())
    alone_rates = estimate(case, counts(100, 900), rng()).metrics
    assert found.joint.of_failures.value == pytest.approx(1 - alone_rates["tpr"].value)
    assert found.independent.value is None
    assert found.independent.reason
    assert "one model decides alone" in found.warning


@pytest.mark.parametrize("patterns", [None, {}])
def test_without_the_frame_there_is_a_refusal(patterns) -> None:
    found = judge_panel(rows(CELLS), ["a", "b"], patterns, FAMILIES, rng())
    assert "does not say" in found.refusal
    assert found.joint is None
    assert found.independent.value is not None


def test_traces_without_all_verdicts_are_left_out_and_counted() -> None:
    case = rows(CELLS).astype({"b": object})
    case.loc[:4, "b"] = None
    found = judge_panel(case, ["a", "b"], PATTERNS, FAMILIES, rng())
    assert (found.n, found.excluded) == (95, 5)


def test_correlation_by_hand() -> None:
    flags = np.array([[1, 1], [1, 0], [0, 0], [0, 0]], dtype=bool)
    # wrong: (1, 1), (1, 0), 0, 0: covariance 1/4 - 1/2 x 1/4; variances 1/4 and 3/16
    expected = (1 / 4 - 1 / 8) / np.sqrt(1 / 4 * 3 / 16)
    assert error_correlation(flags, np.zeros(4), np.ones(4)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("k", "r", "expected"),
    [(3, 0.0, 3), (3, 1.0, 1), (9, 0.5, 1.8), (3, -0.2, 3)],
    ids=["independent", "the same", "9 / (1 + 8 x .5)", "never more than there are"],
)
def test_effective_judges(k: int, r: float, expected: float) -> None:
    assert effective_judges(k, r) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("judges", "words"),
    [
        (["a"], "one model decides alone: a"),
        (["a", "b"], "all 2 judges are of one family, one"),
        (["a", "b", "c"], "2 of 3 judges are of one family, one"),
        (["a", "c"], ""),
        (["x", "y", "z"], ""),
        ([], ""),
    ],
)
def test_who_decides_alone(judges: list[str], words: str) -> None:
    said = alone(judges, FAMILIES)
    assert words in said
    assert bool(said) == bool(words)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_errors_of_swapped_classes_correlate_alike(votes) -> None:
    table = np.array(votes)
    flags, y, w = table[:, :2], table[:, 2].astype(float), np.ones(len(table))
    one, two = error_correlation(flags, y, w), error_correlation(~flags, 1 - y, w)
    assert one == (None if two is None else pytest.approx(two))
