from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t

from review_app.agreement.tango import non_inferiority_p
from review_app.gate.two_phase import corrected, judge_weight


def test_by_hand() -> None:
    # n = 6, m = 4: the judge is wrong once among the labelled ones
    judge = np.array([1, 1, 0, 1, 1, 0.0])
    human = np.array([1, 0, 0, 1, np.nan, np.nan])
    baseline = np.array([1, 1, 0, 0, 1, 1.0])
    weight = judge_weight(judge[:4], human[:4])
    # cov: judge mean 3/4, human mean 2/4, E[jh] = 2/4: 1/2 - 3/8 = 1/8; var 3/16: 2/3
    assert weight == pytest.approx(2 / 3)
    found = corrected(judge, human, baseline, 0.10, 0.05)
    rest = human[:4] - weight * judge[:4]  # 1/3, -2/3, 0, 1/3: mean 0
    difference = (weight * judge - baseline).mean() + rest.mean()
    assert found.difference == pytest.approx(difference)
    # S2 of yc - yb = 0, -1, 0, 1: 2/3; S2 of the rest: (1/9 + 4/9 + 1/9) / 3 = 2/9, and at least 1/m = 1/4
    variance = (2 / 3) / 6 + (1 / 4 - 1 / 6) * (1 / 4)
    assert found.p == pytest.approx(t.sf((difference + 0.10) / math.sqrt(variance), 3))
    assert found.low == pytest.approx(max(difference - t.isf(0.05, 3) * math.sqrt(variance), -1))


def test_a_judge_that_says_one_thing_of_all_has_no_weight() -> None:
    assert judge_weight(np.ones(5), np.array([1, 0, 1, 0, 1.0])) == 0


def test_labels_that_all_agree_are_not_certainty() -> None:
    ones = np.ones(200)
    human = np.where(np.arange(200) < 60, 1.0, np.nan)
    found = corrected(ones, human, ones, 0.02, 0.05)
    # V = (1/60) / 200 + (1/60 - 1/200) / 60 = .0000833 + .0001944; .02 / .01667 = 1.2
    assert found.difference == 0
    assert found.p == pytest.approx(t.sf(0.02 / math.sqrt((1 / 60) / 200 + (1 / 60 - 1 / 200) / 60), 59))
    assert found.p > 0.05


@pytest.mark.parametrize(
    ("loss", "likes", "right", "least", "most"),
    [
        # ten points worse, and the judge passes 4 of 5 bad answers in the candidate's style: never passes
        pytest.param(0.10, 0.8, 0.95, 0.0, 0.02, id="worse, the judge likes its style"),
        pytest.param(0.05, 0.1, 0.95, 0.0, 0.08, id="at the margin, an unbiased judge"),
        pytest.param(0.0, 0.1, 0.95, 0.22, 0.52, id="equal, an unbiased judge"),
        # the judge fails a fifth of the good answers for their style: alone it passes next to none, corrected a third
        pytest.param(0.0, 0.1, 0.80, 0.18, 0.50, id="equal, the judge dislikes its style"),
    ],
)
def test_how_often_candidates_pass(loss: float, likes: float, right: float, least: float, most: float) -> None:
    """n = 200, 60 labels, margin .05. likes: the share of bad answers the judge passes; right: of good ones."""
    rng, passed, judge_alone = np.random.default_rng(11), 0, 0
    for _ in range(250):
        baseline = (rng.random(200) < 0.8).astype(float)
        # .8 x (.05 + loss / .8) of the cases turn bad, .2 x .2 turn good: together -loss
        human = np.where(rng.random(200) < 0.05 + loss / 0.8, 0.0, baseline)
        human = np.where((baseline == 0) & (rng.random(200) < 0.2), 1.0, human)
        judge = np.where(human == 1, rng.random(200) < right, rng.random(200) < likes).astype(float)
        labelled = np.where(rng.permutation(200) < 60, human, np.nan)
        passed += corrected(judge, labelled, baseline, 0.05, 0.05).p <= 0.05
        gain = judge - baseline
        judge_alone += non_inferiority_p(int((gain > 0).sum()), int((gain < 0).sum()), 200, 0.05) <= 0.05
    assert least <= passed / 250 <= most
    if likes > 0.5:
        assert judge_alone / 250 >= 0.9
    if right < 0.9:
        assert judge_alone / 250 <= 0.01
