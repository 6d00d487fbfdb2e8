from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.agreement.raters.category_weights import linear, quadratic
from review_app.agreement.raters.chance_corrected import fleiss
from review_app.agreement.raters.cohen import cohen, cohen_estimate, conger
from review_app.agreement.raters.counts import of_pairs
from review_app.agreement.raters.rater_pair import pair_panel, quadratic_kappa

from ...shared_data import shared
from ..published import COHEN, GWET

VALUES = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=2, max_size=40)


def test_cohen_1960() -> None:
    found = cohen(COHEN)
    # po = 140/200, pe = (120 x 100 + 60 x 60 + 20 x 40) / 200^2 = .41: .29 / .59
    assert found.value == pytest.approx(0.491525, abs=5e-7)
    assert found.se == pytest.approx(0.051002, abs=5e-7)
    assert (found.pa, found.pe, found.n) == (pytest.approx(0.7), pytest.approx(0.41), 200)


def test_cohen_1968() -> None:
    weights = 1 - np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]]) / 6
    assert cohen(COHEN, weights).value == pytest.approx(0.347826, abs=5e-7)


@pytest.mark.parametrize(
    ("table", "kappa"),
    # Feinstein & Cicchetti (1990); one category nearly alone. STATISTICS section 1.
    [([[40, 9], [6, 45]], 0.6995), ([[80, 10], [5, 5]], 0.3182), ([[118, 5], [2, 0]], -0.0234)],
)
def test_paradox_tables(table, kappa: float) -> None:
    assert cohen(table).value == pytest.approx(kappa, abs=5e-5)


@pytest.mark.parametrize(
    ("weights", "kappa", "se"),
    # printed by SAS PROC FREQ, "Simple" and "Weighted Kappa Coefficient"
    [(None, 0.4842, 0.1380), (linear(np.arange(3.0)), 0.4701, 0.1457)],
)
def test_standard_error_of_sas(weights, kappa: float, se: float) -> None:
    found = cohen([[0, 4, 1], [0, 8, 0], [0, 1, 5]], weights)
    assert (found.value, found.se) == (pytest.approx(kappa, abs=5e-5), pytest.approx(se, abs=5e-5))


def test_scott_by_hand() -> None:
    # shares of the first category (90 + 85) / 200 = .875: pe = .875^2 + .125^2 = .78125; (.85 - .78125) / .21875
    assert fleiss(of_pairs([[80, 10], [5, 5]]), np.eye(2)).value == pytest.approx(0.06875 / 0.21875)


def test_scott_of_gwets_abstractors() -> None:
    # irrCAC's vignette: .7962397, SE .05905473, which divides by n where ours divides by n - 1
    found = fleiss(of_pairs([[13, 0, 0], [0, 20, 7], [0, 4, 56]]), np.eye(3))
    assert found.value == pytest.approx(0.7962397, abs=5e-8)
    assert found.se * np.sqrt(99 / 100) == pytest.approx(0.05905473, abs=5e-9)


def test_conger_of_gwets_raw_4() -> None:
    # Gwet (2014): .762817; each rater's shares over the units that rater rated
    codes = np.where(np.isnan(GWET), -1, np.nan_to_num(GWET) - 1).astype(np.int64)
    assert conger(codes, np.eye(5)).value == pytest.approx(0.762817, abs=5e-7)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_conger_of_two_raters_is_cohen(values) -> None:
    once, twice = cohen(table_of(values)), conger(np.array(values) - 1, np.eye(5))
    assert twice.value == pytest.approx(once.value)
    if once.se is not None and twice.se is not None:
        n = len(values)
        assert twice.se == pytest.approx(once.se * np.sqrt(n / (n - 1)))


