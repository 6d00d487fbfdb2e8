"""Exactly so many, with inclusion probabilities that are right within half a percent."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from review_app.sampling.draw import inclusion
from review_app.sampling.exact import draw_exactly

from .test_draw import frame

RATES = {"random": Fraction(1, 10), "flagged": Fraction(1, 2)}


def test_the_size_is_what_the_rates_expect() -> None:
    # 50 of 300 are flagged: 50 x (1 - .9 x .5) + 250 x .1 = 52.5, so 52 or 53 by the salt, each half of the time
    sizes = [len(draw_exactly(frame(300), RATES, f"s{salt}")) for salt in range(200)]
    assert set(sizes) == {52, 53}
    assert abs(np.mean(sizes) - 52.5) < 4 * 0.5 / np.sqrt(200)


def test_what_is_certain_is_always_taken() -> None:
    rates = {"random": Fraction(1, 10), "flagged": Fraction(1)}
    drawn = draw_exactly(frame(300), rates, "s")
    # 50 flagged for certain, 250 x .1 = 25 of the others
    assert drawn["eligible"].value_counts().to_dict() == {"random,flagged": 50, "random": 25}


def test_what_has_no_chance_is_never_taken() -> None:
    drawn = draw_exactly(frame(60), {"random": Fraction(0), "flagged": Fraction(1, 2)}, "s")
    # 10 flagged x 1/2
    assert drawn["eligible"].tolist() == ["random,flagged"] * 5


def test_the_order_of_the_rows_decides_nothing() -> None:
    shuffled = frame(200).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(draw_exactly(frame(200), RATES, "s"), draw_exactly(shuffled, RATES, "s"))


def test_the_inclusion_probabilities_are_nearly_those_of_the_rates() -> None:
    """How often either kind is taken, against its probability, over 500 draws of 105 from 100 flagged and 500 others.

    One draw's count of flagged varies by less than 5 of 55: the mean's standard error is below .41 %, and less as the
    size is fixed."""
    rows, times = frame(600), 500
    taken = pd.concat([draw_exactly(rows, RATES, f"s{salt}")["eligible"] for salt in range(times)])
    for eligible, size in (("random,flagged", 100), ("random", 500)):
        pi = float(inclusion(eligible, RATES))
        assert abs((taken == eligible).sum() / (times * size) / pi - 1) < 0.005, eligible
