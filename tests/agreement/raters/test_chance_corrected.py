from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from review_app.agreement.raters.category_weights import for_level, identity, linear, ordinal, quadratic, ratio
from review_app.agreement.raters.chance_corrected import brennan_prediger, fleiss, gwet, percent_agreement
from review_app.agreement.raters.counts import Counts, of_pairs, of_table

from ..published import FLEISS, GWET, counts

RAW_4 = counts(GWET, [1, 2, 3, 4, 5])
SCALE = np.arange(1.0, 6.0)
PLAIN = np.eye(5)
# Gwet (2014) and the vignette of irrCAC, "raw 4 raters"; Fleiss (1971); STATISTICS section 1.
PUBLISHED = [
    pytest.param(gwet, RAW_4, PLAIN, 0.775444, 0.142950, id="AC1 of Gwet's raw 4"),
    pytest.param(fleiss, RAW_4, PLAIN, 0.761169, 0.153019, id="Fleiss of Gwet's raw 4"),
    pytest.param(brennan_prediger, RAW_4, PLAIN, 0.772727, None, id="BP of Gwet's raw 4"),
    pytest.param(gwet, RAW_4, quadratic(SCALE), 0.914001, None, id="AC2 of Gwet's raw 4, quadratic"),
    pytest.param(fleiss, of_table(FLEISS), PLAIN, 0.430245, None, id="Fleiss 1971"),
    pytest.param(gwet, of_table(FLEISS), PLAIN, 0.447885, None, id="AC1 of Fleiss 1971"),
]


@pytest.mark.parametrize(("coefficient", "table", "weights", "value", "se"), PUBLISHED)
def test_published(coefficient, table: Counts, weights, value: float, se: float | None) -> None:
    found = coefficient(table, weights)
    assert found.value == pytest.approx(value, abs=5e-7)
    if se is not None:
        assert found.se == pytest.approx(se, abs=5e-7)


def test_percent_agreement_of_fleiss() -> None:
    assert percent_agreement(of_table(FLEISS)) == pytest.approx(0.555556, abs=5e-7)


@pytest.mark.parametrize(
    ("table", "agreed", "ac1", "pabak"),
    # Feinstein & Cicchetti (1990) and one category nearly alone; STATISTICS section 1. PABAK = 2 po - 1.
    [
        ([[40, 9], [6, 45]], 0.85, 0.7007, 0.70),
        ([[80, 10], [5, 5]], 0.85, 0.8080, 0.70),
        ([[118, 5], [2, 0]], 0.944, 0.9408, 0.888),
    ],
)
def test_paradox_tables(table, agreed: float, ac1: float, pabak: float) -> None:
    found = of_pairs(table)
    assert percent_agreement(found) == pytest.approx(agreed)
    assert gwet(found, np.eye(2)).value == pytest.approx(ac1, abs=5e-5)
    assert brennan_prediger(found, np.eye(2)).value == pytest.approx(pabak)


def test_single_ratings_widen_the_standard_error() -> None:
    # one category at 95 %, a fifth of the units rated once: nearly twice too wide (STATISTICS section 1, intervals)
    table = of_table([[2, 0]] * 74 + [[0, 2]] * 2 + [[1, 1]] * 4 + [[1, 0]] * 19 + [[0, 1]])
    kept, dropped = gwet(table, np.eye(2)), gwet(table.pairable(), np.eye(2))
    assert kept.value == pytest.approx(dropped.value, abs=1e-3)
    assert kept.se > 1.5 * dropped.se


def test_undefined_has_a_reason() -> None:
    same = of_table([[2, 0], [3, 0]])
    assert fleiss(same, np.eye(2)).value is None
    assert fleiss(same, np.eye(2)).undefined == "all ratings are the same: chance explains all"
    assert gwet(of_table([[2], [3]]), np.eye(1)).undefined == "only one category is in use"
    assert gwet(of_table([[1, 0], [0, 1]]), np.eye(2)).undefined == "no unit has two ratings"
    assert percent_agreement(of_table([[1, 0]])) is None


def test_intervals_stay_in_range_and_are_t() -> None:
    found = fleiss(of_table([[2, 0]] * 9 + [[0, 2]] * 9 + [[1, 1]]), np.eye(2)).estimate()
    assert found.high == 1.0
    # t quantile of 18 degrees of freedom 2.100922
    assert found.value - found.low == pytest.approx(
        2.100922 * fleiss(of_table([[2, 0]] * 9 + [[0, 2]] * 9 + [[1, 1]]), np.eye(2)).se, rel=1e-6
    )


TABLES = arrays(int, st.tuples(st.integers(2, 10), st.just(3)), elements=st.integers(0, 3)).filter(
    lambda table: table.sum(axis=1).min() >= 1 and (table.sum(axis=1) >= 2).any()
)
ALL = [fleiss, gwet, brennan_prediger]


@settings(max_examples=60, deadline=None)
@given(TABLES, st.permutations(range(3)), st.sampled_from(ALL))
def test_relabelling_and_duplication_change_nothing(table: np.ndarray, names: list[int], coefficient) -> None:
    once = coefficient(of_table(table), np.eye(3))
    for other in (table[:, names], np.vstack([table] * 3)):
        again = coefficient(of_table(other), np.eye(3))
        assert again.value == pytest.approx(once.value)
        assert again.pa == pytest.approx(once.pa)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.sampled_from(ALL))
def test_a_weight_of_two_is_the_unit_twice(table: np.ndarray, coefficient) -> None:
    plain = of_table(table)
    weighted = Counts(categories=plain.categories, rows=plain.rows, units=np.ones(len(plain.units)), weight=plain.units)
    assert coefficient(weighted, np.eye(3)).value == pytest.approx(coefficient(plain, np.eye(3)).value)


@pytest.mark.parametrize("coefficient", ALL)
@pytest.mark.parametrize("weights", [np.eye(3), quadratic(np.arange(3.0))])
def test_standard_error_is_the_jackknifes(coefficient, weights: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    table = np.array([rng.multinomial(3, rng.dirichlet([2, 1, 0.5])) for _ in range(200)])
    without = [coefficient(of_table(np.delete(table, i, axis=0)), weights).value for i in range(200)]
    jackknife = np.sqrt(199 / 200 * ((np.array(without) - np.mean(without)) ** 2).sum())
    assert coefficient(of_table(table), weights).se == pytest.approx(jackknife, rel=0.02)


def test_weights_by_hand() -> None:
    assert identity(2).tolist() == [[1, 0], [0, 1]]
    assert linear(np.array([1.0, 2, 4]))[0].tolist() == pytest.approx([1, 2 / 3, 0])
    assert quadratic(np.array([1.0, 2, 4]))[0].tolist() == pytest.approx([1, 8 / 9, 0])
    # 1 - C(d + 1, 2) / C(3, 2)
    assert ordinal(3)[0].tolist() == pytest.approx([1, 2 / 3, 0])
    # ((1 - 2) / 3)^2 = 1/9 of ((4 - 1) / 5)^2 = 9/25
    assert ratio(np.array([1.0, 2, 4]))[0].tolist() == pytest.approx([1, 1 - 25 / 81, 0])
    assert np.isfinite(ratio(np.array([0.0, 0.5]))).all()
    assert for_level("ordinal", SCALE).tolist() == quadratic(SCALE).tolist()
