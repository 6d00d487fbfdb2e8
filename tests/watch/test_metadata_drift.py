"""The make-up of traffic, then and now."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from review_app.watch.metadata_drift import g_statistic, metadata_drift, psi, psi_p

PAIRS = [(20, 300), (15, 400), (10, 250), (5, 450)]
VALUES = ("a", "b", "c", "d")


def test_the_worked_numbers() -> None:
    """p = 20.5/52, 15.5/52, 10.5/52, 5.5/52 and q = 300.5/1,402 ...: PSI = sum (q - p) ln(q / p)."""
    assert psi(PAIRS) == pytest.approx(0.352525, abs=1e-6)
    assert psi_p(PAIRS) == pytest.approx(0.000701, abs=1e-6)
    assert g_statistic(PAIRS) == pytest.approx(16.474854, abs=1e-6)
    before, now = ({value: pair[side] for value, pair in zip(VALUES, PAIRS, strict=True)} for side in (0, 1))
    (row,) = metadata_drift({"route": before}, {"route": now})
    # (4 - 1)(1 / 50 + 1 / 1,400)
    assert row.chance_psi == pytest.approx(0.0621, abs=5e-5)
    assert (row.before, row.now) == (50, 1_400)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=2, max_size=6))
def test_g_is_scipy_s(pairs: list[tuple[int, int]]) -> None:
    want = chi2_contingency(np.array(pairs), correction=False, lambda_="log-likelihood")
    assert g_statistic(pairs) == pytest.approx(want.statistic, abs=1e-8)


def test_a_new_value_is_seen_and_named() -> None:
    (row,) = metadata_drift({"language": {"en": 900, "de": 100}}, {"language": {"en": 600, "de": 90, "ja": 310}})
    assert row.moved
    assert row.values[0] == ("ja", 0.0, 0.31)
    assert row.psi is not None
    assert row.psi > 0.1


def test_a_large_sample_makes_no_alarm_of_a_small_change() -> None:
    (row,) = metadata_drift({"route": {"a": 500_000, "b": 500_000}}, {"route": {"a": 510_000, "b": 490_000}})
    assert row.p is not None
    assert row.p < 1e-6
    assert not row.moved


def test_nothing_is_said_of_few_traces_or_of_one_value() -> None:
    few, same = metadata_drift({"a": {"x": 49}, "b": {"x": 60}}, {"a": {"x": 900}, "b": {"x": 900}})
    assert (few.psi, few.p, few.values) == (None, None, ())
    assert (same.psi, same.p, same.values) == (None, None, (("x", 1.0, 1.0),))
    assert not few.moved
    assert not same.moved


def test_rare_values_are_one() -> None:
    before = {"en": 100, "de": 2, None: 1}
    (row,) = metadata_drift({"language": before}, {"language": {"en": 95, "fr": 3, "it": 4}})
    assert {value for value, _, _ in row.values} == {"en", "(rare)"}


def test_clean_traffic_raises_a_false_alarm_at_most_one_time_in_twenty() -> None:
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(300):
        columns = {}
        for name, k in (("route", 4), ("language", 8), ("model", 2), ("prompt_version", 12)):
            shares = rng.dirichlet(np.ones(k))
            columns[name] = [dict(zip(map(str, range(k)), rng.multinomial(n, shares), strict=True)) for n in (60, 300)]
        rows = metadata_drift({n: c[0] for n, c in columns.items()}, {n: c[1] for n, c in columns.items()})
        alarms += any(row.moved for row in rows)
    assert alarms <= 24  # .05 of 300 is 15, two and a half standard errors above it
