from __future__ import annotations

import math

import numpy as np
import pytest

from review_app.agreement.design import Design, drawn_with
from review_app.agreement.linearised import CELLS, cells, correlation, independent
from review_app.agreement.weighted_ranks import spearman, tau_b, weighted_pearson


def test_the_interval_is_pearsons_sandwich() -> None:
    # r's influence on each row is (z_x z_y - r (z_x^2 + z_y^2) / 2) / n; se^2 = n / (n-1) times the sum of its squares
    dice = np.random.default_rng(1)
    x = dice.integers(1, 6, 60).astype(float)
    y = np.clip(x + dice.integers(-1, 2, 60), 1, 5)
    r, zx, zy = float(np.corrcoef(x, y)[0, 1]), (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    se = math.sqrt(60 / 59 * ((zx * zy - r * (zx**2 + zy**2) / 2) ** 2).sum()) / 60
    (a, b), cell = cells(x, y)
    found = correlation(lambda w: weighted_pearson(a, b, w), cell, independent(60), "r", "")
    assert found.value == pytest.approx(r)
    reach = 2.000995 * se / (1 - r**2)  # t(59)
    assert (found.low, found.high) == pytest.approx(tuple(np.tanh(np.arctanh(r) + np.array([-reach, reach]))), abs=1e-6)


@pytest.mark.parametrize("figure", [spearman, tau_b])
def test_intervals_cover_under_an_uneven_draw(figure) -> None:
    # 200 draws at 95 %: 190 expected, and 180 is more than three standard errors below
    dice = np.random.default_rng(3)
    z = dice.normal(size=20_000)
    people = np.clip(np.round(3 + 1.1 * z + 0.3 * dice.normal(size=len(z))), 1, 5)
    judge = np.clip(np.round(3 + 0.9 * z + 0.9 * dice.normal(size=len(z))), 1, 5)
    truth = figure(judge, people, independent(len(z)), "", "").value
    size = np.where(judge <= 2, 3.0, 1.0)
    pi = 150 * size / size.sum()
    covered, widths = 0, []
    for _ in range(200):
        drawn = dice.random(len(z)) < pi
        found = figure(judge[drawn], people[drawn], drawn_with(pi[drawn]), "", "")
        covered += found.low <= truth <= found.high
        widths.append(found.high - found.low)
    assert 178 <= covered <= 199
    assert np.mean(widths) < 0.3


def test_what_has_no_interval_says_why() -> None:
    x = np.arange(6.0)
    assert spearman(x, x, independent(6), "", "").reason == "no interval: nothing in the sample contradicts it"
    constant = spearman(np.ones(6), x, independent(6), "", "the judge gave 1 to every trace")
    assert (constant.value, constant.reason) == (None, "the judge gave 1 to every trace")
    many = np.arange(CELLS + 1.0)
    other = many.copy()
    other[:2] = other[1::-1]
    found = spearman(many, other, independent(len(many)), "", "")
    assert found.low is None
    assert found.reason == "no interval: more than 500 different pairs of values"


def test_scale_of_weights_does_not_matter() -> None:
    x, y = np.array([1.0, 2, 3, 4, 2, 1]), np.array([1.0, 3, 2, 4, 2, 2])
    one, other = (tau_b(x, y, Design(c * np.ones(6), c**2 * np.ones(6)), "", "") for c in (1, 70))
    assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=1e-6)
