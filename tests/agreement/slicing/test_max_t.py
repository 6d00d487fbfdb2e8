from __future__ import annotations

from itertools import permutations
from math import comb

import numpy as np
import pytest

from review_app.agreement.slicing.exact_strata import fisher_p, mid_p
from review_app.agreement.slicing.max_t import Part, adjusted, max_t

ONE_STRATUM = np.zeros(8, dtype=np.intp)


def mask(text: str) -> np.ndarray:
    return np.array([letter == "1" for letter in text])


def test_score_by_hand() -> None:
    # n 8, m 4, s 4, a 3: E = 4 x 4 / 8 = 2, V = 4 x 4 x 4 x 4 / (64 x 7) = 4/7; z = 1 / sqrt(4/7)
    part = Part(mask("11110000")[None, :], ONE_STRATUM)
    (scores,) = max_t([part], mask("11101000"), 10, np.random.default_rng(1))
    assert scores.observed == pytest.approx([(7 / 4) ** 0.5])


def test_score_over_strata_by_hand() -> None:
    # stratum 0, rows 0-3: n 4, m 2, s 2, a 2: E 1, V = 2 x 2 x 2 x 2 / (16 x 3) = 1/3
    # stratum 1, rows 4-7: n 4, m 1, s 1, a 0: E 1/4, V = 1 x 3 x 1 x 3 / (16 x 3) = 9/48
    part = Part(mask("11001000")[None, :], np.repeat([0, 1], 4).astype(np.intp))
    (scores,) = max_t([part], mask("11000100"), 10, np.random.default_rng(1))
    assert scores.observed == pytest.approx([(2 - 1.25) / (1 / 3 + 9 / 48) ** 0.5])


def test_a_stratum_that_is_the_slice_leaves_nothing_to_see() -> None:
    part = Part(mask("11110000")[None, :], np.repeat([0, 1], 4).astype(np.intp))
    (scores,) = max_t([part], mask("11110000"), 20, np.random.default_rng(1))
    assert scores.observed.tolist() == [0]
    assert set(scores.highest) == {0}


def test_shuffles_give_the_permutation_distribution() -> None:
    """The p of two overlapping slices against every one of the 8!/(3! 5!) = 56 placings of 3 events."""
    inside = np.array([mask("11110000"), mask("11000011")])
    events = mask("11100000")
    placings = {tuple(one) for one in permutations(events)}
    high = [max(_z(np.array(placed), one) for one in inside) for placed in placings]
    assert len(high) == comb(8, 3)
    exact = [np.mean([h >= _z(events, one) - 1e-9 for h in high]) for one in inside]
    (scores,) = max_t([Part(inside, ONE_STRATUM)], events, 20_000, np.random.default_rng(5))
    # 20,000 shuffles: a standard error of at most .0035
    assert adjusted(scores.observed, scores.highest) == pytest.approx(exact, abs=0.0125)


def _z(events: np.ndarray, inside: np.ndarray) -> float:
    n, m, s = len(events), events.sum(), inside.sum()
    return float(((events & inside).sum() - s * m / n) / (s * (n - s) * m * (n - m) / (n**2 * (n - 1))) ** 0.5)


def test_shuffles_stay_inside_their_stratum() -> None:
    # all events are in stratum 0, where the slice holds 1 of 4 rows: its score takes two values, whatever is dealt
    part = Part(mask("10001111")[None, :], np.repeat([0, 1], 4).astype(np.intp))
    (scores,) = max_t([part], mask("10000000"), 400, np.random.default_rng(2))
    # a is 1 or 0 of E 1/4, V 3/16: z is sqrt 3 or -1 / sqrt 3, one in four and three in four
    assert sorted(set(np.round(scores.highest, 4))) == pytest.approx([-0.5774, 1.7321])
    assert np.mean(scores.highest > 0) == pytest.approx(0.25, abs=0.09)


def test_parts_share_their_shuffles() -> None:
    part = Part(mask("11110000")[None, :], ONE_STRATUM)
    one, other = max_t([part, part], mask("11101000"), 50, np.random.default_rng(1))
    assert one.highest.tolist() == other.highest.tolist()


@pytest.mark.parametrize(
    ("inside", "events", "strata", "expected"),
    [
        # 4 of 4 in 8: 1/70, half of it
        pytest.param("11110000", "11110000", "00000000", 0.5 / 70, id="one stratum, as high as can be"),
        # 3 or more of 4: (16 + 1) / 70, the 16 by half
        pytest.param("11110000", "11101000", "00000000", (8 + 1) / 70, id="one stratum"),
        # two strata of 2 of 2 in 4: 1/6 x 1/6, half of it
        pytest.param("11001100", "11001100", "00001111", 0.5 / 36, id="two strata"),
        # at least 3 of 4: 1/36 and half of 2 x 1/6 x 4/6
        pytest.param("11001100", "11001010", "00001111", 1 / 36 + 4 / 36, id="two strata, one less"),
        pytest.param("11110000", "11110000", "00001111", 0.5, id="the slice is a stratum"),
    ],
)
def test_mid_p(inside: str, events: str, strata: str, expected: float) -> None:
    codes = np.array([int(letter) for letter in strata], dtype=np.intp)
    assert mid_p(mask(inside), mask(events), codes) == pytest.approx(expected)


def test_fisher() -> None:
    # all 3 events inside 10 of 20: C(10,3) / C(20,3) = 120 / 1140
    assert fisher_p(mask("1" * 10 + "0" * 10), mask("111" + "0" * 17)) == pytest.approx(120 / 1140)