def test_intervals_of_conger_cover() -> None:
    # Three raters with habits of their own, a fifth of the units without the third; truth from 200,000 units.
    dice = np.random.default_rng(5)

    def rated(n: int) -> np.ndarray:
        truth = dice.random(n) < 0.4
        said = np.column_stack(
            [np.where(dice.random(n) < right, truth, dice.random(n) < lean) for right, lean in HABITS]
        )
        codes = said.astype(np.int64)
        codes[: n // 5, 2] = -1
        return codes

    truth = conger(rated(200_000), np.eye(2)).value
    found = [conger(rated(60), np.eye(2)).estimate() for _ in range(300)]
    covered = sum(one.low <= truth <= one.high for one in found)
    assert 0.91 <= covered / 300 <= 0.985
    assert np.mean([one.high - one.low for one in found]) < 0.5


HABITS = ((0.8, 0.5), (0.7, 0.2), (0.75, 0.7))
"""Of each rater: how often they see the truth, and how often they say bad where they do not."""


@pytest.mark.parametrize("table", [[[7, 0], [0, 0]], [[0, 0], [0, 0]]])
def test_undefined_stays_undefined(table) -> None:
    found = cohen_estimate(cohen(table))
    assert found.value is None
    assert found.reason


def table_of(values: list[tuple[int, int]], k: int = 5) -> np.ndarray:
    table = np.zeros((k, k))
    np.add.at(table, tuple(np.array(values).T - 1), 1)
    return table


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_quadratic_kappa_is_lins_concordance(values) -> None:
    x, y = np.array(values, dtype=float).T
    lin = 2 * np.cov(x, y, ddof=0)[0, 1] / max(x.var() + y.var() + (x.mean() - y.mean()) ** 2, 1e-300)
    found = cohen(table_of(values), quadratic(np.arange(1.0, 6.0))).value
    if found is None:
        assert quadratic_kappa(x, y) is None
        return
    assert found == pytest.approx(lin, abs=1e-12)
    assert quadratic_kappa(x, y) == pytest.approx(lin, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(VALUES, st.permutations(range(5)))
def test_swapping_raters_and_names_changes_nothing(values, names) -> None:
    table = table_of(values)
    once, other = cohen(table), cohen(table.T[np.ix_(names, names)])
    assert other.value == pytest.approx(once.value)
    assert other.se == pytest.approx(once.se)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_weights_of_one_are_no_weights_and_twice_the_units_half_the_variance(values) -> None:
    table = table_of(values)
    once, twice = cohen(table), cohen(2 * table)
    assert cohen(table, None, table).se == pytest.approx(once.se)
    if once.se is not None:
        assert twice.value == pytest.approx(once.value)
        assert twice.se**2 == pytest.approx(once.se**2 / 2)


def test_panel_by_hand() -> None:
    # gaps 0, -1, 2, 0 of four units
    panel = pair_panel(np.array([1.0, 2, 4, 3]), np.array([1.0, 3, 2, 3]), ("ana", "ben"))
    assert (panel.exact, panel.within_one, panel.mean_gap) == (0.5, 0.75, 0.25)
    # 1 - mean gap^2 / (var + var + gap of means^2) = 1 - 1.25 / (1.25 + .6875 + .0625)
    assert panel.qwk == pytest.approx(1 - 1.25 / 2)
    # ranks 1 2 4 3 and 1 3.5 2 3.5: deviations -1.5 -.5 1.5 .5 and -1.5 1 -.5 1: 1.5 / sqrt(5 x 4.5)
    assert panel.spearman == pytest.approx(1.5 / np.sqrt(22.5))
    # pairs 12 13 14 agree, 23 and 34 disagree, 24 tied in the second: (3 - 2) / sqrt(6 x 5)
    assert panel.kendall_tau_b == pytest.approx(1 / np.sqrt(30))


def test_a_lenient_rater_keeps_the_rank_correlation_and_loses_kappa() -> None:
    x = np.array([1.0, 2, 3, 1, 2, 3])
    panel = pair_panel(x + 2, x)
    assert panel.spearman == pytest.approx(1)
    assert panel.mean_gap == 2
    # 1 - 4 / (2/3 + 2/3 + 4)
    assert panel.qwk == pytest.approx(0.25)


def test_a_constant_rater_has_no_correlation() -> None:
    panel = pair_panel(np.array([2.0, 2]), np.array([1.0, 3]), ("ana", "ben"))
    assert panel.spearman is None
    assert panel.undefined["spearman"] == "ana gave one value only"
    assert pair_panel(np.array([2.0]), np.array([2.0])).undefined["qwk"]
    assert pair_panel(np.zeros(0), np.zeros(0)).n == 0


def test_pandalm_people() -> None:
    folder = shared("pandalm")
    rows = pd.read_json(folder / "data" / "testset-v1.json")
    published = json.loads((folder / "expected.json").read_text())["cohen_kappa"]
    for a, b in combinations((1, 2, 3), 2):
        table = pd.crosstab(rows[f"annotator{a}"], rows[f"annotator{b}"])
        assert cohen(table).value == pytest.approx(published[f"{a}-{b}"], abs=5e-7)
