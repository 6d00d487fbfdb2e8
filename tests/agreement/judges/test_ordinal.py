from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.judges.ordinal import panels


def table(people, label, expectation=None, pi=None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "score": people,
            "judge_label_score": label,
            "judge_score": [np.nan] * len(people) if expectation is None else expectation,
            "inclusion_probability": [np.nan] * len(people) if pi is None else pi,
        }
    ).astype(float)


def test_figures_by_hand() -> None:
    (panel,) = panels(table([1, 2, 3, 4], [2, 2, 4, 3]))
    # gaps 1, 0, 1, -1
    assert panel.rmse == pytest.approx(math.sqrt(3 / 4))
    assert panel.mean_gap == pytest.approx(1 / 4)
    assert (panel.exact, panel.within_one) == (0.25, 1.0)
    # deviations (-1.5, -.5, .5, 1.5) and (-.75, -.75, 1.25, .25): 2.5 / sqrt(5 x 2.75)
    assert panel.pearson == pytest.approx(2.5 / math.sqrt(13.75))
    # pairs: 12 tied for the judge; 13 14 23 24 agree; 34 differs: (4 - 1) / sqrt(6 x 5)
    assert panel.kendall_tau_b == pytest.approx(3 / math.sqrt(30))
    # ranks of the judge 1.5, 1.5, 4, 3: 3.5 / sqrt(5 x 4.5)
    assert panel.spearman == pytest.approx(3.5 / math.sqrt(22.5))
    assert (panel.judge_value, panel.weighting, panel.n) == ("label", "unweighted", 4)


@pytest.mark.parametrize(
    ("people", "judge", "reason"),
    [
        pytest.param([1, 2, 3], [3, 3, 3], "the judge gave 3 to every trace", id="one value from the judge"),
        pytest.param([2, 2], [1, 2], "people gave 2 to every trace", id="one value from people"),
        pytest.param([2], [1], "a single trace", id="one trace"),
    ],
)
def test_a_correlation_with_a_constant_is_undefined_not_zero(people, judge, reason: str) -> None:
    (panel,) = panels(table(people, judge))
    assert (panel.pearson, panel.spearman, panel.kendall_tau_b) == (None, None, None)
    assert panel.undefined == dict.fromkeys(("pearson", "spearman", "kendall_tau_b"), reason)
    assert panel.rmse is not None


def test_unequal_probabilities_add_a_weighted_panel() -> None:
    # weights 10 and 2 on gaps 1 and 0: rmse sqrt(10/12), gap 10/12; the third trace is hand-picked
    plain, weighted = panels(table([1, 2, 4], [2, 2, 1], pi=[0.1, 0.5, np.nan]))
    assert (plain.n, weighted.n) == (3, 2)
    assert weighted.weighting == "design-weighted"
    assert weighted.rmse == pytest.approx(math.sqrt(10 / 12))
    assert weighted.mean_gap == pytest.approx(10 / 12)
    assert weighted.exact == pytest.approx(2 / 12)
    assert weighted.undefined["spearman"]


def test_equal_probabilities_need_no_second_panel() -> None:
    assert len(panels(table([1, 2, 4], [2, 2, 1], pi=[0.1] * 3))) == 1


def test_expectation_and_label_are_both_shown_and_missing_scores_left_out() -> None:
    first, second = panels(table([1, 2, np.nan, 4], [2, np.nan, 3, 3], expectation=[1.5, 2.5, 3.0, 3.0]))
    assert (first.judge_value, first.n) == ("expectation", 3)
    assert (second.judge_value, second.n) == ("label", 2)


def test_nothing_to_compare_is_no_panel() -> None:
    assert panels(table([np.nan], [1])) == ()
