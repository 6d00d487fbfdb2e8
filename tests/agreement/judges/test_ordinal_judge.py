from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from review_app.agreement.judges.ordinal_judge import OrdinalJudge, judge_ordinal


def rows(judge, people, pi=0.1) -> pd.DataFrame:
    found = pd.DataFrame({"judge": judge, "people": people, "stratum": judge, "inclusion_probability": pi})
    return found.assign(trace_id=[f"t{i}" for i in range(len(found))])


def judged(sample: pd.DataFrame, sizes: dict | None) -> OrdinalJudge:
    return judge_ordinal(sample, sizes, np.random.default_rng(1))


def test_points_speak_of_the_frame() -> None:
    # level 1: 10 labels, gaps 0 x 5, -2 x 5, 100 traces; level 2: 10 labels, gap +1, 300 traces
    found = judged(rows([1] * 10 + [2] * 10, [1] * 5 + [3] * 5 + [1] * 10), {1: 100, 2: 300})
    assert found.refusal == ""
    assert found.exact.value == pytest.approx(0.25 * 0.5)
    assert found.within_one.value == pytest.approx(0.25 * 0.5 + 0.75)
    # .25 x -1 + .75 x 1
    assert found.mean_gap.value == pytest.approx(0.5)
    # D = .25 x 2 + .75 x 1; mean j 1.75, h .25 x 2 + .75; squares 3.25 and .25 x 5 + .75; E = 5.25 - 2 x 1.75 x 1.25
    assert found.qwk.value == pytest.approx(1 - 1.25 / (5.25 - 4.375))
    for one in (found.exact, found.within_one, found.mean_gap, found.qwk):
        assert one.low < one.value < one.high


def test_rank_correlations_use_the_design() -> None:
    even = judged(rows([1, 2, 3, 4] * 5, [1, 2, 2, 1] * 5), dict.fromkeys((1, 2, 3, 4), 100))
    pi = np.where(np.array([1, 2, 3, 4] * 5) == 4, 0.9, 0.01)
    uneven = judged(rows([1, 2, 3, 4] * 5, [1, 2, 2, 1] * 5, pi), dict.fromkeys((1, 2, 3, 4), 100))
    assert even.spearman.value == pytest.approx(0, abs=1e-9)
    assert uneven.spearman.value > 0.7
    assert uneven.tau_b.value > 0.7


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        pytest.param(None, "does not say", id="no frame"),
        pytest.param({1: 100}, "another frame", id="another frame"),
    ],
)
def test_refusals(sizes, words: str) -> None:
    found = judged(rows([1, 2] * 10, [1, 2] * 10), sizes)
    assert words in found.refusal
    assert found.qwk is None


def test_a_judge_who_says_one_thing() -> None:
    found = judged(rows([3] * 20, [1, 3] * 10), {3: 100})
    assert found.spearman.value is None
    assert found.qwk.value == pytest.approx(0)


def test_peoples_mean_at_each_level_is_tried_on_labels_it_had_not_seen() -> None:
    # the judge says 1 where people say 2, 2 where half say 2 and half 3, 3 where they say 3
    judge = [1] * 20 + [2] * 20 + [3] * 20
    people = [2] * 20 + [2, 3] * 10 + [3] * 20
    found = judged(rows(judge, people), {1: 100, 2: 100, 3: 100}).recalibration
    assert found is not None
    assert found.curve == ((1.0, 2.0), (2.0, 2.5), (3.0, 3.0))
    # (20 x 1 + 10 x 1) / 60; at 2.5 every error is .25
    assert found.before == pytest.approx(0.5)
    assert found.after == pytest.approx(20 * 0.25 / 60, abs=0.01)
    assert found.helps
    assert judged(rows(judge[5:54], people[5:54]), {1: 100, 2: 100, 3: 100}).recalibration is None
